"""A person's word on frames: views and landmarks set by hand, kept as truth. What a model said is a proposal until a person accepts it.

Other rooms use what `__all__` names, and nothing else of this room.
"""

__all__ = ["coco", "desk", "frames", "server"]
