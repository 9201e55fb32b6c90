"""Where frames come from: files, recordings, cameras, the phantom. A source hands out items one after the other and judges none of them.

Other rooms use what `__all__` names, and nothing else of this room.
"""

__all__ = ["pictures", "sources", "truth", "video_source"]
