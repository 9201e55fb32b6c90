"""How bone and its shadow look in one examination: from a thin line over black to a blotchy band over haze as bright as muscle.

Rule: what is added lies on bone's surface or behind it, never before it, so that the truth stays on the leading edge. Levels are design; the
spread is chosen so that the profiles of real spines lie inside it (README.md).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from models.phantom import texture
from models.phantom.probe import F32, ProbeSpec
from models.phantom.scanner import ScannerSettings

STEP = 2  # rows that the tail is reckoned in: a tail is smoother than the pulse
PLAIN_SHARE, FAINT_SHARE = 0.15, 0.32  # thin lines over black; bone that is told by the dark behind it alone


@dataclass(frozen=True, slots=True)
class BoneLook:
    """The defaults are a thin, clean line over a black shadow: the plain look, which adds nothing.

    bone_db: what bone's echo has more than acoustics.BONE. blotch_db, blotch_mm: spread of that along the surface, and the size of a blotch.
    tail_db, tail_mm, tail_power: diffuse echo behind the surface, against it; its length; 1 for a tail that falls off at once, 4 for a band.
    ripple 0..1, ripple_mm: how far the tail breaks up into lines below each other, and their distance. haze_db, haze_patch_db: clutter where
    bone keeps the sound away, against muscle's speckle, and how uneven it is. edge_scale: how much wider than one aperture's penumbra the
    shadow's edges are (steered compounding). coarse_mm: standard deviation of the smoothing of an old panel. gain_db: what its
    user added to the whole picture, until muscle is as bright as bone. fade_db: how
    much the worst beams have lost at the bottom (sides and patches, nothing at the face). weave: of texture.WEAVES.
    sheet_patch_db: spread of thin layers' echoes along them, so that they show in parts. lobules: of texture.LOBULES.
    slope_db: gain from the middle to the bottom that the user's sliders leave over (as much less from the middle to the face).
    -200 dB takes a term away.
    """

    bone_db: float = 0.0
    blotch_db: float = 0.0
    blotch_mm: float = 4.0
    tail_db: float = -200.0
    tail_mm: float = 0.0
    tail_power: float = 1.0
    ripple: float = 0.0
    ripple_mm: float = 4.0
    haze_db: float = -200.0
    haze_patch_db: float = 0.0
    edge_scale: float = 1.0
    coarse_mm: float = 0.0
    gain_db: float = 0.0
    fade_db: float = 0.0
    weave: int = 0
    sheet_patch_db: float = 0.0
    lobules: int = 0
    slope_db: float = 0.0


PLAIN_LOOK = BoneLook()


def sample_look(rng: np.random.Generator, *, depth_mm: float, water: bool = False) -> BoneLook:
    """A random look: PLAIN_SHARE of them plain. depth_mm: of the scan, for a panel's
    coarseness goes with it. water: bones in a tank have no haze of their own, but thick echoes."""
    if rng.uniform() < PLAIN_SHARE:
        return replace(PLAIN_LOOK, bone_db=float(rng.uniform(-8, 2)), coarse_mm=float(rng.uniform(0, 0.2)))
    look = _draw(rng, depth_mm)
    return replace(look, haze_db=-200.0, gain_db=0.0, bone_db=max(look.bone_db, -10.0)) if water else look


def _draw(rng: np.random.Generator, depth_mm: float) -> BoneLook:
    """Bone can be told by every look: its echo is brighter than muscle, or what lies behind it is darker."""
    faint = rng.uniform() < FAINT_SHARE
    return BoneLook(
        bone_db=float(rng.uniform(-50, -26) if faint else rng.uniform(-28, 3)),
        blotch_db=float(rng.uniform(0, 8)),
        blotch_mm=float(rng.uniform(1.5, 7)),
        tail_db=float(rng.uniform(-18, 11)),
        tail_mm=float(rng.uniform(0, 10)),
        tail_power=float(rng.uniform(0.8, 6)),
        ripple=float(rng.choice([0.0, 1.0], p=[0.6, 0.4]) * rng.uniform(0.3, 1)),
        ripple_mm=float(rng.uniform(1.5, 6)),
        haze_db=float(rng.uniform(-26, -3) if faint else rng.uniform(-18, 22)),
        haze_patch_db=float(rng.uniform(0, 6)),
        edge_scale=float(rng.uniform(1, 3)),
        coarse_mm=float(rng.choice([0.0, 1.0], p=[0.3, 0.7]) * rng.uniform(0.002, 0.013) * depth_mm),
        gain_db=float(rng.uniform(-3, 20)),
        fade_db=float(rng.choice([0.0, 1.0], p=[0.4, 0.6]) * rng.uniform(2, 14)),
        weave=int(rng.integers(len(texture.WEAVES))),
        sheet_patch_db=float(rng.uniform(0, 4)),
        lobules=int(rng.integers(len(texture.LOBULES))),
        slope_db=float(rng.choice([0.0, 1.0]) * rng.uniform(-10, 3)),
    )


def set_for(settings: ScannerSettings, look: BoneLook, probe: ProbeSpec) -> ScannerSettings:
    """The scanner's settings with the look's gain and the panel's smoothing added to its own; sigmas add as squares."""
    across_mm = float(probe.beam_spacing_mm(np.array([probe.depth_mm / 2], np.float32))[0])
    return replace(
        settings,
        gain_db=settings.gain_db + look.gain_db,
        smooth_samples=float(np.hypot(settings.smooth_samples, look.coarse_mm / probe.sample_mm)),
        smooth_beams=float(np.hypot(settings.smooth_beams, look.coarse_mm / across_mm)),
    )


def blotches(look: BoneLook, seed: int, probe: ProbeSpec) -> F32:
    """(samples, beams) factor on bone's echo along its surface; exactly 1 for a look without blotches."""
    if look.blotch_db <= 0:
        return np.ones((1, 1), np.float32)
    return _uneven(probe, spread_db=look.blotch_db, size_mm=look.blotch_mm, offset=seed // 31 % 64)


def sheet_patches(look: BoneLook, seed: int, probe: ProbeSpec) -> F32:
    """(samples, beams) factor on thin layers' echoes; exactly 1 for a look whose layers are whole."""
    if look.sheet_patch_db <= 0:
        return np.ones((1, 1), np.float32)
    return _uneven(probe, spread_db=look.sheet_patch_db, size_mm=9.0, offset=seed // 17 % 64)


def fading(look: BoneLook, seed: int, probe: ProbeSpec) -> F32:
    """(samples, beams) amplitude that fans of beams keep: some of the sides, and patches between; exactly 1 for a look that does not fade."""
    if look.fade_db <= 0:
        return np.ones((1, 1), np.float32)
    across = np.linspace(-1, 1, probe.beams, dtype=np.float32)
    offset = np.float32(seed // 11 % 64)
    patches = texture.look_up(texture.patch_tile(), np.full_like(across, offset), across * np.float32(20) + offset)
    lean = np.float32((seed // 7 % 5 - 2) * 0.2)  # one side fades more than the other
    share = np.clip(np.float32(0.5) * np.square(across - lean) + np.float32(0.25) * (ndimage.gaussian_filter1d(patches, 2.0) + 1), 0, 1)
    deep = np.minimum(probe.ranges_mm() / np.float32(0.7 * probe.depth_mm), 1)
    return np.asarray(np.exp(np.outer(deep, share) * np.float32(-look.fade_db * np.log(10) / 20)), np.float32)


def slope_of(look: BoneLook, probe: ProbeSpec) -> F32:
    """(samples, 1) gain with depth."""
    share = 2 * probe.ranges_mm() / np.float32(probe.depth_mm) - 1
    return np.asarray(10 ** (share[:, None] * np.float32(look.slope_db / 20)), np.float32)


def tail_of(echo: F32, look: BoneLook, probe: ProbeSpec) -> F32:
    """(samples, beams) amplitude that trails behind the surfaces of `echo` (samples, beams), along the beam; the echoes' powers add."""
    power = _binned(echo * echo)
    step_mm = probe.sample_mm * STEP
    out = np.zeros_like(power)
    for row, weight in enumerate(_kernel(look, step_mm), start=1):
        out[row:] += power[:-row] * weight
    return np.repeat(np.sqrt(out), STEP, axis=0)[: len(echo)] * np.float32(10 ** (look.tail_db / 20))


def _kernel(look: BoneLook, step_mm: float) -> F32:
    """(rows,) power that a surface one millimetre thick of unit amplitude leaves so many rows behind it."""
    at = np.arange(1, max(int(2.2 * look.tail_mm / step_mm), 1) + 1) * step_mm
    fall = np.exp(-2 * (at / max(look.tail_mm, 0.1)) ** look.tail_power)
    ripple = 1 + look.ripple * np.cos(2 * np.pi * at / look.ripple_mm)
    return np.asarray(fall * ripple * step_mm, np.float32)


def _binned(power: F32) -> F32:
    rows = -(-len(power) // STEP)
    padded = np.pad(power, ((0, rows * STEP - len(power)), (0, 0)))
    return np.asarray(padded.reshape(rows, STEP, -1).mean(axis=1), np.float32)


def haze_of(shut: F32, look: BoneLook, seed: int, probe: ProbeSpec) -> F32:
    """(samples, beams) amplitude of the haze where a share `shut` of the sound is kept away by bone."""
    patchy = _uneven(probe, spread_db=look.haze_patch_db, size_mm=6.0, offset=seed // 53 % 64)
    return np.asarray(np.clip(shut, 0, 1) * patchy * np.float32(10 ** (look.haze_db / 20)), np.float32)


def _uneven(probe: ProbeSpec, *, spread_db: float, size_mm: float, offset: int) -> F32:
    """(samples, beams) factors with a spread in dB, in patches of about a size."""
    zoom = np.float32(8.0 / size_mm)  # the tile's patches are about so large
    rows = probe.ranges_mm()[:, None] * zoom + np.float32(offset)
    columns = probe.columns_mm() * zoom + np.float32(2 * offset)
    field = texture.look_up(texture.patch_tile(), rows, columns)
    return np.asarray(np.exp(ndimage.uniform_filter(field, (3, 3)) * np.float32(spread_db * np.log(10) / 20)), np.float32)
