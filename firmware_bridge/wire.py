"""Generated from wire.toml by firmware_bridge.generate: do not edit."""

from enum import IntEnum


class Procedure(IntEnum):
    """What the operator is about to do."""

    NONE = 0
    FACET = 1
    MEDIAL_BRANCH = 2
    L5_DORSAL_RAMUS = 3
    INTERLAMINAR = 4
    INTERLAMINAR_PARAMEDIAN = 5
    CAUDAL = 6
    NERVE_ROOT = 7
    S1_FORAMEN = 8
    SACROILIAC = 9


class Side(IntEnum):
    """The PATIENT's side; none for interlaminar and caudal."""

    NONE = 0
    LEFT = 1
    RIGHT = 2


class State(IntEnum):
    """Whether there is a number."""

    WITHHELD = 0
    POINTING = 1


class Reason(IntEnum):
    """Why there is no number."""

    STARTING = 0
    NO_SIGNAL = 1
    BAD_FRAME = 2
    NO_SCAN_AREA = 3
    FROZEN = 4
    MENU = 5
    MIRRORED = 6
    LAYOUT_CHANGED = 7
    SCALE_UNKNOWN = 8
    SCALE_CHANGED = 9
    ORIENTATION_UNKNOWN = 10
    WRONG_VIEW = 11
    LOW_CONFIDENCE = 12
    LANDMARK_MISSING = 13
    SIDE_UNCLEAR = 14
    WIDE_INTERVAL = 15
    OUT_OF_REACH = 16
    OFF_AXIS = 17
    UNSTEADY = 18
    TOO_OLD = 19
    SOURCE_LOST = 20
    NO_PROCEDURE = 21
    HOST_FAULT = 22
