"""DICOM files: what is shown of them, and what they claim of the scan that is shown.

Rule: a claim is passed on, never applied; what the file itself leaves open, or says against itself, is a doubt, not a choice.
"""

__all__: list[str] = []
