"""The local page. It shows the newest answer with its scan, and nothing else of the screen.

Other rooms use what `__all__` names, and nothing else of this room.
"""

__all__ = ["monitor"]
