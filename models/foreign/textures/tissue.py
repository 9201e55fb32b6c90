"""Tissue: the greys of soft parts and of bone in them, without speckle, and the speckle. Its figures were measured on real pictures.

Measured on 30 November 2026 (30 panels of human spines in six groups, 20 frames of cadaver bone, 7 of a spine phantom in a scattering medium; greys of 255):
- DEPTHS: the median grey in tenths of the depth, a row a group. The 10th and 90th percentiles are 0.4 and 1.6 of it.
- OCTAVES: standard deviation of the grey in bands about 0.5, 1, 2, 4 and 8 mm wide, over the mean: it grows with the size, as 1/f noise does.
- Speckle after a scanner's compounding: 0.10 to 0.12 of the local grey on people, 0.18 on cadavers, 0.23 in the phantom; about three times as wide as long.
- Bone's peak along a piece: 0.14 of its mean (0.06 to 0.26), with neighbours alike over 1.2 mm. The grey above is 0.74 of it (0.45 to 1.0); behind it lies
  0.85 of the grey above (0.5 to 1.6): haze, in columns with soft sides. It is 3.3 mm thick (1.5 to 12). Cadavers: a thin line over black.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from models.foreign.textures.field import BEAMS, SAMPLES, Field
from models.foreign.textures.sections import Body, Numbers, Rng, Section, Sheet, between, chance

Greys: TypeAlias = NDArray[np.floating[Any]]  # (BEAMS, SAMPLES), 0 to 1
PEOPLE = np.array([
    [141, 127, 100, 96, 90, 75, 61, 49, 46, 46], [151, 138, 112, 106, 105, 94, 94, 97, 102, 111], [117, 69, 69, 81, 81, 52, 39, 35, 19, 13],
    [92, 100, 90, 92, 110, 116, 108, 93, 89, 91], [99, 118, 86, 83, 83, 84, 74, 49, 34, 26],
])  # fmt: skip
OTHERS = np.array([[60, 80, 85, 60, 37, 23, 12, 6, 4, 3], [234, 199, 144, 80, 45, 22, 12, 8, 5, 4], [90, 75, 60, 50, 42, 36, 30, 26, 22, 18]])
DEPTHS = np.concatenate([PEOPLE, OTHERS])
OCTAVES = ((0.7, 0.05), (1.2, 0.07), (2.5, 0.10), (5.0, 0.12), (10.0, 0.13))  # mm along the beam, share of the grey


@dataclass(frozen=True, slots=True)
class Look:
    """How one frame looks. people: as the spines of people do; otherwise as cadavers, phantoms and sharper scanners. haze: grey behind bone over that
    above. rise: bone's peak over the tissue's grey, to white. band_mm, tail_mm: of bone's echo. fall: how fast it dims with the angle. blotch: of its grey.
    grain: speckle's share of the grey. long_mm, wide_mm: of a grain. noise: floor. decibels: of the whole grey scale."""

    people: bool
    haze: float
    rise: float
    band_mm: float
    tail_mm: float
    fall: float
    blotch: float
    grain: float
    long_mm: float
    wide_mm: float
    noise: float
    decibels: float
    gamma: float

    @staticmethod
    def drawn(rng: Rng, *, deep_mm: float) -> Look:
        people = chance(rng, 0.6)
        mhz = float(np.clip(between(rng, 2, 12) * (1.0 if deep_mm < 60 else 0.6), 2, 12))
        if people:
            haze, rise, band, fall = float(np.clip(rng.normal(0.75, 0.22), 0.3, 1.15)), between(rng, 0.22, 0.75), between(rng, 0.5, 3.2), between(rng, 0.5, 2.5)
        else:
            haze, rise, band, fall = between(rng, 0.0, 0.45), between(rng, 0.4, 1.0), between(rng, 0.2, 1.8), between(rng, 1.0, 5.0)
        tail = between(rng, 0, 3) if chance(rng, 0.6) else between(rng, 3, 10)
        grain = between(rng, 0.06, 0.17) if people else between(rng, 0.05, 0.34)
        return Look(people, haze, rise, band, tail, fall, between(rng, 0.06, 0.28), grain, 0.9 / mhz + 0.12, between(rng, 2.0, 5.0) / mhz + 0.3,
                    between(rng, 0.0, 0.05), between(rng, 45, 75), between(rng, 0.8, 1.25))


@dataclass(frozen=True, slots=True)
class Laid:
    """Greys with bone and without it, and the mm to the first bone of each beam."""

    levels: Greys
    without: Greys
    first_mm: Numbers


def laid(rng: Rng, field: Field, section: Section, look: Look, *, cover_mm: float, medium: str) -> Laid:
    """The section in the field."""
    without = soft(rng, field, section, look, cover_mm=cover_mm, medium=medium)
    first, cosine = field.first_bone(section.bones)
    levels = with_bone(rng, field, without, look, first, cosine)
    contact = touch(rng, field)
    return Laid(np.clip(levels * contact, 0, 1), np.clip(without * contact, 0, 1), first)


def soft(rng: Rng, field: Field, section: Section, look: Look, *, cover_mm: float, medium: str) -> Greys:
    """Greys of the soft parts. cover_mm: skin to bone: fat and muscle share it."""
    s = field.along_mm
    if medium == "air":
        rings = sum(np.exp(-(((s - k * between(rng, 1.5, 2.5)) / 0.5) ** 2)) * 0.8**k for k in range(1, 7))
        return np.tile(0.75 * np.exp(-s / between(rng, 2, 5)) + 0.3 * rings, (BEAMS, 1)) * (1 + 0.1 * smooth(rng, field, 8.0, 40.0))
    base = depth_curve(rng, look)[None, :] * np.ones((BEAMS, 1))
    if medium == "gel":
        base = base * between(rng, 0.02, 0.3)
    rough = between(rng, 0.7, 1.3)
    wide = between(rng, 1.6, 3.2)
    base = base * (1 + sum(rough * share * smooth(rng, field, mm * wide, mm) for mm, share in OCTAVES))
    if medium == "tissue":
        base = layers(rng, field, base, cover_mm)
    for body in section.bodies:
        base = bodied(field, base, body)
    for sheet in section.sheets:
        base = painted(rng, field, base, sheet)
    return np.clip(base, 0.005, 1.0)


def depth_curve(rng: Rng, look: Look) -> Numbers:
    """(SAMPLES,) the grey by depth: a blend of measured rows, brighter or darker, with a gain set wrong."""
    rows = DEPTHS if not look.people else PEOPLE
    weights = rng.dirichlet(np.full(len(rows), 0.35))
    tenth = weights @ rows / 255 * between(rng, 0.7, 1.25) * (1 + 0.12 * rng.normal(size=10)) * np.linspace(1, between(rng, 0.7, 1.3), 10)
    curve = np.interp(np.linspace(0, 1, SAMPLES), np.linspace(0.05, 0.95, 10), tenth)
    return np.asarray(np.minimum(ndimage.gaussian_filter1d(curve, SAMPLES / 30), 0.82) ** look.gamma)


def smooth(rng: Rng, field: Field, wide_mm: float, long_mm: float) -> Greys:
    """(BEAMS, SAMPLES) noise of deviation 1 and so large a grain, its joints rounded."""
    across, down = 2 * field.half * (field.radius_mm + 0.5 * field.depth_mm if field.radius_mm else 1.0) / wide_mm, field.depth_mm / long_mm
    coarse = rng.normal(size=(max(2, round(across)) + 2, max(2, round(down)) + 2))
    return np.asarray(1.25 * (_blend(BEAMS, coarse.shape[0]) @ coarse @ _blend(SAMPLES, coarse.shape[1]).T))


def _blend(fine: int, coarse: int) -> Numbers:
    """(fine, coarse) weights that go from knot to knot as a cosine does."""
    at = np.linspace(0, coarse - 1.0001, fine)
    left = at.astype(int)
    share = 0.5 - 0.5 * np.cos(np.pi * (at - left))
    weights = np.zeros((fine, coarse))
    weights[np.arange(fine), left] = 1 - share
    weights[np.arange(fine), left + 1] += share
    return weights


def layers(rng: Rng, field: Field, base: Greys, cover_mm: float) -> Greys:
    """Skin, fat with septa, fasciae, muscle with fibres that lean."""
    s = field.along_mm
    fat = max(2.0, cover_mm * between(rng, 0.2, 0.75))
    across = field.starts[:, 0] + field.ways[:, 0] * fat
    lean, bow, wave = rng.normal(0, 0.05), rng.normal(0, 0.0012), rng.normal(0, 0.8)
    bed = fat + lean * across + bow * across**2 + wave * np.sin(across / between(rng, 6, 20) + between(rng, 0, 6))
    inside = 1 / (1 + np.exp(np.clip((s[None, :] - bed[:, None]) / 0.6, -40, 40)))
    base = base * (1 + (between(rng, 0.55, 1.25) - 1) * inside)
    fibre, tilt = streaks(rng, field), between(rng, -0.35, 0.35)
    shift = np.round(tilt * across / field.sample_mm).astype(int)
    fibre = fibre[np.arange(BEAMS)[:, None], (np.arange(SAMPLES)[None, :] + shift[:, None]) % SAMPLES]
    base = base + (between(rng, 0.05, 0.45) * (1 - inside) + between(rng, 0.0, 0.3) * inside) * fibre * (0.15 + base)
    skin, rings = between(rng, 0.6, 2.2), between(rng, 0.0, 0.5)
    face = np.exp(-((s / skin) ** 2)) * between(rng, 0.1, 0.7)
    for k in range(1, 4):  # the bright lines under a probe's face
        face = face + rings * 0.7**k * np.exp(-(((s - k * 1.7 * skin) / 0.45) ** 2))
    base = base + face[None, :] * (1 - base)
    for _ in range(int(rng.integers(1, 5))):
        off = between(rng, -0.3, 1.6) * max(3.0, cover_mm - fat) if chance(rng, 0.7) else 0.0
        line = np.stack([across, bed + off + rng.normal(0, 0.04) * across + between(rng, -1, 1) * np.sin(across / between(rng, 5, 15))], axis=1)
        base = painted(rng, field, base, Sheet(line, between(rng, 0.08, 0.55), between(rng, 0.5, 1.6)), broken=between(rng, 0.2, 1.2))
    return base


def streaks(rng: Rng, field: Field) -> Greys:
    """Short bright fibres: the crests of noise that is long across the beam."""
    return np.maximum(smooth(rng, field, between(rng, 3, 9), between(rng, 0.7, 1.6)) - between(rng, 0.2, 1.0), 0)


def bodied(field: Field, base: Greys, body: Body) -> Greys:
    """A soft ellipse, darker or brighter inside."""
    x, z = field.starts[:, :1] + field.ways[:, :1] * field.along_mm, field.starts[:, 1:] + field.ways[:, 1:] * field.along_mm
    x, z = x - body.centre[0], z - body.centre[1]
    cos, sin = np.cos(body.tilt), np.sin(body.tilt)
    far = np.hypot((x * cos + z * sin) / body.radii_mm[0], (z * cos - x * sin) / body.radii_mm[1])
    inside = 1 / (1 + np.exp(np.clip((far - 1) * 9, -40, 40)))
    rim = body.rim * np.exp(-(((far - 1.05) / 0.13) ** 2))
    base = base * (1 + (body.gain - 1) * inside)
    return np.asarray(base + rim * np.maximum(0.9 - base, 0))


def painted(rng: Rng, field: Field, base: Greys, sheet: Sheet, broken: float = 0.5) -> Greys:
    """A line of echo: it dims where it slopes, and is broken here and there. broken: 0 whole to 1 in pieces."""
    along = field.along_line(sheet.line)
    across = field.starts[:, 0] + field.ways[:, 0] * np.nan_to_num(along)
    slope = np.gradient(np.nan_to_num(along, nan=float(np.nanmean(along)) if np.isfinite(along).any() else 0.0)) / np.maximum(np.abs(np.gradient(across)), 1e-3)
    bright = np.where(np.isfinite(along), np.clip(1 - 0.8 * np.abs(slope), 0.15, 1), 0.0)
    bright = bright * np.clip(1 + broken * smooth(rng, field, 5.0, field.depth_mm)[:, 0], 0.0, 1.4)
    return lifted(field, base, np.nan_to_num(along, nan=1e6), np.clip(base.mean() + sheet.grey * (1 - base.mean()), 0, 1) * bright, sheet.thick_mm, 0.6, 0.3)


def lifted(field: Field, base: Greys, along: Numbers, peak: Numbers, band_mm: float, tail_mm: float, blur_mm: float) -> Greys:
    """base with an echo that begins at `along` (BEAMS,) mm and rises to the grey `peak` (BEAMS,), band_mm long, with a tail."""
    d = field.along_mm[None, :] - np.where(np.isfinite(along), along, 1e6)[:, None]
    edge = 0.25
    shape = np.where(d < edge, np.exp(-np.minimum((np.minimum(d, edge) - edge) ** 2 / (2 * 0.22**2), 60.0)), np.exp(-np.maximum(d - edge - band_mm, 0) / max(tail_mm, 0.25)))
    more = np.maximum(peak[:, None] - base, 0) * shape
    middle = float(np.clip(np.median(along[along < 1e5]), 0, field.depth_mm)) if (along < 1e5).any() else 0.0
    return np.asarray(base + ndimage.gaussian_filter1d(more, max(0.4, blur_mm / field.pitch_mm(middle)), axis=0))


def with_bone(rng: Rng, field: Field, without: Greys, look: Look, first: Numbers, cosine: Numbers) -> Greys:
    """The greys once bone lies there: haze behind it, its echo on top."""
    there = np.isfinite(first) & (first < field.depth_mm)
    if not there.any():
        return without
    behind = (field.along_mm[None, :] > np.where(there, first, 1e6)[:, None] + 0.6).astype(float)
    soft_mm = between(rng, 0.4, 1.8) if look.people else between(rng, 0.1, 0.8)
    middle = float(first[there].mean())
    behind = ndimage.gaussian_filter1d(behind, soft_mm / field.pitch_mm(middle), axis=0)
    behind = behind * (field.along_mm[None, :] > np.where(there, first, 0.0)[:, None] - 0.3 * (~there[:, None]))
    veil = ndimage.uniform_filter(without, (max(3, round(3 / field.pitch_mm(middle))), max(3, round(6 / field.sample_mm))))
    columns = np.clip(1 + (0.22 if look.people else 0.35) * smooth(rng, field, between(rng, 3, 9), between(rng, 25, 80)), 0.3, 1.8)
    fade = np.exp(-np.maximum(field.along_mm[None, :] - np.where(there, first, middle)[:, None], 0) / between(rng, 20, 160))
    levels = without * (1 - behind) + veil * look.haze * columns * fade * behind
    at = np.clip((np.where(there, first, 0) / field.sample_mm).astype(int), 0, SAMPLES - 1)
    above = veil[np.arange(BEAMS), np.maximum(at - round(3 / field.sample_mm), 0)]
    specular = between(rng, 0.08, 0.45)
    bright = look.rise * (specular + (1 - specular) * cosine**look.fall)
    blotch = look.blotch * (smooth(rng, field, 1.8, field.depth_mm)[:, 0] + 0.9 * smooth(rng, field, 7.0, field.depth_mm)[:, 0])
    peak = np.clip((above + bright * (1 - above)) * (1 + blotch), 0, 1)
    return lifted(field, levels, np.where(there, first, 1e6), np.where(there, peak, 0), look.band_mm, look.tail_mm, between(rng, 0.3, 0.8))


def touch(rng: Rng, field: Field) -> Greys:
    """(BEAMS, SAMPLES) what contact and aperture leave of the grey: dark flanks, dark columns."""
    at = np.linspace(-1, 1, BEAMS)
    fade = np.ones(BEAMS)
    for side in (-1.0, 1.0):
        if chance(rng, 0.35):
            fade = fade * (1 - between(rng, 0.3, 1.0) / (1 + np.exp(-(side * at - between(rng, 0.55, 1.0)) / between(rng, 0.03, 0.12))))
    if chance(rng, 0.15):
        fade = fade * (1 - between(rng, 0.3, 0.9) * np.exp(-(((at - between(rng, -0.9, 0.9)) / between(rng, 0.04, 0.15)) ** 2)))
    deep = np.minimum(field.along_mm / 6.0, 1.0)
    corner = 1 - between(rng, 0.0, 0.5) * (np.abs(at)[:, None] ** 4) * np.linspace(0, 1, SAMPLES)[None, :]
    return np.asarray((1 - (1 - fade)[:, None] * deep[None, :]) * corner)


def speckled(rng: Rng, field: Field, levels: Greys, look: Look) -> Greys:
    """The greys with speckle: a Rayleigh grain's logarithm where it is coarse, smoothed by compounding where it is fine; and electronic noise."""
    middle = field.pitch_mm(0.45 * field.depth_mm)
    sigma = (max(0.5, 0.42 * look.wide_mm / middle), max(0.5, 0.42 * look.long_mm / field.sample_mm))
    looks = 1 if look.grain > 0.2 else 2
    power = np.zeros((BEAMS, SAMPLES), dtype=np.float32)
    for _ in range(2 * looks):
        power += ndimage.gaussian_filter(rng.standard_normal((BEAMS, SAMPLES), dtype=np.float32), sigma, mode="wrap", truncate=2.5) ** 2
    grain = np.log(power + 1e-3 * power.mean())
    grain = (grain - grain.mean()) / grain.std()
    depth_noise = look.noise * (0.4 + np.linspace(0, 1.2, SAMPLES))[None, :]
    return np.asarray(levels * (1 + look.grain * grain) + depth_noise * (1 + 0.35 * rng.standard_normal((BEAMS, SAMPLES), dtype=np.float32)))
