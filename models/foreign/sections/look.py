"""Look: what a probe, a patient's sound and a scanner's settings make of the same section. One draw a frame.

Rule 1: powers are in dB against muscle without streaks under the face. Rule 2: bone has three manners, of which real pictures show all: a thin line
over black, a thick blotchy band over haze, and all between.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy.ndimage import gaussian_filter1d

from models.foreign.sections.probe import BEAMS, Grid, Probe
from models.foreign.sections.shapes import Random, within


def powers(db: Grid) -> Grid:
    return np.asarray(np.exp(np.float32(np.log(10) / 10) * db.astype(np.float32)))


class Look:
    """One draw. Lengths are sigmas where they are widths."""

    def __init__(self, rng: Random, probe: Probe) -> None:
        w = partial(within, rng)
        manner = int(rng.choice(3, p=[0.17, 0.57, 0.26]))
        haze = ((-45, -22), (-13, -2.5), (-34, -6))[manner]
        long = max(60.0, probe.depth_mm)
        wave_mm, coarse = 1.54 / probe.mhz, w(1.0, 1.9)
        self.pulse_mm = max(0.12, wave_mm * w(1.3, 2.6) / 2 / 2.355 * coarse)
        self.beam_mm = max(0.25, wave_mm * w(1.4, 3.2) / 2.355 * coarse)  # at its focus
        self.focus_mm, self.spread = probe.depth_mm * w(0.2, 0.75), w(0.006, 0.03)  # growth of the beam per mm away from it
        self.lobes = w(0.0, 0.05)  # share of amplitude that a wide skirt of the beam holds
        self.fade_db = _fade_db(rng)  # (beams,) contact and the array's ends, 0 or less
        self.loss_db_mm = w(-0.27, 0.05) * 75 / long  # what the scanner's compensation leaves
        self.bone_db = w(*((13, 27), (2.0, 12.0), (7, 22))[manner])  # echo at right angles
        self.rough = w(*((0.03, 0.2), (0.15, 0.6), (0.05, 0.45))[manner])  # share of the bone's power that goes all ways
        self.facing_deg = w(20.0, 55.0)  # how fast the mirror's part falls with the angle
        self.coherent = w(0.2, 0.9)  # share of the mirror's part whose phase is one
        self.band_mm = w(*((0.0, 0.0), (0.5, 6.5), (0.0, 2.5))[manner])  # how deep a bone answers as at its surface
        self.tail_mm = w(*((0.1, 0.9), (1.5, 10.0), (0.2, 10.0 if rng.random() < 0.4 else 2.0))[manner])  # how far its echo runs on beyond
        self.lag_db = w(-30.0, -16.0) if manner == 0 else w(-25.0, -11.0)  # long reverberation under bone, against its echo
        self.lag_mm, self.lag_beams = w(8.0, 30.0), w(1.5, 7.0)
        self.blotch_db = w(*((1.0, 4.5), (2.5, 6.5), (1.5, 6.0))[manner])  # how unevenly a surface answers
        self.blotch_mm = w(1.0, 5.0)
        self.leak, self.shade_mm = 10 ** (w(-40.0, -14.0) / 10), w(0.3, 1.6)  # share of power that passes bone; a shadow's edge
        self.haze_db = w(*haze) + _bands(rng, w(4, 16), w(0.5, 3.5))  # (beams,) clutter that lies over all
        self.haze_db_mm = w(-0.22, 0.02) if manner else w(-0.1, 0.05)
        self.noise_db, self.noise_db_mm = w(-50.0, -30.0), w(0.02, 0.3) * 70 / long
        self.muscle_grey = w(0.34, 0.68) if manner == 1 else w(0.22, 0.56)
        self.range_db, self.gamma = w(45.0, 75.0), w(0.75, 1.2)
        self.grain = w(0.2, 0.7) if manner == 1 else w(0.35, 1.0)  # 1 full speckle, less as compounding and filters leave it
        self.blur = float(rng.choice([0.0, w(0.4, 1.1), w(1.2, 2.6)], p=[0.45, 0.37, 0.18]))  # beams and samples, of the scanner's own smoothing
        self.sharpen = w(0.2, 0.9) if rng.random() < 0.2 else 0.0

    def lose(self, beam: float, wide_beams: float, db: float) -> None:
        """A gap in the contact over a beam."""
        self.fade_db = self.fade_db - db * np.exp(-(((np.arange(BEAMS) - beam) / wide_beams) ** 2))

    def greys(self, power: Grid) -> Grid:
        """0 to 1 of powers."""
        level = np.float32(self.muscle_grey) + np.float32(10 / self.range_db) * np.log10(np.maximum(power, np.float32(1e-9)))
        return np.asarray(np.clip(level, 0.0, 1.0) ** np.float32(self.gamma))


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
