"""A video frame becomes a Scan or NoScan: where the scan is, its scale, whether the picture is alive. What is uncertain is no scan.

Other rooms use what `__all__` names, and nothing else of this room.
"""

__all__ = ["area", "certain", "crop", "profile", "reading", "ruler", "watch"]
