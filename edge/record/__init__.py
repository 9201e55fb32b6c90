"""What was seen and said, kept: recordings, answer lines, exports. No pixel outside the scan is ever written.

Other rooms use what `__all__` names, and nothing else of this room.
"""

__all__ = ["answer_line", "black_box", "dicom_export", "export", "files", "igtl_server", "recording"]
