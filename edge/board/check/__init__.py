"""What works here, what the scanner's screen tells, and one file to send when it does not. A row that fails ends with its cure.

Other rooms use what `__all__` names, and nothing else of this room.
"""

__all__ = ["calibration", "doctor", "report"]
