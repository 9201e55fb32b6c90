"""A scan becomes a tensor, and the network's output landmarks. A model file is checked whole before a runtime sees it.

Other rooms use what `__all__` names, and nothing else of this room.
"""

__all__ = ["decode", "manifest", "runner", "tensor"]
