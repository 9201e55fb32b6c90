"""Look: what a probe, a patient's sound and a scanner's settings make of the same section. One draw a frame.

Rule 1: powers are in dB against muscle without streaks under the face. Rule 2: bone has three manners, of which real pictures show all: a thin line
over black, a thick blotchy band over haze, and all between.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from models.foreign.sections.probe import BEAMS, Grid, Probe
from models.foreign.sections.shapes import Random, within


@dataclass(frozen=True, slots=True)
class Look:
    pulse_mm: float  # sigma of the pulse along the beam
    beam_mm: float  # sigma of the beam at its focus
    focus_mm: float
    spread: float  # growth of sigma per mm away from the focus
    lobes: float  # share of amplitude that a wide skirt of the beam holds
    fade_db: Grid  # (beams,) contact and the array's ends, 0 or less
    loss_db_mm: float  # what the scanner's compensation leaves
    bone_db: float  # echo at right angles
    rough: float  # share of the bone's power that goes all ways
    facing_deg: float  # how fast the mirror's part falls with the angle
    coherent: float  # share of the mirror's part whose phase is one
    tail_mm: float  # how far a bone's echo runs on
    lag_db: float  # long reverberation under bone, against its echo
    lag_mm: float
    blotch_db: float  # how unevenly a surface answers
    blotch_mm: float
    leak: float  # share of power that passes bone
    haze_db: Grid  # (beams,) clutter that lies over all
    haze_db_mm: float
    noise_db: float
    noise_db_mm: float
    muscle_grey: float
    range_db: float
    gamma: float
    grain: float  # 1 full speckle, 0.35 as compounding and filters leave it
    blur: float  # sigma in beams and samples of the scanner's own smoothing
    sharpen: float

    def greys(self, power: Grid) -> Grid:
        """0 to 1 of powers."""
        level = self.muscle_grey + 10 * np.log10(np.maximum(power, 1e-9)) / self.range_db
        return np.asarray(np.clip(level, 0.0, 1.0) ** self.gamma)


def _bands(rng: Random, long_beams: float, sd: float) -> Grid:
    """(beams,) smooth noise of that standard deviation."""
    noise = gaussian_filter1d(rng.normal(size=BEAMS), long_beams, mode="wrap")
    return np.asarray(noise / max(float(noise.std()), 1e-9) * sd)


def _fade_db(rng: Random) -> Grid:
    """The ends fade, and in a third of the frames some of the face has no good contact."""
    at = np.linspace(-1, 1, BEAMS)
    fade = -within(rng, 0.0, 11.0) * np.abs(at) ** within(rng, 2.0, 5.0) - np.abs(_bands(rng, within(rng, 3, 14), within(rng, 0.2, 1.6)))
    if rng.random() < 0.35:
        edge, soft, side = within(rng, 0.4, 0.95), within(rng, 0.03, 0.2), rng.choice([-1.0, 1.0])
        fade = fade - within(rng, 6.0, 35.0) / (1 + np.exp(-(side * at - edge) / soft))
    if rng.random() < 0.12:
        fade = fade - within(rng, 4.0, 18.0) * np.exp(-(((at - within(rng, -0.9, 0.9)) / within(rng, 0.03, 0.14)) ** 2))
    return np.asarray(fade)


def drawn(rng: Random, probe: Probe) -> Look:
    manner = rng.choice(3, p=[0.22, 0.5, 0.28])
    bone_db, tail, haze, blotch, rough = (
        ((13, 27), (0.1, 0.9), (-45, -22), (1.0, 4.5), (0.03, 0.2)),
        ((6, 17), (0.9, 4.5), (-13, -2.5), (2.5, 6.5), (0.15, 0.6)),
        ((8, 24), (0.2, 8.0), (-34, -6), (1.5, 6.0), (0.05, 0.45)),
    )[manner]
    wave_mm = 1.54 / probe.mhz
    coarse = within(rng, 1.0, 1.9)
    haze_mm = within(rng, -0.22, 0.02) if manner else within(rng, -0.1, 0.05)
    return Look(
        pulse_mm=max(0.12, wave_mm * within(rng, 1.3, 2.6) / 2 / 2.355 * coarse),
        beam_mm=max(0.25, wave_mm * within(rng, 1.4, 3.2) / 2.355 * coarse),
        focus_mm=probe.depth_mm * within(rng, 0.2, 0.75),
        spread=within(rng, 0.006, 0.03),
        lobes=within(rng, 0.0, 0.05),
        fade_db=_fade_db(rng),
        loss_db_mm=within(rng, -0.26, 0.05) * 80 / max(60.0, probe.depth_mm),
        bone_db=within(rng, *bone_db),
        rough=within(rng, *rough),
        facing_deg=within(rng, 16.0, 42.0),
        coherent=within(rng, 0.2, 0.9),
        tail_mm=within(rng, *tail) if manner < 2 or rng.random() < 0.4 else within(rng, 0.2, 2.0),
        lag_db=within(rng, -30.0, -16.0) if manner == 0 else within(rng, -22.0, -9.0),
        lag_mm=within(rng, 8.0, 30.0),
        blotch_db=within(rng, *blotch),
        blotch_mm=within(rng, 1.0, 5.0),
        leak=10 ** (within(rng, -40.0, -14.0) / 10),
        haze_db=within(rng, *haze) + _bands(rng, within(rng, 4, 16), within(rng, 0.5, 3.5)),
        haze_db_mm=haze_mm,
        noise_db=within(rng, -50.0, -30.0),
        noise_db_mm=within(rng, 0.02, 0.3) * 70 / max(60.0, probe.depth_mm),
        muscle_grey=within(rng, 0.2, 0.52),
        range_db=within(rng, 45.0, 75.0),
        gamma=within(rng, 0.8, 1.35),
        grain=within(rng, 0.35, 1.0),
        blur=within(rng, 0.4, 1.1) if rng.random() < 0.5 else 0.0,
        sharpen=within(rng, 0.2, 0.9) if rng.random() < 0.2 else 0.0,
    )
