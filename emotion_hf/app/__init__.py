"""The page, and the only part that imports gradio.

``services`` holds what the page works with, ``build`` puts the tabs together, ``tabs`` has one file per tab.
"""
