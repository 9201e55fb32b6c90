"""Echoes: the power that comes back from every sample, of tissue, bone, sheets and haze, before speckle and greys."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, uniform_filter1d

from models.foreign.lofts.array import BEAMS, SAMPLES, Array, Hits, first_hits, met
from models.foreign.lofts.look import Look, pulse_mm
from models.foreign.lofts.mesh import Cut, Draw, Real, cut_of
from models.foreign.lofts.scene import Scene, Sheet, nothing
from models.foreign.lofts.tissue import Tissue, tissue_of


@dataclass(frozen=True, slots=True)
class Echoes:
    """All (SAMPLES, BEAMS) of power. scattered: what many small things answer; bone: smooth skin's own; bare: the same picture with no bone;
    hits: what beams of the middle of the slice met."""

    scattered: Real
    bone: Real
    bare: Real
    hits: Hits


def powers(db: Real) -> Real:
    return np.exp(db * np.float32(np.log(10) / 10))


def echoes_of(draw: Draw, scene: Scene, look: Look) -> Echoes:
    array, tissue = scene.array, tissue_of(draw, scene)
    cuts = [_cut(scene, off * look.slice_mm) for off in (0.0, -1.0, 1.0)]
    hits = [met(cut, array) for cut in cuts]
    through, bone = _shadows(cuts[0], hits, array, look), _bone(draw, hits, array, look)
    gain = _gain(draw, array, tissue, look)
    flesh = powers(tissue.loud + gain)
    soft = flesh
    for sheet in scene.sheets:
        soft = soft + _sheet(draw, sheet, array) * powers(gain)
    noise = powers(look.noise_db + np.float32(14) * (array.along_mm / np.float32(array.depth_mm))[:, None] ** 2 + 0 * gain)
    ring = powers(np.float32(12) - np.float32(9) * array.along_mm / np.float32(look.ring_mm))[:, None]
    haze = _haze(flesh, hits[0], array, look)
    share = np.float32(10 ** (look.leak_db / 10))
    lit = share + (1 - share) * through
    shade = np.minimum(1 - through, 1)
    bare = soft + noise + ring
    return Echoes(soft * lit + haze * shade + noise + ring, bone * powers(gain), bare, hits[0])


def _cut(scene: Scene, off_mm: float) -> Cut:
    return nothing() if scene.mesh is None else cut_of(scene.mesh, scene.plane.moved(off_mm))


def _behind(array: Array, along_mm: Real) -> Real:
    """(SAMPLES, BEAMS) mm behind what each beam met; far before it where it met nothing."""
    return array.along_mm[:, None] - np.where(np.isfinite(along_mm), along_mm, 1e3).astype(np.float32)[None, :]


def _shadows(cut: Cut, hits: list[Hits], array: Array, look: Look) -> Real:
    """The share of the slice and the aperture that bone leaves open."""
    lit = [np.clip(0.5 - _behind(array, one.along_mm) / 0.6, 0, 1) for one in hits]
    mean: Real = (lit[0] * 0.5 + lit[1] * 0.25 + lit[2] * 0.25).astype(np.float32)
    if look.steer and len(cut.parts):
        mean = mean * 0.4 + 0.3 * (_steered(cut, array, look.steer) + _steered(cut, array, -look.steer))
    return np.asarray(gaussian_filter1d(mean, 0.9, axis=1, truncate=2.0))


def _steered(cut: Cut, array: Array, slope: float) -> Real:
    """What beams leave open that lean by slope, on the grid of those that do not."""
    sheared = slope / array.pitch_mm[SAMPLES // 2]
    (b0, r0), (b1, r1) = array.polar(*cut.starts.T), array.polar(*cut.ends.T)
    margin = int(abs(sheared) * array.depth_mm) + 2
    hits = first_hits((b0 + sheared * r0 + margin, b1 + sheared * r1 + margin), (r0, r1), np.zeros(len(r0)), cut.parts, BEAMS + 2 * margin)
    column = (np.arange(BEAMS)[None, :] + sheared * array.along_mm[:, None] + margin + 0.5).astype(np.int32)
    return np.asarray((hits.along_mm[np.clip(column, 0, BEAMS + 2 * margin - 1)] > array.along_mm[:, None]).astype(np.float32))


def _bone(draw: Draw, hits: list[Hits], array: Array, look: Look) -> Real:
    """Bright from the skin downwards, by how squarely it is met; with a tail, and patches that hardly answer."""
    total = np.zeros((SAMPLES, BEAMS), np.float32)
    patches = look.patchy_db * _slow(draw, 5.0)
    for hit, weight in zip(hits, (0.6, 0.2, 0.2), strict=True):
        mirrored = 20 * look.mirror * np.log10(np.maximum(hit.square, 1e-3))
        db = np.logaddexp(mirrored / 4.34, (look.rough_db + 3 * np.log10(np.maximum(hit.square, 1e-2))) / 4.34) * 4.34
        behind = _behind(array, hit.along_mm)
        loud = powers((look.bone_db + db + patches).astype(np.float32))[None, :] * np.float32(weight)
        total += loud * _pulse(behind, look)
    return total


def _pulse(behind: Real, look: Look) -> Real:
    """Power along the beam behind the skin; half of it a little behind the skin, as the pulse that it is summed over reaches forward."""
    behind = behind - np.float32(pulse_mm(look))
    rise = np.clip(0.5 + behind / 0.5, 0, 1)
    beyond = np.maximum(behind - np.float32(look.thick_mm), 0)
    tail = np.float32(10 ** (look.tail_db / 10))
    return rise * (np.exp(-beyond / np.float32(0.25 + 0.3 * look.thick_mm)) + tail * np.exp(-np.maximum(behind, 0) / np.float32(look.tail_mm)))


def _slow(draw: Draw, beams: float, most: float = 1.0) -> NDArray[np.float64]:
    """(BEAMS,) a random line of deviation `most` that changes over so many beams."""
    line = gaussian_filter1d(draw.standard_normal(BEAMS), beams, mode="reflect")
    return np.asarray(most * line / max(float(line.std()), 1e-6))


def _gain(draw: Draw, array: Array, tissue: Tissue, look: Look) -> Real:
    """dB by which attenuation and its compensation, the focus, the contact and the sides change what comes back."""
    step = np.float32(look.mhz * array.sample_mm) * (tissue.loss - tissue.loss.mean())
    taken = np.cumsum(uniform_filter1d(step, 5, axis=1), axis=0)
    along = array.along_mm / np.float32(array.depth_mm)
    course = look.slope_db * (along - 0.35) + draw.uniform(0, 4) * np.exp(-(((along - look.focus) / 0.2) ** 2))
    sides = -look.fade_db * np.abs(np.linspace(-1, 1, BEAMS)) ** 3
    contact = -np.abs(_slow(draw, 7.0, look.contact_db))
    return np.asarray((np.clip(-taken, -18, 18) + course[:, None] + (sides + contact)[None, :]).astype(np.float32))


def _sheet(draw: Draw, sheet: Sheet, array: Array) -> Real:
    """A soft surface: by how squarely it is met, and with gaps."""
    b, r = array.polar(sheet.points[:, 0], sheet.points[:, 1])
    mm = np.hypot(np.diff(sheet.points[:, 0]), np.diff(sheet.points[:, 1]))
    square = np.clip(1 - np.abs(np.diff(r)) / np.maximum(mm, 1e-6), 0.02, 1)
    hit = first_hits((b[:-1], b[1:]), (r[:-1], r[1:]), square, np.zeros(len(square), dtype=np.int64), BEAMS)
    behind = _behind(array, hit.along_mm)
    db = sheet.loud + 8 * np.log10(np.maximum(hit.square, 0.02)) + _slow(draw, 6.0, 1.5)
    shape = np.clip(0.5 + behind / 0.5, 0, 1) * np.exp(-np.maximum(behind - np.float32(sheet.thick_mm), 0) / np.float32(0.35))
    return shape * powers(db.astype(np.float32))[None, :]


def _haze(soft: Real, hit: Hits, array: Array, look: Look) -> Real:
    """What stands in a shadow: sound that went astray, louder near the bone, with shallower layers drawn again."""
    rows = np.clip((np.arange(SAMPLES) * look.echo_shift).astype(int), 0, SAMPLES - 1)
    behind = np.clip(_behind(array, hit.along_mm), 0, None)
    level = powers(np.float32(look.haze_db) - np.float32(4.34 / look.haze_mm) * behind)
    smooth = soft.mean(axis=1, keepdims=True)
    return np.asarray(level * (np.float32(0.7) * smooth + np.float32(0.3) * soft[rows]))
