"""A cut becomes an ultrasound picture: tissue, bone, shadow and haze as grey levels in beam space, speckle, scan conversion."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, map_coordinates, zoom

from models.foreign.solids.beams import BEAMS, COARSE, SAMPLES, Probe
from models.foreign.solids.bones import Field
from models.foreign.solids.cut import Cut
from models.foreign.solids.marks import axis_distance
from models.foreign.solids.places import Place

PENUMBRA = 7  # directions in which a shadow is cast


@dataclass(frozen=True, slots=True)
class Look:
    """Grey levels from 0 to 1 and lengths in mm of one frame. muscle is the grey above the bone, shadow the grey below it."""

    peak: float
    muscle: float
    fat: float
    shadow: float
    range_db: float
    rise_mm: float
    plateau_mm: float
    decay_mm: float
    blotch: float
    facing_power: float
    density: float
    axial_mm: float
    lateral_mm: float
    focus_mm: float
    angles: int
    aperture: float
    haze: float
    echoes: float
    fade: float
    smooth: float
    gain: float
    gamma: float


def draw_look(rng: np.random.Generator, depth_mm: float) -> Look:
    """One in six frames is thin bone over a black shadow, the others follow real human spines: blotchy, thick, hazy."""
    crisp = rng.random() < 0.18
    peak = float(rng.uniform(0.6 if crisp else 0.45, 1.0))
    above = float(np.clip(rng.normal(0.48, 0.15) if crisp else rng.normal(0.88, 0.17), 0.15, 1.15))
    below = float(rng.uniform(0, 0.25) if crisp else np.clip(np.exp(rng.normal(-0.15, 0.45)), 0.15, 2.0))
    tail = float(rng.uniform(0.7, 2.2) if crisp else np.exp(rng.uniform(np.log(4.0), np.log(20.0))))
    share = float(rng.uniform(0.4, 0.95))
    muscle = min(peak * above, 0.7)
    return Look(
        peak=peak,
        muscle=muscle,
        fat=muscle * float(rng.uniform(0.5, 1.3)),
        shadow=min(muscle * below, 0.85 * peak, 0.75),
        range_db=float(rng.uniform(38, 75)),
        rise_mm=float(rng.uniform(0.3, 1.1)),
        plateau_mm=tail * share,
        decay_mm=tail * (1 - share) + 0.2,
        blotch=float(rng.uniform(0.0, 0.4) if crisp else rng.uniform(0.1, 0.9)),
        facing_power=float(rng.uniform(0.3, 3.0)),
        density=float(10 ** rng.uniform(-1.3, 0)),
        axial_mm=float(rng.uniform(0.2, 0.55)),
        lateral_mm=float(rng.uniform(0.7, 2.2)),
        focus_mm=float(rng.uniform(0.25, 0.9)) * depth_mm,
        angles=int(rng.choice([1, 1, 2, 3, 5])),
        aperture=float(rng.uniform(0.03, 0.25)),
        haze=float(rng.uniform(0, 0.5) ** 2 * 2),
        echoes=float(max(0.0, rng.uniform(-0.3, 0.35))),
        fade=float(np.clip(rng.normal(0.1, 0.3), -0.25, 0.8)),
        smooth=float(rng.uniform(0.6, 0.98)),
        gain=float(rng.uniform(0.85, 1.35)),
        gamma=float(rng.uniform(0.8, 1.3)),
    )


def texture(rng: np.random.Generator, rows: int, columns: int, size: int = 192) -> Field:
    """Smooth noise with so many cells, about -1 to 1, that wraps nowhere."""
    small = rng.normal(size=(rows, columns)).astype(np.float32)
    return np.asarray(zoom(small, (size / rows, size / columns), order=1, mode="grid-wrap", grid_mode=True)[:size, :size], np.float32) / 1.2


def laid(texture_: Field, u: Field, w: Field, *, u_mm: float, w_mm: float) -> Field:
    """A texture stretched over the picture: one of its pixels is u_mm by w_mm."""
    size = texture_.shape[0]
    iu = (u * (1 / u_mm) + size // 2).astype(np.int32) % size
    iw = (w * (1 / w_mm)).astype(np.int32) % size
    return np.asarray(texture_[iw, iu], np.float32)


def tissue(rng: np.random.Generator, look: Look, place: Place, u: Field, w: Field) -> Field:
    """Grey of skin, fat with septa, fascia and striated muscle; nearly nothing in water."""
    if place.medium in ("water", "air", "gel"):
        return strange(rng, place, u, w)
    warp = laid(texture(rng, 12, 6), u, w, u_mm=1.0, w_mm=1.0)
    wander = u * np.float32(rng.normal(0, 0.08)) + np.float32(rng.uniform(0.5, 3)) * warp
    fat_mm = np.float32(max(3.0, place.skin_mm * rng.uniform(0.2, 0.95)))
    level = w + wander
    grey = np.where(level < fat_mm, look.fat, look.muscle).astype(np.float32)
    grey += np.float32(look.muscle * rng.uniform(0.05, 0.3)) * laid(texture(rng, 20, 8), u, level, u_mm=0.5, w_mm=0.3)
    period, lean = rng.uniform(1.8, 6.0), rng.normal(0, 0.25)
    grey += np.float32(look.muscle * rng.uniform(0, 0.18)) * np.sin((level + lean * np.abs(u)) * np.float32(6.28 / period) + 3 * warp)
    septa = np.exp(-((laid(texture(rng, 16, 4), u, level, u_mm=0.6, w_mm=0.35) / rng.uniform(0.02, 0.09)) ** 2))
    grey += np.float32(rng.uniform(0.0, 0.35)) * septa
    fascia = np.exp(-(((level - fat_mm) / rng.uniform(0.4, 1.4)) ** 2))
    grey += np.float32(rng.uniform(0.0, 0.4)) * fascia
    skin = np.exp(-np.maximum(w, 0) / np.float32(rng.uniform(0.5, 2.5) if rng.random() < 0.75 else rng.uniform(4, 18)))
    return grey + np.float32(rng.uniform(0.0, 0.6)) * skin


def strange(rng: np.random.Generator, place: Place, u: Field, w: Field) -> Field:
    """Water: dark, with rings of the face. Gel: even haze. Air: bright bars that repeat and fade."""
    rings = np.exp(-np.maximum(w, 0) / np.float32(rng.uniform(0.8, 5)))
    if place.medium == "air":
        bars = 0.5 + 0.5 * np.cos(w * np.float32(6.28 / rng.uniform(2.5, 14)))
        return np.asarray(rng.uniform(0.5, 1.1) * np.exp(-w / rng.uniform(8, 40)) * bars ** rng.uniform(1, 6), np.float32)
    base = rng.uniform(0.02, 0.15) if place.medium == "water" else rng.uniform(0.1, 0.5)
    return np.asarray(base + rng.uniform(0.2, 0.8) * rings + 0.05 * laid(texture(rng, 8, 8), u, w, u_mm=1.0, w_mm=1.0), np.float32)


def softer(rng: np.random.Generator, cut: Cut, place: Place, look: Look, grey: Field) -> Field:
    """Ligaments as bright lines, the thecal sac dark, nerves as dark tubes with a bright rim. Looked up coarsely, drawn finely."""
    if (canal := cut.body.canal) is not None:
        middle, tall = (canal[1] + canal[2]) / 2, (canal[2] - canal[1]) / 2
        fluid = np.clip(2.0 - 2.0 * ((cut.gx / canal[0]) ** 4 + ((cut.gz - middle) / tall) ** 4), 0, 1)
        grey = grey * (1 - np.float32(rng.uniform(0.2, 0.8)) * fine(fluid.astype(np.float32)))
    for cord in cut.body.cords:
        far = fine(axis_distance(cut.gx, cut.gy, cut.gz, cord.through, cord.along)) / np.float32(cord.radius_mm)
        dark = np.clip(2.5 - 2.5 * far, 0, 1) * np.float32(rng.uniform(0.2, 0.7))
        grey = grey * (1 - dark) + np.float32(rng.uniform(0.05, 0.25)) * np.exp(-(((far - 1.05) / 0.2) ** 2))
    for band in cut.body.bands:
        below = fine(cut.gz - band.top(cut.gx, cut.gy))
        inside = fine(np.clip(-0.4 * band.foot(cut.gx, cut.gy), 0, 1).astype(np.float32))
        edge = np.clip(below / np.float32(look.rise_mm) + 0.5, 0, 1) * np.exp(
            -np.maximum(below - band.thick_mm, 0) / np.float32(0.5 * band.thick_mm + 0.2)
        )
        level = min(1.0, (look.muscle if place.medium == "tissue" else 0.1) + band.grey)
        grey = grey + np.maximum(level - grey, 0) * edge * inside
    return grey


def fine(coarse: Field) -> Field:
    """Coarse samples along depth, interpolated to all samples."""
    out = np.repeat(coarse, COARSE, axis=1)[:, :SAMPLES].astype(np.float32)
    out[:, 1:-1:COARSE] = (
        0.5 * (coarse[:, : SAMPLES // COARSE - 1 + SAMPLES % 2] + coarse[:, 1 : SAMPLES // COARSE + SAMPLES % 2])[:, : out[:, 1:-1:COARSE].shape[1]]
    )
    return out


def ragged(rng: np.random.Generator, cells: int) -> Field:
    """Smooth noise along the beams, 0 to 1."""
    rough = zoom(rng.normal(size=cells), BEAMS / cells, order=1)[:BEAMS]
    return np.asarray(np.clip(0.5 + 0.5 * gaussian_filter1d(rough, 2.0), 0, 1), np.float32)


def shadowed(rng: np.random.Generator, cut: Cut, look: Look, grey: Field, depths: Field) -> tuple[Field, Field]:
    """Grey with bone echoes and what lies below them, and the share of each sample that is bone."""
    below = depths[None, :] - np.where(np.isfinite(cut.range_mm), cut.range_mm, 1e4)[:, None]
    blotch = 1 - look.blotch * (0.6 * ragged(rng, 40) + 0.4 * ragged(rng, 9)) * 1.3
    strength = (0.45 + 0.55 * cut.facing**look.facing_power) * np.clip(blotch, 0.1, 1)
    strength = gaussian_filter1d(strength, 0.8)[:, None]
    dark = veil(look, cut.probe, below)
    trend = np.exp(np.clip(-np.maximum(below, 0) * np.float32(rng.normal(0.012, 0.015)), -4, 0.2))
    floor = look.shadow * trend * (1 + 0.25 * laid(texture(rng, 14, 10), below, depths[None, :] + 0 * below, u_mm=0.6, w_mm=0.8))
    under = grey + (floor - grey) * dark
    ramp = np.clip(below / np.float32(look.rise_mm) + 0.5, 0, 1)
    tail = look.decay_mm * (0.7 + 0.6 * ragged(rng, 12))[:, None]
    body = ramp * np.exp(-np.maximum(below - look.plateau_mm * (0.6 + 0.8 * ragged(rng, 16))[:, None], 0) / tail)
    bone = look.muscle + (look.peak - look.muscle) * strength if look.peak > look.muscle else look.peak * strength
    share = body * np.clip(strength + 0.5, 0, 1)
    spread = np.clip(below / 5.0, 0, 1)  # tails run together sideways as they get deeper
    share = share + (gaussian_filter1d(share, 2.5, axis=0, truncate=2.0) - share) * spread
    return under + np.maximum(bone - under, 0) * share, share


def veil(look: Look, probe: Probe, below: Field) -> Field:
    """How far each sample lies in the shadow, 0 to 1: the aperture and the compounded angles see past an edge, the more the deeper."""
    sharp = np.clip(below / np.float32(0.5) + 0.5, 0, 1)
    if look.aperture < 0.06:
        return np.asarray(gaussian_filter1d(sharp, float(0.5 + look.lateral_mm), axis=0, truncate=2.5), np.float32)
    total = np.zeros_like(sharp)
    depths = probe.steps()[1]
    hit = float(np.median(below.shape[1] - (below > 0).sum(1))) * probe.depth_mm / SAMPLES
    pitch = probe.pitch_mm(depths)
    columns = np.arange(SAMPLES)[None, :]
    for slope in np.linspace(-look.aperture, look.aperture, PENUMBRA):
        shift = np.round(slope * np.maximum(depths - hit, 0) / pitch).astype(np.int64)
        total += sharp[np.clip(np.arange(BEAMS)[:, None] + shift[None, :], 0, BEAMS - 1), columns]
    return np.asarray(gaussian_filter1d(total / np.float32(PENUMBRA), float(0.5 + look.lateral_mm), axis=0, truncate=2.5), np.float32)


def speckle(rng: np.random.Generator, look: Look, probe: Probe, depths: Field) -> Field:
    """Envelope of sparse scatterers, mean square 1, blurred by a spot that widens away from the focus; the mean over the angles."""
    widths = look.lateral_mm * (1 + 1.5 * np.abs(depths - look.focus_mm) / probe.depth_mm) / probe.pitch_mm(depths)
    slim, wide = float(np.clip(widths.min(), 0.6, 6)), float(np.clip(widths.max(), 0.9, 10))
    mix = np.clip((widths - slim) / max(wide - slim, 1e-3), 0, 1).astype(np.float32)
    total = np.zeros((BEAMS, SAMPLES), np.float32)
    looks = min(look.angles, 3)
    axial = look.axial_mm * SAMPLES / probe.depth_mm
    for _ in range(looks):
        field = rng.standard_normal((2, BEAMS, SAMPLES), np.float32)
        if look.density < 0.5:
            field *= rng.random((BEAMS, SAMPLES), np.float32) < look.density
        field = gaussian_filter1d(field, axial, axis=2, truncate=2.5)
        parts = [gaussian_filter1d(field, s, axis=1, truncate=2.5) for s in (slim, wide)]
        parts = [p / (p.std() + 1e-6) for p in parts]
        both = parts[0] * (1 - mix) + parts[1] * mix
        total += np.hypot(both[0], both[1]) / np.sqrt(2)
    return total / np.float32(looks)


def in_beams(rng: np.random.Generator, cut: Cut, place: Place) -> tuple[Field, Field, Field]:
    """Grey 0 to 1 per beam and sample: as it is, without speckle, and without speckle and bone."""
    probe = place.probe
    look = draw_look(rng, probe.depth_mm)
    if place.medium == "water":
        look = watery(look, rng)
    beams, depths = probe.steps()
    u, w = probe.place(beams[:, None], depths[None, :])
    soft = softer(rng, cut, place, look, tissue(rng, look, place, u, w))
    grey, bone = shadowed(rng, cut, look, soft, depths)
    soft, grey = (faded(look, probe, depths, made) for made in (soft, grey))
    loud = np.power(10.0, np.clip(grey, -0.3, 1.2) * np.float32(look.range_db / 20))
    grain, even = speckle(rng, look, probe, depths), bone * np.float32(look.smooth)
    loud = loud * (grain + even * (1.15 - grain))
    loud = smeared(rng, look, loud, bone)
    out = np.log10(np.maximum(loud, 1e-3)) * np.float32(20 * look.gain / look.range_db)
    touch, gain = contact(rng), np.float32(look.gain)
    dip = np.float32(20 / look.range_db * np.log10(np.maximum(grain, 1e-3)).mean())  # speckle darkens the mean of a logarithmic grey; bone has less
    levels = ((grey + dip * (1 - even) + even * np.float32(20 / look.range_db * np.log10(1.15))) * gain, (soft + dip) * gain)
    shown = [np.asarray(np.clip(made, 0, 1) ** np.float32(look.gamma) * touch, np.float32) for made in (out, *levels)]
    return shown[0], shown[1], shown[2]


def faded(look: Look, probe: Probe, depths: Field, grey: Field) -> Field:
    """With the loss along the depth, and a scanner's knee: bright tissue does not saturate."""
    grey = grey - np.float32(look.fade * look.muscle) * (depths / probe.depth_mm)[None, :]
    return np.where(grey > 0.6, 0.6 + 0.4 * np.tanh((grey - 0.6) / 0.4), grey)


def watery(look: Look, rng: np.random.Generator) -> Look:
    """Bone in water: bright, over black."""
    return replace(look, shadow=float(rng.uniform(0.0, 0.1)), muscle=float(rng.uniform(0.02, 0.12)), peak=float(rng.uniform(0.6, 1.0)))


def smeared(rng: np.random.Generator, look: Look, loud: Field, bone: Field) -> Field:
    """Side lobes and haze about bright surfaces, and their repetition deeper."""
    bright = loud * bone
    if look.haze > 0.02:
        loud = loud + np.float32(look.haze * 0.25) * gaussian_filter1d(gaussian_filter1d(bright, 14, axis=1, truncate=2), 5, axis=0, truncate=2)
    if look.echoes > 0:
        shift = int(rng.integers(20, 110))
        loud[:, shift:] += np.float32(look.echoes * 0.3) * bright[:, :-shift]
    return loud


def contact(rng: np.random.Generator) -> Field:
    """Beams that lose contact with the skin, at the sides or in gaps between, are darker."""
    whole = 1 - np.float32(rng.uniform(0, 0.35)) * ragged(rng, 7)[:, None]
    if rng.random() < 0.07:
        whole -= np.float32(rng.uniform(0.2, 0.7)) * np.clip(3 * ragged(rng, 12) - 2, 0, 1)[:, None]
    if rng.random() < 0.6:
        return whole
    place = np.linspace(-1, 1, BEAMS, dtype=np.float32)
    side = rng.choice([-1.0, 1.0])
    lost = 1 / (1 + np.exp(-(place * side - rng.uniform(0.6, 1.0)) * 12))
    return whole * np.asarray(1 - rng.uniform(0.3, 0.95) * lost, np.float32)[:, None]


@dataclass(frozen=True, slots=True)
class Canvas:
    """Size of the picture, the pixel of the origin, and the pixel's size in mm, across and down."""

    width_px: int
    height_px: int
    origin_px: tuple[float, float]
    mm: tuple[float, float]
    box_px: tuple[int, int, int, int]


def draw_canvas(rng: np.random.Generator, probe: Probe) -> Canvas:
    """A picture that holds the scan, with a margin; now and then its sides are cut off or its pixels are not square."""
    reach = probe.half if probe.kind == "rectangle" else (probe.radius_mm + probe.depth_mm) * np.sin(probe.half)
    reach *= float(rng.uniform(0.7, 1.0)) if probe.kind != "rectangle" and rng.random() < 0.2 else 1.0
    top = 0.0 if probe.kind == "rectangle" else probe.radius_mm * (1 - np.cos(probe.half))
    stretch = float(rng.uniform(0.93, 1.08)) if rng.random() < 0.15 else 1.0
    mm = (probe.mm_per_px * stretch, probe.mm_per_px)
    margin = rng.integers(0, 24, 4)
    half, above, below = int(reach / mm[0]), int(top / mm[1]), int(probe.depth_mm / mm[1])
    box = (int(margin[0]), int(margin[1]), int(margin[0]) + 2 * half + 1, int(margin[1]) + above + below + 1)
    return Canvas(box[2] + int(margin[2]), box[3] + int(margin[3]), (float(margin[0] + half), float(margin[1] + above)), mm, box)


def converted(canvas: Canvas, probe: Probe, grey: Field) -> NDArray[np.uint8]:
    """Beam space to pixels, black outside the scan."""
    left, top, right, bottom = canvas.box_px
    u = ((np.arange(left, right) - canvas.origin_px[0]) * canvas.mm[0]).astype(np.float32)[None, :]
    w = ((np.arange(top, bottom) - canvas.origin_px[1]) * canvas.mm[1]).astype(np.float32)[:, None]
    beam, reach = probe.find(u + 0 * w, w + 0 * u)
    rows = (beam / np.float32(probe.half) + 1) * np.float32((BEAMS - 1) / 2)
    columns = reach * np.float32((SAMPLES - 1) / probe.depth_mm)
    inside = (rows >= -0.01) & (rows <= BEAMS - 0.99) & (columns >= 0) & (columns <= SAMPLES - 1)
    values = np.zeros(inside.shape, np.float32)
    values[inside] = map_coordinates(grey, (rows[inside], columns[inside]), order=1, mode="nearest")
    pixels = np.zeros((canvas.height_px, canvas.width_px), np.uint8)
    pixels[top:bottom, left:right] = np.round(np.clip(values, 0, 1) * 255)
    return pixels
