"""The parts of the tab "Desk": its HTML, its scripts, its panels, its routes, and its work in the background.

`emotion_hf/desk/` does the work; this package shows it. `emotion_hf/app/tabs/desk.py` puts the parts together.
"""
