"""Updates of a board that was made from an image: two slots, one of them tried once, kept only when it works.

Other rooms use what `__all__` names, and nothing else of this room.
"""

__all__ = ["command"]
