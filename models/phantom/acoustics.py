"""The echoes: from what the sound meets to the envelope along each beam, after time-gain compensation.

Levels are amplitudes against muscle's speckle (root mean square 1, 0 dB), as if nothing were lost on the way; the way's loss, the
compensation and the electronic noise then act on them as in a scanner.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, signal

from models.phantom import psf, texture
from models.phantom.look import PLAIN_LOOK, BoneLook, blotches, fading, haze_of, sheet_patches, slope_of, tail_of
from models.phantom.medium import Medium
from models.phantom.probe import C64, F32, GAUSSIAN_FWHM, ProbeSpec, polar_of
from models.phantom.propagation import (
    Resampler,
    bone_loss_db,
    displace,
    drawn_ranges_mm,
    resampler_for,
    table_of,
    way_loss_db,
)
from models.phantom.tissue import Tissue

__all__ = ["Beams", "Physics", "Sheet", "displace", "moved_scatterers", "render_beams", "sample_physics", "scatterers_for"]


@dataclass(frozen=True, slots=True, eq=False)
class Beams:
    """envelope: float32 (samples, beams), after time-gain compensation, as drawn at 1540 m/s; 1.0 is muscle's
    speckle (root mean square). drawn_mm: float32 (rows, columns), range at which each coarse sample is drawn. arriving: float32 (samples, beams),
    share of an echo's amplitude, there and back, that bones on the way and a face partly in the air leave, times
    its share of the power where haze or bone's own tail lies over it."""

    envelope: F32
    drawn_mm: F32
    arriving: F32


@dataclass(frozen=True, slots=True)
class Sheet:
    """How a thin layer echoes. specular_db at normal incidence, falling by exp(-(angle / width)^2); diffuse_db x
    root of the cosine; thickness_mm of the layer."""

    specular_db: float
    diffuse_db: float
    width_deg: float
    thickness_mm: float


# Design: levels from how these layers stand to muscle in spine scans; the fall-off with angle is steep for smooth
# collagen sheets and wide for rough bone.
SHEETS: dict[str, Sheet] = {
    "skin": Sheet(15, 5, 25, 0.6),
    "fascia": Sheet(19, 7, 16, 0.7),
    "muscle_septum": Sheet(13, 5, 20, 0.5),
    "layer": Sheet(14, 5, 20, 0.5),
    "flavum": Sheet(21, 13, 26, 1.0),
    "dura": Sheet(22, 9, 20, 0.5),
    "scl": Sheet(21, 13, 26, 1.0),
    "anterior": Sheet(23, 13, 24, 1.0),
    "intertransverse": Sheet(18, 11, 26, 0.8),
    "capsule": Sheet(9, 4, 22, 0.4),
}
OTHER_SHEET = Sheet(12, 4, 18, 0.5)
BONE = Sheet(36, 27, 30, 0.5)
PLASTIC = Sheet(24, 27, 35, 0.6)
PLASTIC_TAIL_MM = 1.6  # printed or cast bones scatter from their bulk


@dataclass(frozen=True, slots=True)
class Physics:
    """How one examination behaves; a level of -200 dB or a scale of 0 takes its term away.

    noise_db: electronic noise at the face, rising with the compensation. tgc_limit_db: most gain there is. tgc_knots_db:
    error of the compensation at equal depths. side_db, grating_db: lobes. clutter_db: haze that trails strong echoes.
    reverberation_db: level of a double bounce of two unit echoes. mirror_db: the copy behind bone. ring_db: the face's own
    ringing. bone_tail_mm: how far the echo of bone trails. smudges: hazy patches that hang in water or the near field, each (range, beam,
    their sigmas, all as shares of the picture, level in dB). aberration: factor on the lateral width under uneven tissue, 1 for none.
    trail_mm: how far haze trails what is bright. streak_db: spread of uneven loss at 60 mm. tissue_db: how this subject's tissues differ in
    echogenicity, one value a label, or none.
    """

    attenuation_scale: float = 1.0
    tgc_db_cm_mhz: float = 0.70
    tgc_limit_db: float = 95.0
    tgc_knots_db: tuple[float, ...] = ()
    noise_db: float = -75.0
    side_db: float = -34.0
    grating_db: float = -50.0
    clutter_db: float = -28.0
    reverberation_db: float = -84.0
    mirror_db: float = -36.0
    ring_db: float = 18.0
    texture_scale: float = 1.0
    bone_db: float = 0.0
    sheet_db: float = 0.0
    bone_tail_mm: float = 0.5
    beam_gain_db: float = 0.4
    focus_gain_db: float = 1.5
    refraction: float = 1.0
    aberration: float = 1.0
    trail_mm: float = 5.0
    streak_db: float = 0.0
    tissue_db: tuple[float, ...] = ()
    smudges: tuple[tuple[float, float, float, float, float], ...] = ()


PLAIN = Physics(
    noise_db=-200, side_db=-200, grating_db=-200, clutter_db=-200, reverberation_db=-200, mirror_db=-200, ring_db=-200,
    texture_scale=0, beam_gain_db=0, focus_gain_db=0, refraction=0,
)  # fmt: skip
"""Only attenuation, echoes and the point-spread function: what the physics tests measure."""


def sample_physics(rng: np.random.Generator, *, water: bool = False) -> Physics:
    """A random examination; water: of a phantom's bones in water or gel, where hardly any compensation is needed."""
    scale = float(rng.uniform(0.75, 1.2))
    physics = Physics(
        attenuation_scale=scale,
        tgc_db_cm_mhz=0.7 * scale * float(rng.normal(1, 0.06)),  # users trim it until the picture is even
        tgc_limit_db=float(rng.uniform(70, 100)),
        tgc_knots_db=tuple(float(v) for v in rng.normal(0, 2.5, 6)),
        noise_db=float(rng.uniform(-92, -66)),
        side_db=float(rng.uniform(-42, -28)),
        grating_db=float(rng.uniform(-65, -42)),
        clutter_db=float(np.clip(rng.normal(-25, 5), -40, -15)),
        reverberation_db=float(rng.uniform(-98, -76)),
        mirror_db=float(rng.uniform(-52, -32)),
        ring_db=float(rng.uniform(6, 24)),
        texture_scale=float(rng.uniform(0.6, 1.3)),
        bone_db=float(rng.normal(0, 2.5)),
        sheet_db=float(rng.normal(0, 3)),
        bone_tail_mm=float(rng.uniform(0.3, 1.0)),
        beam_gain_db=float(rng.uniform(0.1, 1.0)),
        focus_gain_db=float(rng.uniform(0, 3)),
        refraction=float(rng.uniform(0.5, 2)),
        aberration=float(1 + 0.7 * rng.beta(1.2, 2.5)),
        trail_mm=float(rng.uniform(3, 9)),
        streak_db=float(rng.uniform(0, 5)),
        tissue_db=tuple(float(v) for v in rng.normal(0, 1, len(Tissue)) * np.where(np.array(list(Tissue)) == Tissue.FAT, 3.5, 2.0)),
    )
    if not water:
        return physics
    return replace(
        physics,
        tgc_db_cm_mhz=float(rng.uniform(0.1, 0.35)),
        noise_db=float(rng.uniform(-80, -45)),
        clutter_db=float(rng.uniform(-26, -12)),
        trail_mm=float(rng.uniform(4, 20)),
        smudges=tuple(_sample_smudge(rng) for _ in range(int(rng.choice([0, 1, 2])))),
    )


def _sample_smudge(rng: np.random.Generator) -> tuple[float, float, float, float, float]:
    return (
        float(rng.uniform(0.1, 0.4)),
        float(rng.uniform(0.15, 0.85)),
        float(rng.uniform(0.04, 0.1)),
        float(rng.uniform(0.01, 0.04)),
        float(rng.uniform(-14, 6)),
    )


def render_beams(
    medium: Medium, probe: ProbeSpec, rng: np.random.Generator, physics: Physics | None = None, *, scatterers: C64 | None = None,
    look: BoneLook = PLAIN_LOOK,
) -> Beams:
    """One frame. The same generator state gives the same bytes. scatterers: what `scatterers_for` or `moved_scatterers` gave, so that a clip
    keeps its speckle; None draws them. look: how bone and its shadow look."""
    physics = physics or Physics()
    drawn = drawn_ranges_mm(medium, probe)
    resampler = resampler_for(drawn, probe)
    noise = scatterers_for(probe, rng) if scatterers is None else scatterers
    weights = _slice_weights(medium, probe)
    bone = resampler.fine(medium.bone_mm)
    through = _through_bone(bone, probe, plastic=medium.plastic_bone, edge_scale=look.edge_scale)
    amplitude, loss = _diffuse(medium, probe, physics, resampler, drawn, look)
    fade = fading(look, medium.texture_seed, probe)
    amplitude *= fade
    loss *= fade
    open_share = np.sqrt(np.einsum("ps,psb->sb", weights, through**2))
    surfaces = _bone_echo(medium, probe, physics, bone, through, weights)
    surfaces *= blotches(look, medium.texture_seed, probe) * np.float32(10 ** (look.bone_db / 20))
    behind = _behind_bone(np.abs(surfaces), 1 - open_share, look, medium, probe)
    sheets = _sheet_echoes(medium, probe, physics, resampler)
    sheets *= sheet_patches(look, medium.texture_seed, probe)
    surfaces += sheets * open_share
    coherent, diffuse = surfaces.real, surfaces.imag
    telling = _telling(np.abs(surfaces) + amplitude / loss * open_share, behind)
    coherent *= loss
    diffuse *= loss
    phase = _surface_phase(medium, probe)
    transfer, line_gain = psf.lateral_transfer(probe, physics.side_db, physics.grating_db, physics.aberration)
    pulse = psf.axial_pulse(probe)
    source = noise * (amplitude * open_share)
    if behind is not None:
        source += _own_speckle(noise) * (behind * loss)
    source += (coherent * phase + diffuse * noise) / (line_gain * _layer_gain(pulse, probe))[:, None]
    source += _points(medium, probe, loss, pulse, line_gain)
    source = _echo_again(source, coherent, phase, bone, loss, medium, physics)
    contact = _contact(medium, probe)
    source = _couple(source, contact, probe, physics, line_gain)
    source += _smudges(noise, probe, physics)
    field = psf.spread_lateral(source, transfer, probe.beams)
    field = _receive(field, noise, probe, physics, pulse, rng)
    envelope = np.abs(field) * slope_of(look, probe)
    return Beams(envelope.astype(np.float32), drawn, np.asarray(open_share * contact**2 * telling * fade, np.float32))


def scatterers_for(probe: ProbeSpec, rng: np.random.Generator) -> C64:
    """complex64 (samples, beams), unit mean square: fully developed speckle's scatterers."""
    parts = rng.standard_normal((probe.samples, probe.beams, 2), dtype=np.float32)
    parts *= np.float32(np.sqrt(0.5))
    return np.asarray(parts.view(np.complex64)[..., 0], np.complex64)


def moved_scatterers(
    scatterers: C64, probe: ProbeSpec, rng: np.random.Generator, *, right_mm: float = 0.0, down_mm: float = 0.0, out_of_plane_mm: float = 0.0
) -> C64:
    """The next frame's scatterers after the tissue moved: shifted in the plane (whole samples and beams at half depth), renewed out of it as
    the slice's -6 dB width is left (Gaussian correlation)."""
    half = np.array([probe.depth_mm / 2], np.float32)
    beams = round(right_mm / float(probe.beam_spacing_mm(half)[0]))
    kept = np.exp(-2.8 * (out_of_plane_mm / float(probe.elevation_width_mm(half)[0])) ** 2)
    shifted = np.roll(scatterers, (round(down_mm / probe.sample_mm), beams), (0, 1))
    new = scatterers_for(probe, rng)
    return np.asarray(np.float32(kept) * shifted + np.float32(np.sqrt(1 - kept * kept)) * new, np.complex64)


def _behind_bone(echo: F32, shut: F32, look: BoneLook, medium: Medium, probe: ProbeSpec) -> F32 | None:
    """(samples, beams) amplitude of the tail and the haze behind bone, None for a look that has neither."""
    parts = []
    if look.tail_db > -150 and look.tail_mm > 0:
        parts.append(tail_of(echo, look, probe))
    if look.haze_db > -150:
        parts.append(haze_of(shut, look, medium.texture_seed, probe))
    return np.asarray(sum(parts), np.float32) if parts else None


def _telling(own: F32, behind: F32 | None) -> F32:
    """(samples, beams) how far the tissue's own echo stands out of what lies over it: its share of the power."""
    if behind is None:
        return np.ones((1, 1), np.float32)
    power = own * own
    return np.asarray(power / (power + behind * behind + np.float32(1e-12)), np.float32)


def _own_speckle(noise: C64) -> C64:
    """The scatterers turned and shifted: as good as new ones, and they move with the tissue in a clip."""
    return np.roll(noise[::-1], (len(noise) // 5, noise.shape[1] // 4), (0, 1))


def _slice_weights(medium: Medium, probe: ProbeSpec) -> F32:
    """(planes, samples) share of the elevational planes in a sample's power: the slice's profile, pulse-echo."""
    sigma = probe.elevation_width_mm(probe.ranges_mm()) / np.float32(GAUSSIAN_FWHM)
    weight = np.exp(-((medium.planes_mm[:, None] / sigma[None, :]) ** 2))
    return np.asarray(weight / weight.sum(axis=0), np.float32)


def _through_bone(bone: F32, probe: ProbeSpec, *, plastic: bool, edge_scale: float = 1.0) -> F32:
    """(planes, samples, beams) amplitude left, there and back, after the bone on the way.

    A beam is a cone from its aperture, so what a bone blocks is blurred across beams with the way behind it: band by band, the one-way
    amplitude is spread by what the aperture's uniform cone (spread 0.29 of its width) covers in a band. Design: 2.5 makes bands that add as
    variances as wide as straight rays over the usual three to six bands. edge_scale: how much wider compounding from several angles makes it.
    """
    counts = np.cumsum(bone < 0, axis=1, dtype=np.int16)
    if not counts[:, -1].any():
        return np.ones_like(bone)
    way = np.arange(probe.samples + 1, dtype=np.float32) * np.float32(probe.sample_mm)
    table = bone_loss_db(way, probe, plastic=plastic) * np.float32(-np.log(10) / 40)  # one way, as a logarithm
    log_left = np.take(table.astype(np.float32), counts)
    first = max(int(counts.any(axis=(0, 2)).argmax()), 1)
    ranges = probe.ranges_mm()
    aperture = np.minimum(ranges / np.float32(probe.f_number), np.float32(probe.aperture_mm))
    cone_beams = edge_scale * 2.5 * 0.29 * aperture / ranges / probe.beam_spacing_mm(ranges)  # per mm of way
    entering = np.zeros((len(bone), 1, probe.beams), np.float32)
    before = np.zeros((len(bone), 1, probe.beams), np.float32)
    for top, bottom in pairwise(np.unique(np.linspace(first, probe.samples, 25).astype(int))):
        last = log_left[:, bottom - 1 : bottom].copy()
        log_left[:, top:bottom] += entering - before
        leaving = np.exp(log_left[:, bottom - 1 : bottom])
        spread = float(cone_beams[bottom - 1]) * (bottom - top) * probe.sample_mm
        entering = np.log(ndimage.gaussian_filter1d(leaving, spread, axis=-1, mode="nearest", truncate=3.0) + np.float32(1e-9))
        before = last
    return np.asarray(np.exp(2 * log_left), np.float32)


def _diffuse(
    medium: Medium, probe: ProbeSpec, physics: Physics, resampler: Resampler, drawn: F32, look: BoneLook
) -> tuple[F32, F32]:
    """Scatterers' amplitude with the way's loss in it, and that loss alone, (samples, beams) both."""
    middle = len(medium.labels) // 2
    labels = medium.labels[middle]
    loss_db = way_loss_db(medium, probe, attenuation_scale=physics.attenuation_scale).mean(axis=0)
    loss_db += physics.refraction * _refraction_loss_db(drawn, probe)
    if physics.streak_db > 0:
        loss_db += np.float32(physics.streak_db) * _streaks(medium, probe)
    echogenicity_db = table_of("echogenicity_db", medium) + np.array(physics.tissue_db or (0.0,) * len(Tissue), np.float32)
    power = np.mean(10 ** (echogenicity_db[medium.labels] / 10), axis=0)
    spread = table_of("texture_db", medium)[labels] * np.float32(physics.texture_scale)
    muscle = (labels == Tissue.MUSCLE).astype(np.float32)
    fields = np.stack([10 * np.log10(power), -loss_db, spread, muscle]).astype(np.float32)
    level, loss, spread, muscle = resampler.fine(fields)
    if physics.texture_scale > 0:
        level += np.maximum(spread, 0) * _texture(medium, probe, resampler, muscle, look)
    per_db = np.float32(np.log(10) / 20)
    return np.exp((level + loss) * per_db), np.exp(loss * per_db)


def _refraction_loss_db(drawn: F32, probe: ProbeSpec) -> F32:
    """Defocusing where delay changes across the aperture (edges of vessels, of muscle against fat): design, 10 dB where
    neighbouring beams at 1 mm differ by 0.1 mm."""
    rows, columns = drawn.shape
    spacing = probe.beam_spacing_mm(probe.ranges_mm(rows)) * np.float32(probe.beams / columns)
    shift = drawn - drawn.mean(axis=1, keepdims=True)
    slope = np.gradient(shift, axis=1) / spacing[:, None]
    return np.asarray(np.minimum(1000 * slope**2, 12), np.float32)


def _streaks(medium: Medium, probe: ProbeSpec) -> F32:
    """(rows, columns) uneven loss that tissue's own structure piles up along the beams: bright and dark fans; spread about 1 at 60 mm."""
    _, rows, columns = medium.labels.shape
    offset = np.float32(medium.texture_seed // 97 % 64)
    across = probe.columns_mm()[0, -1] * np.linspace(0, 1, columns, dtype=np.float32)[None, :]
    uneven = texture.look_up(texture.patch_tile(), probe.ranges_mm(rows)[:, None] + offset, across + np.float32(2) * offset)
    solid = medium.labels[len(medium.labels) // 2] != Tissue.GEL
    return np.asarray(np.cumsum(uneven * solid, axis=0) * np.float32(probe.depth_mm / rows / np.sqrt(60 * 6)), np.float32)


def _texture(medium: Medium, probe: ProbeSpec, resampler: Resampler, muscle: F32, look: BoneLook) -> F32:
    """Structure of the tissue in units of its spread: muscle's drawn in the fibres' coordinates, the rest in layers
    as deep as the fibres' second coordinate (or the range) says."""
    seed = medium.texture_seed
    offset = np.float32(seed % 64), np.float32(seed // 64 % 64)
    ranges = probe.ranges_mm()[:, None]
    across = probe.columns_mm()
    if medium.fibre is None:
        other = texture.look_up(texture.fat_tile(look.lobules), ranges + offset[0], across + offset[1])
        own = texture.look_up(texture.muscle_tile(look.weave), ranges + offset[1], across * np.float32(0.5) + offset[0])
    else:
        u, v = resampler.fine(np.ascontiguousarray(np.moveaxis(medium.fibre[..., :2], -1, 0)))
        other = texture.look_up(texture.fat_tile(look.lobules), v + offset[0], across + offset[1])
        own = texture.look_up(texture.muscle_tile(look.weave), v + offset[1], u + offset[0])
    return np.asarray(other + np.clip(muscle, 0, 1) * (own - other), np.float32)


def _surface_phase(medium: Medium, probe: ProbeSpec) -> C64:
    """complex64 (samples, beams): height and brightness of rough surfaces, correlated over some millimetres."""
    offset = np.float32(medium.texture_seed // 4096 % 64)
    return texture.look_up(texture.rough_tile(), probe.ranges_mm()[:, None] + offset, probe.columns_mm() + offset)


def _normal_cosine(fields: F32, at: tuple[NDArray[np.intp], ...], probe: ProbeSpec, planes_mm: F32) -> tuple[F32, F32]:
    """(cosine, slope) at grid points of signed distances (planes, samples, beams): the cosine between beam and normal,
    positive where the beam enters, and the length of the gradient (1 for a true distance)."""
    p, s, b = at
    down = np.clip(s + 1, 0, fields.shape[1] - 1), np.clip(s - 1, 0, fields.shape[1] - 1)
    right = np.clip(b + 1, 0, fields.shape[2] - 1), np.clip(b - 1, 0, fields.shape[2] - 1)
    spacing = probe.beam_spacing_mm(probe.ranges_mm())[s]
    gr = (fields[p, down[0], b] - fields[p, down[1], b]) / np.float32(2 * probe.sample_mm)
    gx = (fields[p, s, right[0]] - fields[p, s, right[1]]) / (2 * spacing)
    gy = np.float32(0)
    if fields.shape[0] > 1:
        gy = (fields[-1, s, b] - fields[0, s, b]) / np.float32(planes_mm[-1] - planes_mm[0])
    slope = np.sqrt(gr * gr + gx * gx + gy * gy) + np.float32(1e-3)
    return -gr / slope, slope


def _reflect(cosine: F32, sheet: Sheet, extra_db: float) -> tuple[F32, F32]:
    """(coherent, diffuse) amplitude at an incidence: specular falling off with the angle, scatter with the root of its cosine."""
    squared_rad = 2 * (1 - np.abs(cosine))
    specular = np.exp(-squared_rad / np.float32(np.radians(sheet.width_deg) ** 2))
    scale = 10 ** ((np.array([sheet.specular_db, sheet.diffuse_db]) + extra_db) / 20)
    return np.float32(scale[0]) * specular, np.float32(scale[1]) * np.sqrt(np.abs(cosine))


def _bone_echo(
    medium: Medium, probe: ProbeSpec, physics: Physics, bone: F32, through: F32, weights: F32
) -> C64:
    """complex64 (samples, beams): coherent echo as the real, scattered echo as the imaginary part.

    The echo starts at the surface and trails into bone: roughness and the cortex's own scatter. Planes of the slice add.
    """
    sheet = PLASTIC if medium.plastic_bone else BONE
    front = np.float32(max(sheet.thickness_mm / 2, probe.sample_mm))
    tail = np.float32(PLASTIC_TAIL_MM if medium.plastic_bone else physics.bone_tail_mm)
    at = np.nonzero((bone < 3 * front) & (bone > -6 * tail) & (through > 3e-3))
    cosine, slope = _normal_cosine(bone, at, probe, medium.planes_mm)
    coherent, diffuse = _reflect(cosine, sheet, physics.bone_db)
    distance = bone[at] / slope
    layer = np.where(distance > 0, np.exp(-0.5 * (distance / front) ** 2), np.exp(np.minimum(distance, 0) / tail))
    layer *= through[at] * weights[at[0], at[1]]
    echo = np.zeros((probe.samples, probe.beams), np.complex64)
    np.add.at(echo, (at[1], at[2]), layer * (coherent + 1j * diffuse))
    return echo


def _sheet_echoes(medium: Medium, probe: ProbeSpec, physics: Physics, resampler: Resampler) -> C64:
    """complex64 (samples, beams) like `_bone_echo`, of every thin layer, from the middle plane."""
    echo = np.zeros((probe.samples, probe.beams), np.complex64)
    names = [n for n, s in medium.sheets.items() if np.abs(s).min() < 3]
    if not names:
        return echo
    middles = np.stack([medium.sheets[n][len(medium.sheets[n]) // 2] for n in names])
    fields = resampler.fine(np.clip(middles, -4, 4))
    for k, name in enumerate(names):
        sheet = SHEETS.get(name, OTHER_SHEET)
        sigma = np.float32(max(sheet.thickness_mm / 2, probe.sample_mm * 0.7))
        at = np.nonzero(np.abs(fields[k]) < 3 * sigma)
        cosine, slope = _normal_cosine(fields[k : k + 1], (np.zeros_like(at[0]), *at), probe, medium.planes_mm)
        coherent, diffuse = _reflect(cosine, sheet, physics.sheet_db)
        layer = np.exp(-0.5 * (fields[k][at] / slope / sigma) ** 2)
        layer *= slope < 1.8  # steeper than a distance can be: the layer's end, not its surface
        echo[at] += layer * (coherent + 1j * diffuse)
    return echo


def _points(medium: Medium, probe: ProbeSpec, loss: F32, pulse: F32, line_gain: F32) -> C64:
    """complex64 (samples, beams): single scatterers, shared among the four samples around each so that its place is kept."""
    out = np.zeros((probe.samples, probe.beams), np.complex64)
    for x_mm, z_mm, level_db in medium.points:
        drawn = displace(probe, medium, np.array(x_mm, np.float32), np.array(z_mm, np.float32))
        range_mm, beam = (float(v) for v in polar_of(probe, *drawn))
        row = range_mm / probe.sample_mm - 0.5
        s, b = int(np.floor(row)), int(np.floor(beam))
        if not (0 <= s < probe.samples - 1 and 0 <= b < probe.beams - 1):
            continue
        down, right = row - s, beam - b
        share = np.outer([1 - down, down], [1 - right, right])
        out[s : s + 2, b : b + 2] += (10 ** (level_db / 20) * share).astype(np.float32) * loss[s, b] * line_gain[s] / pulse.max()
    return out


def _smudges(noise: C64, probe: ProbeSpec, physics: Physics) -> C64:
    down, across = np.linspace(0, 1, probe.samples, dtype=np.float32), np.linspace(0, 1, probe.beams, dtype=np.float32)
    out = np.zeros((probe.samples, probe.beams), np.complex64)
    for at, beam, deep, wide, level_db in physics.smudges:
        blob = np.outer(np.exp(-(((down - at) / deep) ** 2)), np.exp(-(((across - beam) / wide) ** 2)))
        out += noise[:, ::-1] * (blob * 10 ** (level_db / 20)).astype(np.float32)
    return out


def _layer_gain(pulse: F32, probe: ProbeSpec) -> np.float32:
    """Peak that a layer as thin as bone's front gets from the pulse: divided out, so that levels mean peaks."""
    at = (np.arange(len(pulse)) - len(pulse) // 2) * probe.sample_mm
    front = max(BONE.thickness_mm / 2, probe.sample_mm)
    return np.float32(np.sum(pulse * np.exp(-0.5 * (at / front) ** 2)))


def _echo_again(
    source: C64, coherent: F32, phase: C64, bone: F32, loss: F32, medium: Medium, physics: Physics
) -> C64:
    """Adds what comes back twice: surface and face (at double range), and tissue mirrored behind the first bone."""
    samples = len(source)
    if physics.reverberation_db > -150:
        flatness = np.minimum(coherent / loss / np.float32(10 ** (BONE.specular_db / 20)), 1)  # only what faces the array comes back twice
        once = (coherent * phase * flatness)[: (samples + 1) // 2]
        twice = np.repeat(once * np.abs(once), 2, axis=0)[:samples]
        source += twice * np.float32(10 ** (physics.reverberation_db / 20))
    if physics.mirror_db > -150 and not medium.plastic_bone:
        inside = bone[len(bone) // 2] < 0
        first = np.where(inside.any(axis=0), inside.argmax(axis=0), samples)
        s = np.arange(samples)[:, None]
        back = 2 * first[None, :] - s
        seen = (back >= 0) & (back < s)
        copy = np.take_along_axis(source / loss, np.clip(back, 0, samples - 1), axis=0)
        source += np.where(seen, copy, 0) * (loss * np.float32(10 ** (physics.mirror_db / 20)))
    return source


def _contact(medium: Medium, probe: ProbeSpec) -> F32:
    """(beams,) share of each beam's aperture that touches gel or skin."""
    middle = medium.labels[len(medium.labels) // 2]
    contact = medium.contact if medium.contact is not None else np.mean(middle[:2] != Tissue.AIR, axis=0)
    columns = len(contact)
    at = (np.arange(probe.beams) + 0.5) * columns / probe.beams - 0.5
    fine = np.interp(at, np.arange(columns), contact)
    spacing = float(probe.beam_spacing_mm(np.full(1, 10, np.float32))[0])
    aperture_beams = max(1, min(int(probe.aperture_mm / 3 / spacing), probe.beams // 4))
    return np.asarray(ndimage.uniform_filter1d(fine, aperture_beams, mode="nearest"), np.float32)


def _couple(source: C64, contact: F32, probe: ProbeSpec, physics: Physics, line_gain: F32) -> C64:
    """The face's own ringing everywhere; where air lies under it no sound enters and the lens rings on in bands."""
    if contact.min() < 1:
        source = source * contact**2
    if physics.ring_db > -150:
        r = probe.ranges_mm()
        ring = np.exp(-(((r - np.float32(0.4)) / np.float32(0.35)) ** 2)) + np.float32(0.12) * np.exp(-r / np.float32(1.5))
        bands = np.exp(-r / np.float32(4.0)) * (0.55 + 0.45 * np.cos(2 * np.pi * r / np.float32(1.3)))
        level = np.float32(10 ** (physics.ring_db / 20))
        tamed = compensation(probe, physics) ** np.float32(-0.7)  # users turn the near gain down until the face's ringing is bearable
        rows = level * (ring[:, None] + 1.5 * bands[:, None] * (1 - contact)[None, :]) * tamed[:, None]
        source = source + (rows / line_gain[:, None]).astype(np.float32)
    return np.asarray(source, np.complex64)


def compensation(probe: ProbeSpec, physics: Physics) -> F32:
    """(samples,) time-gain compensation as a factor, without its error."""
    tgc_db = 2 * physics.tgc_db_cm_mhz * probe.frequency_mhz * probe.ranges_mm() / 10
    return np.asarray(10 ** (np.minimum(tgc_db, physics.tgc_limit_db) / 20), np.float32)


def _receive(
    field: C64, noise: C64, probe: ProbeSpec, physics: Physics, pulse: F32, rng: np.random.Generator
) -> C64:
    """Clutter, electronic noise, the pulse, the compensation and the beams' own gain."""
    ranges = probe.ranges_mm()
    gain = compensation(probe, physics)
    electronic = 10 ** (physics.noise_db / 20)
    haze = _clutter(field, gain, probe, physics)
    shift = (int(rng.integers(probe.samples)), int(rng.integers(probe.beams)))
    field = field + np.roll(noise[::-1, ::-1], shift, (0, 1)) * np.float32(electronic)  # turned and shifted: as good as new, at a tenth of the cost
    field += np.roll(noise, (probe.samples // 3, probe.beams // 3), (0, 1)) * haze
    field = psf.spread_axial(field, pulse)
    knots = np.array(physics.tgc_knots_db or (0.0, 0.0))
    error = ndimage.gaussian_filter1d(np.interp(ranges, np.linspace(0, probe.depth_mm, len(knots)), knots), 8)
    focus = physics.focus_gain_db * np.exp(-(((ranges - probe.focus_mm) / (0.2 * probe.depth_mm)) ** 2))
    per_row = gain * 10 ** ((error + focus) / 20)
    per_beam = 10 ** (physics.beam_gain_db * rng.standard_normal(probe.beams) / 20)
    return np.asarray(field * (per_row[:, None] * per_beam[None, :]).astype(np.float32), np.complex64)


def _clutter(field: C64, gain: F32, probe: ProbeSpec, physics: Physics) -> F32:
    """(samples, beams) haze amplitude, in compensated level: what lies above trails 25 mm down, smeared across; what is bright (bone) also
    trail_mm on its own beams."""
    if physics.clutter_db <= -150:
        return np.zeros((1, 1), np.float32)
    step = 4
    level = np.abs(field[::step]) * gain[::step, None]
    wide = ndimage.uniform_filter1d(_trail(np.minimum(level, 5), step * probe.sample_mm / 25), probe.beams // 8, axis=1, mode="nearest")
    near = _trail(level, step * probe.sample_mm / physics.trail_mm)
    haze = np.repeat(wide + near, step, axis=0)[: len(field)] / gain[:, None]
    return np.asarray(haze * 10 ** (physics.clutter_db / 20), np.float32)


def _trail(level: F32, rate: float) -> F32:
    """A causal exponential mean down the rows; rate: share of its length that a row is."""
    keep = float(np.exp(-rate))
    return np.asarray(signal.lfilter([1 - keep], [1, -keep], level, axis=0), np.float32)
