"""Landmarks become a target, a depth and an angle, or a reason why not. Pure and small: the only room that knows a procedure.

Other rooms use what `__all__` names, and nothing else of this room.
"""

__all__ = ["gate", "geometry", "locate", "session", "track"]
