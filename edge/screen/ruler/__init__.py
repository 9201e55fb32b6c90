"""How many millimetres a pixel is: marks, their labels and what is printed. A unit that two witnesses tell differently is none.

Other rooms use what `__all__` names, and nothing else of this room.
"""

__all__ = ["against", "digits", "heads", "labels", "marks", "numbers", "ruler", "scale", "writing"]
