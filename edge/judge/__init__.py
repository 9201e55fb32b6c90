"""What the path is measured by: truth against answers, replay, time, a profile's proposals. It uses the path as it runs and changes nothing in it.

Other rooms use what `__all__` names, and nothing else of this room.
"""

__all__ = ["agreement", "bench", "calibrate", "latency", "latency_page", "replay", "score"]
