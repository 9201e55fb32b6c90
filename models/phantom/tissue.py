"""The tissues of the phantom and their acoustic properties."""

from __future__ import annotations

from enum import IntEnum


class Tissue(IntEnum):
    """Labels that the anatomy gives to points and the acoustics turn into echoes."""

    GEL = 0  # coupling gel or water: outside the body
    SKIN = 1
    FAT = 2  # subcutaneous
    FASCIA = 3  # thoracolumbar fascia and the septa between muscles
    MUSCLE = 4
    LIGAMENT = 5  # interspinous, supraspinous, intertransverse, sacroiliac, sacrococcygeal
    FLAVUM = 6  # ligamentum flavum
    EPIDURAL_FAT = 7
    DURA = 8
    CSF = 9
    NERVE = 10
    BONE = 11
    CARTILAGE = 12  # joint gap
    DISC = 13
    VESSEL = 14
    AIR = 15
    BOWEL = 16  # what lies in front of the spine, echoing and dirty
