"""The tissues of the phantom and their acoustic properties."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Acoustics:
    """speed_m_s; attenuation_db_cm_mhz (one way); echogenicity_db: diffuse backscatter against muscle; impedance_mrayl; texture_db: spread
    of the echogenicity by the tissue's own structure (lobules, fascicles)."""

    speed_m_s: float
    attenuation_db_cm_mhz: float
    echogenicity_db: float
    impedance_mrayl: float
    texture_db: float = 0.0


# Speeds, attenuations, impedances: ranges of Szabo, Diagnostic Ultrasound Imaging (2nd ed., appendix B), Duck, Physical Properties of Tissue
# (1990), and for fat and muscle the BK 3500 guide. Echogenicities: design, from how the tissues stand to each other in spine scans.
ACOUSTICS: dict[Tissue, Acoustics] = {
    Tissue.GEL: Acoustics(1500, 0.02, -60, 1.50),
    Tissue.SKIN: Acoustics(1600, 0.9, 8, 1.70),
    Tissue.FAT: Acoustics(1450, 0.6, -2, 1.38, 8),
    Tissue.FASCIA: Acoustics(1600, 1.0, 10, 1.75, 2),
    Tissue.MUSCLE: Acoustics(1585, 0.75, 0, 1.68, 7),
    Tissue.LIGAMENT: Acoustics(1600, 1.0, 3, 1.75, 3),
    Tissue.FLAVUM: Acoustics(1580, 0.9, 7, 1.72, 2),
    Tissue.EPIDURAL_FAT: Acoustics(1460, 0.6, 0, 1.40, 3),
    Tissue.DURA: Acoustics(1600, 0.9, 9, 1.72),
    Tissue.CSF: Acoustics(1510, 0.02, -32, 1.52),
    Tissue.NERVE: Acoustics(1600, 0.8, -9, 1.68, 3),
    Tissue.BONE: Acoustics(3200, 12.0, -6, 6.00),
    Tissue.CARTILAGE: Acoustics(1650, 1.5, -12, 1.80),
    Tissue.DISC: Acoustics(1620, 1.2, 2, 1.78, 3),
    Tissue.VESSEL: Acoustics(1575, 0.2, -25, 1.66),
    Tissue.AIR: Acoustics(343, 40.0, -10, 0.0004),
    Tissue.BOWEL: Acoustics(1560, 1.2, 4, 1.65, 7),
}
# What anatomical phantoms print or cast bones of: ABS-like plastics. Sound passes, weakened (Szabo 2014, appendix B: ABS 2.1-2.3 km/s).
PLASTIC_BONE = Acoustics(2150, 1.6, -14, 2.30)
