"""Where on the screen the scan is and what shape it has. Only pixels tell it; a ruler is unknown here.

Other rooms use what `__all__` names, and nothing else of this room.
"""

__all__ = ["columns", "edges", "foreground", "foreign", "scan_area", "sector", "shape", "upright"]
