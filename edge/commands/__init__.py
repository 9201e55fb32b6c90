"""The commands, a file each: `add` tells the parser its options, the function beside it does the work. What runs is imported when it is asked for.

Other rooms use what `__all__` names, and nothing else of this room.
"""

__all__ = ["annotate", "bench", "calibrate", "doctor", "export", "latency", "procedures", "record", "replay", "run", "score"]
