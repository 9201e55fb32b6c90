"""The local page, in a process of its own. It shows the newest answer with its scan, and nothing else of the screen; no client can slow the path.

`feed/` is the main job's side of the socket between the two; the rest is the page's. Other rooms use what `__all__` names, and nothing else of this
room.
"""

__all__ = ["address", "child", "command", "feed", "token_file"]
