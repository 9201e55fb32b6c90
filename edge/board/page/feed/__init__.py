"""What the main job tells the page over a unix socket, and what the page may ask of it. Whatever the page does, guidance goes on.

Other rooms use what `__all__` names, and nothing else of this room.
"""

__all__ = ["asks", "calibrating", "feed", "look", "packet"]
