"""Tissue: the greys of soft parts and of the bones in them, without speckle. look.py holds the figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from models.foreign.textures.field import BEAMS, SAMPLES, Field
from models.foreign.textures.look import OCTAVES, Greys, Look, along_beams, depth_curve, smooth, wave_of
from models.foreign.textures.sections import Body, Numbers, Rng, Section, Sheet, between, chance


@dataclass(frozen=True, slots=True)
class Laid:
    """Greys with bone and without it, and the mm to the first bone of each beam."""

    levels: Greys
    without: Greys
    first_mm: Numbers


def laid(rng: Rng, field: Field, section: Section, look: Look, met: tuple[Numbers, Numbers], *, cover_mm: float, medium: str, veil: Numbers) -> Laid:
    """The section in the field. met: the first bone and the cosine there (field.first_bone). veil: (BEAMS,) 0 to 1, what echoes of bone and sheets
    keep."""
    without = soft(rng, field, section, look, cover_mm=cover_mm, medium=medium, veil=veil)
    levels, contact = with_bone(rng, field, without, look, *met, veil), touch(rng, field)
    return Laid(np.clip(levels * contact, 0, 1), np.clip(without * contact, 0, 1), met[0])


def soft(rng: Rng, field: Field, section: Section, look: Look, *, cover_mm: float, medium: str, veil: Numbers) -> Greys:
    """Greys of the soft parts. cover_mm: skin to bone: fat and muscle share it."""
    s = field.along_mm
    if medium == "air":
        rings = sum(np.exp(-(((s - k * between(rng, 1.5, 2.5)) / 0.5) ** 2)) * 0.8**k for k in range(1, 7))
        return np.tile(0.75 * np.exp(-s / between(rng, 2, 5)) + 0.3 * rings, (BEAMS, 1)) * (1 + 0.1 * smooth(rng, field, 8.0, 40.0))
    base: Greys = depth_curve(rng, look)[None, :] * np.ones((BEAMS, 1))
    if medium == "gel":
        base = base * between(rng, 0.02, 0.3)
    rough = between(rng, 0.3, 0.95) if look.people else between(rng, 0.4, 1.4)
    grain = sum(rough * share * smooth(rng, field, mm * between(rng, 1.6, 4.5 if mm < 4 else 2.5), mm) for mm, share in OCTAVES)
    base = layers(rng, field, base, np.asarray(grain), look, cover_mm) if medium == "tissue" else base * (1 + grain)
    for body in section.bodies:
        base = bodied(field, base, body)
    for sheet in section.sheets:
        base = painted(rng, field, base, sheet, veil=veil)
    return np.clip(base, 0.005, 1.0)


def layers(rng: Rng, field: Field, base: Greys, grain: Greys, look: Look, cover_mm: float) -> Greys:
    """Skin, fat with septa, fasciae, strata of muscle with fibres that lean. grain: shares of the grey; it follows the strata."""
    s, fat = field.along_mm, max(2.0, cover_mm * between(rng, 0.2, 0.75))
    across = field.starts[:, 0] + field.ways[:, 0] * fat
    lean, bow, wave = rng.normal(0, 0.05), rng.normal(0, 0.0012), rng.normal(0, 0.8)
    bed = fat + lean * across + bow * across**2 + wave * np.sin(across / between(rng, 6, 20) + between(rng, 0, 6))
    inside = 1 / (1 + np.exp(np.clip((s[None, :] - bed[:, None]) / 0.6, -40, 40)))
    strata = 0.16 * between(rng, 0.3, 1.6) * (wave_of(rng, SAMPLES, field.depth_mm / 2.6) + 0.8 * wave_of(rng, SAMPLES, field.depth_mm / 7.0))
    down = np.clip(np.round((s[None, :] - (bed - fat)[:, None]) / field.sample_mm).astype(int), 0, SAMPLES - 1)
    beams, shallow = np.arange(BEAMS)[:, None], np.exp(-s / max(12.0, 1.3 * cover_mm))  # strata are plain under the skin and lost in the deep
    base = base * np.clip(1 + grain[beams, down] + (strata * shallow)[down], 0.1, 3) * (1 + (between(rng, 0.55, 1.25) - 1) * inside)
    shift = np.round((between(rng, -0.35, 0.35) * across) / field.sample_mm).astype(int)[:, None]
    fibre = streaks(rng, field)[beams, (down + shift) % SAMPLES]
    base = base + (between(rng, 0.02, 0.28 if look.people else 0.45) * (1 - inside) + between(rng, 0.0, 0.25) * inside) * fibre * (0.12 + base)
    skin, rings = between(rng, 0.6, 3.2 if look.people else 2.2), between(rng, 0.0, 0.65)
    face = np.exp(-((s / skin) ** 2)) * between(rng, 0.3 if look.people else 0.0, 0.85)
    for k in range(1, 4):  # the bright lines under a probe's face
        face = face + rings * 0.7**k * np.exp(-(((s - k * 1.7 * skin) / 0.45) ** 2))
    base = base + face[None, :] * (1 - base)
    for _ in range(int(rng.integers(1, 6))):
        off = between(rng, -0.6, 1.3) * max(3.0, cover_mm - fat) if chance(rng, 0.75) else 0.0
        stray = between(rng, 0.1, 0.8) * along_beams(rng, field, between(rng, 5, 14))
        line = np.stack([across, bed + off + rng.normal(0, 0.04) * across + stray], axis=1)
        base = painted(rng, field, base, Sheet(line, between(rng, 0.05, 0.5), between(rng, 0.0, 0.9)), broken=between(rng, 0.2, 1.6))
    return base


def streaks(rng: Rng, field: Field) -> Greys:
    """Short bright fibres: the crests of noise that is long across the beam."""
    return np.asarray(np.maximum(smooth(rng, field, between(rng, 3, 9), between(rng, 0.7, 1.6)) - between(rng, 0.2, 1.0), 0))


def bodied(field: Field, base: Greys, body: Body) -> Greys:
    """A soft ellipse, darker or brighter inside."""
    middle, reach = field.beam_of(*body.centre)[1], 1.7 * max(body.radii_mm)
    part = slice(*(max(0, round((middle + side * reach) / field.sample_mm)) for side in (-1, 1)))
    x, z = (field.starts[:, k, None] + field.ways[:, k, None] * field.along_mm[part] - body.centre[k] for k in (0, 1))
    cos, sin = np.cos(body.tilt), np.sin(body.tilt)
    far = np.hypot((x * cos + z * sin) / body.radii_mm[0], (z * cos - x * sin) / body.radii_mm[1])
    inside = 1 / (1 + np.exp(np.clip((far - 1) * 6, -40, 40)))
    rim = body.rim * np.exp(-(((far - 1.05) / 0.2) ** 2))
    base = base.copy()
    base[:, part] *= 1 + (body.gain - 1) * inside
    base[:, part] += rim * np.maximum(0.9 - base[:, part], 0)
    return base


def painted(rng: Rng, field: Field, base: Greys, sheet: Sheet, broken: float = 0.5, veil: Numbers | None = None) -> Greys:
    """A line of echo: it dims where it slopes, and is broken here and there. broken: 0 whole to 1.6 in pieces. veil: (BEAMS,) what it keeps."""
    along = field.along_line(sheet.line)
    there = np.isfinite(along)
    if not there.any():
        return base
    near = np.where(there, along, along[there].mean())
    slope = np.gradient(near) / np.maximum(np.abs(np.gradient(field.starts[:, 0] + field.ways[:, 0] * near)), 1e-3)
    whole = 1 / (1 + np.exp(-(1.3 - broken + along_beams(rng, field, 6.0)) / 0.35))
    inward = np.minimum(np.cumsum(there), np.cumsum(there[::-1])[::-1]) * field.pitch_mm(float(near.mean()))
    bright = there * np.minimum(inward / 2.5, 1) * np.clip(1 - 0.8 * np.abs(slope), 0.15, 1) * whole * (1.0 if veil is None else veil)
    at = np.clip(near / field.sample_mm, 0, SAMPLES - 1).astype(int)
    local = ndimage.uniform_filter1d(base[np.arange(BEAMS), at], 15)
    peak = local + bright * sheet.grey * (1 - local)
    return lifted(field, base, np.where(there, near, 1e6), np.where(bright > 0.03, peak, 0.0), sheet.thick_mm * (0.4 + 0.6 * whole), 0.45, 0.7)


def lifted(field: Field, base: Greys, along: Numbers, peak: Numbers, band_mm: float | Numbers, tail_mm: float, blur_mm: float) -> Greys:
    """base with an echo that begins at `along` (BEAMS,) mm and rises to the grey `peak` (BEAMS,), band_mm long (one or each), with a tail."""
    met = along[(along < field.depth_mm + 1) & (peak > 0)]
    if len(met) == 0:
        return base
    edge, band = 0.25, np.reshape(band_mm, (-1, 1))
    first, last = (max(0, round(float(mm) / field.sample_mm)) for mm in (met.min() - 1.0, met.max() + band.max() * 3 + tail_mm * 6 + 2.0))
    d = field.along_mm[None, first:last] - along[:, None]
    rise = np.exp(-np.minimum((np.minimum(d, edge) - edge) ** 2 / (2 * 0.22**2), 60.0))
    shape = np.where(d < edge, rise, np.exp(-np.maximum(d - edge - band, 0) / np.maximum(tail_mm, 0.25 + 0.35 * band)))
    more = np.maximum(peak[:, None] - base[:, first:last], 0) * shape
    lit = base.copy()
    lit[:, first:last] += ndimage.gaussian_filter1d(more, max(0.4, blur_mm / field.pitch_mm(max(0.0, float(np.median(met))))), axis=0)
    return lit


def with_bone(rng: Rng, field: Field, without: Greys, look: Look, first: Numbers, cosine: Numbers, veil: Numbers) -> Greys:
    """The greys once bone lies there: haze behind it, its echo on top."""
    there = np.isfinite(first) & (first < field.depth_mm)
    if not there.any():
        return without
    s, middle, met = field.along_mm[None, :], float(first[there].mean()), np.where(there, first, 1e6)[:, None]
    pitch, hard = field.pitch_mm(middle), (s > met + 0.6).astype(np.float32)
    soft_mm = (between(rng, 0.5, 1.5), between(rng, 2.0, 5.0)) if look.people else (0.45, between(rng, 0.6, 2.5))
    near, far = (ndimage.gaussian_filter1d(hard, mm / pitch, axis=0) for mm in soft_mm)
    behind = near + (far - near) * np.clip((s - met * there[:, None] - middle * ~there[:, None]) / 25.0, 0, 1)
    veiled = ndimage.uniform_filter(without, (max(3, round(4 / pitch)), max(3, round(6 / field.sample_mm))))
    deep, wide = (0.4, between(rng, 7, 20)) if look.people else (0.3, between(rng, 4, 14))
    columns = np.clip(1 + deep * smooth(rng, field, wide, between(rng, 25, 80)), 0.3, 1.8)
    fade = np.exp(-np.maximum(s - np.where(there, first, middle)[:, None], 0) / between(rng, 20, 160))
    levels = without * (1 - behind) + veiled * look.haze * columns * fade * behind
    at = np.clip((np.where(there, first, 0) / field.sample_mm).astype(int), 0, SAMPLES - 1)
    above = veiled[np.arange(BEAMS), np.maximum(at - round(3 / field.sample_mm), 0)]
    specular, gone = between(rng, 0.08, 0.45), between(rng, 0.0, 0.9 if look.people else 0.4)  # pieces of a surface do not answer
    whole = 1 - gone / (1 + np.exp((1.0 + along_beams(rng, field, between(rng, 4, 10))) / 0.25))
    bright = look.rise * (specular + (1 - specular) * cosine**look.fall) * whole
    blotch = look.blotch * (along_beams(rng, field, 1.8) + 0.9 * along_beams(rng, field, 7.0))
    peak = np.clip((above + bright * (1 - above)) * (1 + blotch) * veil, 0, 1)
    band = look.band_mm * np.clip(1 + 0.5 * along_beams(rng, field, 4.0), 0.2, 2.5)
    return lifted(field, levels, met[:, 0], np.where(there, peak, 0), band, look.tail_mm, between(rng, 0.3, 0.8))


def touch(rng: Rng, field: Field) -> Greys:
    """(BEAMS, SAMPLES) what contact and aperture leave of the grey: dark flanks, dark columns."""
    at, fade = np.linspace(-1, 1, BEAMS), np.ones(BEAMS)
    for side in (-1.0, 1.0):
        if chance(rng, 0.35):
            fade = fade * (1 - between(rng, 0.3, 1.0) / (1 + np.exp(-(side * at - between(rng, 0.55, 1.0)) / between(rng, 0.03, 0.12))))
    if chance(rng, 0.15):
        fade = fade * (1 - between(rng, 0.3, 0.9) * np.exp(-(((at - between(rng, -0.9, 0.9)) / between(rng, 0.06, 0.2)) ** 2)))
    corner = 1 - between(rng, 0.0, 0.5) * (np.abs(at)[:, None] ** 4) * np.linspace(0, 1, SAMPLES)[None, :]
    return np.asarray((1 - (1 - fade)[:, None] * np.minimum(field.along_mm / 6.0, 1.0)) * corner)
