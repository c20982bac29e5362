"""The interface for programs: HTTP below ``/v1``, a WebSocket, and MCP. The page serves it, behind its guard.

``recognition.py`` does the work, and the other modules bring a request to it and its result back. Nothing of the page
is imported here, and nothing here is imported by the command line.
"""
