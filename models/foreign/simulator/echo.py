"""Scatterers become echo lines: each one is added to the beams whose profile holds it, with its carrier's phase, and the pulse is laid over the sum.

The sum is the analytic signal of the echo: real scanners form it by demodulation. Levels: 1 is the root mean square of muscle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from models.foreign.simulator.anatomy.curves import Curve, normals, wandering
from models.foreign.simulator.anatomy.section import Line, Section
from models.foreign.simulator.anatomy.subject import Subject
from models.foreign.simulator.probe import Floats, Probe
from models.foreign.simulator.tissue import LABEL, Raster

Echo = NDArray[np.complex128]  # (beams, samples)
A_MM = 16.0  # points on a millimetre of a surface: under a quarter of the shortest wave apart
MOST_BEAMS = 9  # a profile is cut off so many beams from its middle


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Scatterers: beam (fractional), range in mm, signed strength."""

    beam: Floats
    range_mm: Floats
    strength: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """What reaches each place and comes back, as shares of amplitude, (beams, samples): through soft tissue and contact, and past bone.

    behind_mm: since the first bone on the beam. step_mm: between samples.
    """

    soft: Floats
    bone: Floats
    behind_mm: Floats
    step_mm: float

    def at(self, field: Floats, beam: Floats, range_mm: Floats) -> Floats:
        rows = np.clip(np.round(beam), 0, field.shape[0] - 1).astype(np.intp)
        return np.asarray(field[rows, np.clip(np.round(range_mm / self.step_mm), 0, field.shape[1] - 1).astype(np.intp)])


def step_mm(probe: Probe) -> float:
    """Distance between range samples: half the pulse's deviation."""
    return max(0.05, 0.5 * probe.pulse_mm)


def samples(probe: Probe) -> int:
    return int(probe.depth_mm / step_mm(probe)) + 2


def passage_of(probe: Probe, raster: Raster, subject: Subject, contact: Floats) -> Passage:
    """Losses along each beam. contact: amplitude per beam that the skin lets through."""
    step = step_mm(probe)
    beam: Floats = np.arange(probe.beams, dtype=np.float64)[:, None]
    along: Floats = (np.arange(samples(probe), dtype=np.float64) * step)[None, :]
    rows, columns = raster.cells(*probe.place(beam, along))
    label = raster.label[rows, columns]
    lost_db = np.cumsum(raster.loss[label], axis=1) * step * 0.1 * probe.mhz * 2
    stone = label == LABEL["bone"]
    within = np.cumsum(stone, axis=1) * step
    past = np.exp(-np.maximum(within - step, 0) / subject.through_mm)
    width = float(np.clip(0.5 * probe.focus_mm / probe.f_number / 8 / probe.beam_mm(np.array([0.6 * probe.focus_mm]))[0], 0.6, 5))
    soft = contact[:, None] * 10 ** (-lost_db / 20)
    behind = np.maximum(along - np.where(stone.any(axis=1), stone.argmax(axis=1) * step, np.inf)[:, None], 0)
    behind = gaussian_filter1d(behind, width, axis=0)
    return Passage(gaussian_filter1d(soft, width, axis=0), _softened(past, behind, width, subject.soft_edge), behind, step)


def _softened(past: Floats, behind: Floats, width: float, share: float) -> Floats:
    """What passes bone, with a penumbra: an aperture's width at the bone, wider the further behind it."""
    near, far = (gaussian_filter1d(past, width * times, axis=0) for times in (1.0, 4.5))
    mix = share * (1 - np.exp(-behind / 12))
    return np.asarray(near * (1 - mix) + far * mix)


def profile_beams(probe: Probe, range_mm: Floats) -> Floats:
    """The lateral profile's deviation, in beams."""
    return np.asarray(np.clip(probe.spread_mm(range_mm) / probe.beam_mm(range_mm), 0.45, MOST_BEAMS / 2.2))


def summed(probe: Probe, points: Points, reach: int | None = None) -> Echo:
    """The echo of scatterers, before the pulse. reach: beams on each side, flat: side lobes; None: the main lobe."""
    count, step = samples(probe), step_mm(probe)
    width = profile_beams(probe, points.range_mm)
    most = reach or int(np.ceil(2.2 * width.max(initial=0.5)))
    real, imaginary = np.zeros(probe.beams * count), np.zeros(probe.beams * count)
    nearest, spacing = np.round(points.beam).astype(np.int64), probe.beam_mm(points.range_mm)
    for offset in range(-most, most + 1):
        beam = nearest + offset
        off = beam - points.beam
        weight = 1 / (1 + np.abs(off)) if reach else np.exp(-0.5 * (off / width) ** 2)
        far = points.range_mm + _later(probe, points.range_mm, off * spacing)
        bin_ = np.round(far / step).astype(np.int64)
        keep = (beam >= 0) & (beam < probe.beams) & (bin_ >= 0) & (bin_ < count) & (weight > 0.05 * (reach is None))
        at, level, phase = (beam * count + bin_)[keep], (points.strength * weight)[keep], (4 * np.pi / probe.wave_mm) * far[keep]
        real += np.bincount(at, level * np.cos(phase), len(real))
        imaginary -= np.bincount(at, level * np.sin(phase), len(real))
    return np.asarray((real + 1j * imaginary).reshape(probe.beams, count))


def _later(probe: Probe, range_mm: Floats, off_mm: Floats) -> Floats:
    """How much longer the way to a scatterer beside the beam is: nothing at the focus, a wave's bend away from it."""
    bend = np.minimum(np.abs(range_mm - probe.focus_mm) / probe.focus_mm, 1.0)
    return np.asarray(bend * off_mm**2 / (4 * np.maximum(range_mm, 8.0)))


def pulsed(probe: Probe, echo: Echo) -> Echo:
    """The pulse over the sum: its half height, not its middle, falls on the scatterer, so that a surface's echo begins on the surface."""
    width = probe.pulse_mm / step_mm(probe)
    late = round(1.18 * width)
    full = gaussian_filter1d(echo.real, width, axis=1) + 1j * gaussian_filter1d(echo.imag, width, axis=1)
    return np.asarray(np.roll(full, late, axis=1) * width * np.sqrt(2 * np.pi))


def tissue_points(probe: Probe, raster: Raster, subject: Subject, passage: Passage, rng: np.random.Generator) -> Points:
    """Soft tissue, clutter and, behind bone, haze: about 30 scatterers in each resolution cell, evenly over beams and range."""
    typical = float(profile_beams(probe, np.array([0.6 * probe.depth_mm]))[0])
    count = int(np.clip(30 * probe.beams * probe.depth_mm / (12 * typical * probe.pulse_mm), 50_000, 260_000))
    beam, along = rng.uniform(-2, probe.beams + 1, count), rng.uniform(0, probe.depth_mm, count)
    rows, columns = raster.cells(*probe.place(beam, along))
    past = passage.at(passage.bone, beam, along)
    own = (
        np.hypot(10 ** (raster.decibel[rows, columns] / 20), 10 ** (subject.clutter_db / 20) * (raster.label[rows, columns] != LABEL["water"])) * past
    )
    haze = _haze(subject, passage, past, beam, along) * 10 ** (raster.cloud_db[rows, columns] / 20)
    density = count / ((probe.beams + 3) * probe.depth_mm)
    unit = 1 / np.sqrt(density * np.pi * profile_beams(probe, along) * probe.pulse_mm)
    slice_share = np.exp(-0.5 * rng.uniform(-1.6, 1.6, count) ** 2) / 0.72  # a place off the slice's middle counts less; 0.72 is its root mean square
    return Points(beam, along, rng.choice([-1.0, 1.0], count) * slice_share * unit * np.hypot(own, haze) * passage.at(passage.soft, beam, along))


def _haze(subject: Subject, passage: Passage, past: Floats, beam: Floats, along: Floats) -> Floats:
    """What reverberation and the slice's thickness put behind bone, fading with depth."""
    behind = passage.at(passage.behind_mm, beam, along)
    return np.asarray(10 ** (subject.haze_db / 20) * (1 - past) * np.exp(-behind / subject.haze_reach_mm))


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """Places along a surface: beam, range, |cosine| of incidence, place along the surface in mm; places on a mm, the whole surface's mm."""

    beam: Floats
    range_mm: Floats
    cosine: Floats
    along: Floats
    count_mm: float
    long_mm: float


def surface_of(probe: Probe, curve: Curve, rng: np.random.Generator) -> Surface:
    """Scattering places on a curve, at random, A_MM to the millimetre."""
    steps = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(curve, axis=0).T))])
    count = max(int(steps[-1] * A_MM), 8)
    along = np.sort(rng.uniform(0, steps[-1], count))
    x, z = np.interp(along, steps, curve[:, 0]), np.interp(along, steps, curve[:, 1])
    across = normals(curve)
    nx, nz = np.interp(along, steps, across[:, 0]), np.interp(along, steps, across[:, 1])
    beam, far = probe.beam_range(x, z)
    angle = np.arctan2(x, z + probe.radius_mm) if probe.radius_mm > 0 else np.zeros_like(x)
    seen = (far > 0) & (far < probe.depth_mm) & (beam > -3) & (beam < probe.beams + 2)
    cosine = np.abs(nx * np.sin(angle) + nz * np.cos(angle))
    return Surface(beam[seen], far[seen], cosine[seen], along[seen], count / max(float(steps[-1]), 1e-6), float(steps[-1]))


def _levels(probe: Probe, surface: Surface, even: Floats, rough: Floats, rng: np.random.Generator) -> Floats:
    """Strengths that make a flat surface's echo `even` where its places add in phase plus `rough` (root mean square) where they do not."""
    spread = probe.spread_mm(surface.range_mm)
    together = even / (surface.count_mm * spread * np.sqrt(2 * np.pi))
    return np.asarray(together + rough * rng.standard_normal(len(spread)) / np.sqrt(surface.count_mm * spread * np.sqrt(np.pi)))


def _blotches(surface: Surface, reach_mm: float, share: float, rng: np.random.Generator) -> Floats:
    """A gain that wanders along a surface, median 1: share 0 is even. The same rng state gives all looks the same blotches."""
    grid = np.arange(0, surface.long_mm + 2, 0.5)
    wander = np.interp(surface.along, grid, wandering(len(grid), reach_mm / 0.5, rng))
    holes = 1 / (1 + np.exp(-np.clip((wander + 2.6 - 1.6 * share) / 0.15, -30, 30)))
    return np.asarray(np.exp(share * 0.9 * wander) * holes)


def line_points(probe: Probe, line: Line, subject: Subject, passage: Passage, steady: np.random.Generator, rng: np.random.Generator) -> Points:
    """A fascia's, a ligament's or the dura's echo."""
    surface = surface_of(probe, line.points, rng)
    level = line.strength * 10 ** (subject.fascia_db / 20) * _blotches(surface, 2.5, 1.6 * line.ragged, steady)
    level = level * passage.at(passage.soft * passage.bone, surface.beam, surface.range_mm)
    strength = _levels(probe, surface, 0.7 * level * surface.cosine**4, 0.55 * level * surface.cosine**1.5, rng)
    deeper = rng.exponential(line.thick_mm * 0.5, len(strength)) * (rng.random(len(strength)) < 0.7)
    return Points(surface.beam, surface.range_mm + deeper, strength)


def bone_points(probe: Probe, bone: Curve, subject: Subject, passage: Passage, steady: np.random.Generator, rng: np.random.Generator) -> Points:
    """A bone's surface: it begins on the outline and reaches inwards by the slice's thickness; what other bone shadows is gone."""
    surface = surface_of(probe, np.vstack([bone, bone[:1]]), rng)
    level = 10 ** (subject.bone_db / 20) * np.sqrt(1 + 0.5 * subject.smear_mm / probe.pulse_mm)
    level = level * _blotches(surface, subject.blotch_mm, subject.patchy, steady) * passage.at(passage.soft, surface.beam, surface.range_mm)
    level = level * passage.at(passage.bone, surface.beam, np.maximum(surface.range_mm - 0.5, 0))
    strength = _levels(probe, surface, 0.75 * level * surface.cosine**8, level * (0.08 + 0.6 * surface.cosine**2.2), rng)
    slab = subject.number % 2 == 0
    deeper = subject.smear_mm * (rng.uniform(0, 2, len(strength)) if slab else np.minimum(rng.exponential(1.0, len(strength)), 3))
    return Points(surface.beam, surface.range_mm + deeper, strength * _fainter(passage, surface, deeper))


def _fainter(passage: Passage, surface: Surface, deeper: Floats) -> Floats:
    """What the way further down costs, so that time gain does not lift what comes late."""
    here = np.maximum(passage.at(passage.soft, surface.beam, surface.range_mm), 1e-9)
    return np.asarray(np.minimum(passage.at(passage.soft, surface.beam, surface.range_mm + deeper) / here, 1))


def tails(points: Points, subject: Subject, passage: Passage, rng: np.random.Generator) -> Points:
    """Ring-down and scatter behind the cortex: the surface again, later and fainter; in some subjects at even steps."""
    if subject.tail_mm < 0.3:
        return Points(np.zeros(0), np.zeros(0), np.zeros(0))
    later = np.minimum(rng.exponential(subject.tail_mm * 0.45, len(points.beam)), 1.4 * subject.tail_mm)
    if subject.number % 3 == 0:
        period = 0.8 + 0.17 * (subject.number % 9)
        later = np.ceil(later / period) * period
    here = np.maximum(passage.at(passage.soft, points.beam, points.range_mm), 1e-9)
    lost = np.minimum(passage.at(passage.soft, points.beam, points.range_mm + later) / here, 1)
    level = lost * 10 ** (subject.tail_db / 20) * np.sqrt(1 + 0.5 * subject.tail_mm)
    return Points(
        points.beam + rng.normal(0, 0.6, len(later)), points.range_mm + later, points.strength * level * rng.choice([-1.0, 1.0], len(later))
    )


def gathered(parts: list[Points]) -> Points:
    if not parts:
        return Points(np.zeros(0), np.zeros(0), np.zeros(0))
    return Points(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("beam", "range_mm", "strength")))


@dataclass(frozen=True, slots=True, eq=False)
class Echoes:
    """One look's echoes, kept apart so that truth can ask which of them shows where."""

    soft: Echo
    line: Echo
    bone: Echo
    clutter: Echo


def echoes_of(
    probe: Probe, section: Section, raster: Raster, subject: Subject, passage: Passage, lobes_db: float, steady_seed: int, rng: np.random.Generator
) -> Echoes:
    """All echoes of a section: tissue, lines, bone's surfaces; tails and side lobes as clutter. steady_seed: of what all looks share."""
    steady = np.random.default_rng(steady_seed)
    bones = gathered([bone_points(probe, bone, subject, passage, steady, rng) for bone in section.bones])
    lines = gathered([line_points(probe, line, subject, passage, steady, rng) for line in section.lines])
    strong = gathered([bones, lines])
    some = slice(None, None, 5)
    lobes = Points(strong.beam[some], strong.range_mm[some], strong.strength[some] * 10 ** (lobes_db / 20) * np.sqrt(5))
    clutter = summed(probe, tails(bones, subject, passage, rng)) + summed(probe, lobes, reach=22)
    soft = summed(probe, tissue_points(probe, raster, subject, passage, rng))
    return Echoes(*(pulsed(probe, echo) for echo in (soft, summed(probe, lines), summed(probe, bones), clutter)))
