"""The running device: configuration, threads, port, terminal, storage. Nothing that only watches can slow the path.

Other rooms use what `__all__` names, and nothing else of this room.
"""

__all__ = ["check", "config", "page", "port", "run", "storage", "terminal"]
