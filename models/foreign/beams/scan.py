"""Scan: rays through a section become greys, beam by beam.

Each ray meets sheets, walls of bodies and bone. A hit's amplitude falls with the angle between ray and normal; its echo is a pulse with a tail. Beams are
steered to several angles and averaged, so that shadows become wedges. Behind bone lies haze: what comes from beside, blurred. A reflected ray may meet a second bone: a late echo.
Speckle is complex noise smoothed over pulse and beam. Greys without it are the levels by which echo.py judges.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, uniform_filter1d

from models.foreign.beams.look import Look
from models.foreign.beams.probe import BEAMS, SAMPLES, Probe
from models.foreign.beams.rays import NEVER_MM, cross, solid_of, trace
from models.foreign.beams.section import Body, Floats, Section
from models.foreign.beams.soft import Draw


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """levels, without: greys of 0 to 1 without speckle, with bone and with none. hit_mm: (BEAMS,) to the first whole bone. soft, bone: amplitudes of what
    is diffuse and of bone, (BEAMS, SAMPLES) each. open: share of the sound that bone lets by."""

    levels: Floats
    without: Floats
    hit_mm: Floats
    soft: Floats
    bone: Floats
    open: Floats


def _profile(behind: Floats, look: Look, thick_mm: float, tail: float) -> Floats:
    """An echo's amplitude by mm behind its surface: half its height lies on the surface."""
    late = behind - 0.83 * look.pulse_mm
    fall = np.maximum(late - thick_mm, 0)
    return np.asarray(np.where(late < 0, np.exp(-((late / look.pulse_mm) ** 2)), (1 - tail) * np.exp(-((fall / (look.pulse_mm + 0.3 * thick_mm)) ** 2)) + tail * np.exp(-fall / look.tail_mm)))


def _put(out: Floats, at_mm: Floats, amplitude: Floats, probe: Probe, look: Look, thick_mm: float) -> None:
    """Adds an echo's energy on each beam, at its depth."""
    step = probe.sample_mm
    offsets = np.arange(-int(1 + 2 * look.pulse_mm / step), int(2 + (1.6 * thick_mm + 3 * look.pulse_mm) / step))
    beams = np.nonzero((at_mm < probe.depth_mm) & (amplitude > 0.05))[0]
    where = np.round(at_mm[beams] / step).astype(int)[:, None] + offsets
    energy = (amplitude[beams][:, None] * _profile(where * step - at_mm[beams][:, None], look, thick_mm, 0.0)) ** 2
    inside = (where >= 0) & (where < SAMPLES)
    out[np.broadcast_to(beams[:, None], where.shape)[inside], where[inside]] += energy[inside]


def _texture(draw: Draw, look: Look) -> Floats:
    """(128, 256) of unit noise drawn out along fibres: cells of 1.2 by 0.45 mm, tiling."""
    noise = draw.standard_normal((128, 256), dtype=np.float32)
    noise = gaussian_filter1d(gaussian_filter1d(noise, look.streak[0] / 2.4, axis=0, mode="wrap"), look.streak[1] / 0.9, axis=1, mode="wrap")
    return np.asarray(noise / noise.std())


def _walls(body: Body, x: Floats, z: Floats, dx: Floats, dz: Floats) -> list[tuple[Floats, Floats]]:
    """Where rays enter and leave an ellipse, in mm, and the cosine there."""
    cos, sin = np.cos(body.turn), np.sin(body.turn)
    px, pz = ((x - body.x) * cos + (z - body.z) * sin) / body.wide, (-(x - body.x) * sin + (z - body.z) * cos) / body.high
    qx, qz = (dx * cos + dz * sin) / body.wide, (-dx * sin + dz * cos) / body.high
    a, b, c = qx * qx + qz * qz, px * qx + pz * qz, px * px + pz * pz - 1
    root = np.sqrt(np.maximum(b * b - a * c, 0))
    walls = []
    for sign in (-1, 1):
        at = (-b + sign * root) / a
        nx, nz = (px + at * qx) / body.wide, (pz + at * qz) / body.high
        cosine = np.abs(nx * (dx * cos + dz * sin) + nz * (-dx * sin + dz * cos)) / (np.hypot(nx, nz) + 1e-9)
        walls.append((np.where((root > 0) & (at > 0), at, NEVER_MM), cosine))
    return walls


def _soft(section: Section, probe: Probe, look: Look, draw: Draw) -> Floats:
    """(BEAMS, SAMPLES) energy of all that is soft, before gain."""
    x, z = probe.grid()
    down = np.linspace(0, probe.depth_mm, SAMPLES, dtype=np.float32)[None]
    sink = np.clip(down / (1.5 * section.fascia_mm), 0, 1)
    layer = down + (z - down) * sink * np.exp(-np.maximum(z, 0) / 60)
    texture, fatty = _texture(draw, look), float(draw.uniform(0.2, 0.8))
    column = ((x / 1.2 + 64).astype(np.int32)) & 127
    fibres = texture[column, ((z - section.fibre * x) / 0.45 + 512).astype(np.int32) & 255]
    patches = texture[(z / 2.2 + 300).astype(np.int32) & 127, (x / 1.1 + 300).astype(np.int32) & 255]
    muscle = np.exp(look.streak[2] * fibres + 0.25 * patches - look.streak[2] ** 2 / 2)
    fat = 10 ** (look.fat_db / 20) * np.exp(fatty * (0.6 * fibres + 0.5 * patches))
    amplitude = np.where(layer < section.fascia_mm, fat, muscle)
    amplitude = np.where(layer < look.skin_mm, 10 ** (look.skin_db / 20), amplitude)
    loss = np.zeros_like(amplitude)
    lossy = False
    for body in section.bodies:
        cos, sin = np.cos(body.turn), np.sin(body.turn)
        inside = (((x - body.x) * cos + (z - body.z) * sin) / body.wide) ** 2 + ((-(x - body.x) * sin + (z - body.z) * cos) / body.high) ** 2 < 1
        inside &= layer >= look.skin_mm
        amplitude[inside] *= body.echo
        if body.loss_db:
            loss[inside], lossy = body.loss_db, True
    energy = amplitude**2
    rays = probe.rays()
    for sheet in section.sheets:
        at, cosine = cross(sheet, *rays)
        _put(energy, at, sheet.gain * np.exp(-((np.arccos(np.clip(cosine, 0, 1)) / 0.45) ** 2)), probe, look, sheet.thick_mm)
    for body in section.bodies:
        for at, cosine in _walls(body, *rays) if body.rim > 0.2 else ():
            _put(energy, at, body.rim * np.exp(-((np.arccos(np.clip(cosine, 0, 1)) / 0.5) ** 2)), probe, look, 0.4)
    return np.asarray(energy * 10 ** (-np.cumsum(loss, axis=1) * probe.sample_mm / 10) if lossy else energy)


def _bone(section: Section, probe: Probe, look: Look, draw: Draw) -> tuple[Floats, Floats, Floats]:
    """Amplitude of bone's echoes, the share of sound that passes, both (BEAMS, SAMPLES), and mm to the first whole bone of each straight beam."""
    echo, passed, weight = (np.zeros((BEAMS, SAMPLES), np.float32) for _ in range(3))
    grain = gaussian_filter1d(draw.standard_normal(BEAMS), draw.uniform(1.5, 6))
    blotch = np.exp(look.blotch * (grain / grain.std() - 0.5 * look.blotch))
    strong = 10 ** (look.bone_db / 20) * blotch
    partial = [bone for bone in section.bones if bone.share < 1]
    parts = [(solid_of([bone for bone in section.bones if bone.share >= 1], look.waves), 1.0)]
    if partial:
        parts.append((solid_of(partial, look.waves), float(np.mean([bone.share for bone in partial]))))
    first = np.full(BEAMS, NEVER_MM)
    for steer in look.steers:
        x, z, dx, dz = probe.rays(steer)
        ray, along = probe.steered(steer)
        index = np.clip(np.rint(ray), 0, BEAMS - 1).astype(np.int32)
        inside = ((ray > -0.6) & (ray < BEAMS - 0.4)).astype(np.float32)
        got, through = np.zeros_like(echo), np.ones_like(echo)
        for solid, share in parts:
            hits = trace(solid, x, z, dx, dz, far_mm=probe.depth_mm)
            turned = np.arccos(np.clip(-(dx * hits.nx + dz * hits.nz), 0, 1))
            strength = share * strong * (look.rough + (1 - look.rough) * np.exp(-((turned / look.facing) ** 2))) * np.sqrt(np.maximum(np.cos(turned), 0))
            behind = (along - hits.at_mm.astype(np.float32)[index]).astype(np.float32)
            near = behind > -2 * look.pulse_mm - 0.5
            got[near] += (strength[index[near]] * _profile(behind[near], look, look.thick_mm, look.tail)) * through[near]
            through = through * np.where(behind > 0, 1 - share, 1)
            if steer == 0.0 and share == 1.0:
                first = hits.at_mm
                if look.double and solid is not None:
                    facing = dx * hits.nx + dz * hits.nz
                    rx, rz = dx - 2 * facing * hits.nx, dz - 2 * facing * hits.nz
                    px, pz = x + hits.at_mm * dx + 0.8 * hits.nx, z + hits.at_mm * dz + 0.8 * hits.nz
                    second = trace(solid, px, pz, rx, rz, far_mm=35, steps=10)
                    back = np.hypot(px + second.at_mm * rx - x, pz + second.at_mm * rz - z)
                    late = np.where((hits.at_mm < NEVER_MM) & (second.at_mm < NEVER_MM), (hits.at_mm + second.at_mm + back) / 2, NEVER_MM)
                    energy = np.zeros_like(echo)
                    _put(energy, late, look.double * strength * np.exp(-second.at_mm / 15), probe, look, 0.6)
                    _put(energy, 2 * hits.at_mm, look.repeat * strength, probe, look, 1.5)
                    got += np.sqrt(energy)
        echo, passed, weight = echo + inside * got, passed + inside * through, weight + inside
    if 0.0 not in look.steers:
        first = trace(parts[0][0], *probe.rays(), far_mm=probe.depth_mm).at_mm
    return echo / np.maximum(weight, 1), np.where(weight > 0, passed / np.maximum(weight, 1), 1), first


def _grey(amplitude: Floats, look: Look) -> Floats:
    """Log compression and grey map: (BEAMS, SAMPLES) of 0 to 1. Bright greys are squeezed."""
    level = look.muscle_grey ** (1 / look.gamma) + 20 * np.log10(np.maximum(amplitude, 1e-4)) / look.range_db
    level = np.where(level > 0.8, 0.8 + 0.2 * np.tanh((level - 0.8) / 0.25), level)
    return np.asarray(np.clip(level, 0, 1) ** look.gamma)


def scanned(section: Section, probe: Probe, look: Look, draw: Draw, contact_db: Floats) -> Scan:
    """contact_db: (BEAMS,) by which each beam is weaker."""
    soft = _soft(section, probe, look, draw)
    echo, through, first = _bone(section, probe, look, draw)
    down = np.linspace(0, probe.depth_mm, SAMPLES, dtype=np.float32)[None]
    side = np.linspace(-1, 1, BEAMS, dtype=np.float32)[:, None] ** 4
    gain_db = look.slope_db * (down - 30) + look.near_db * np.exp(-down / 3.5) - look.side_db * side * np.minimum(down / 40, 1) - contact_db[:, None] * (1 - 0.6 * np.exp(-down / 4))
    gain = (10 ** (gain_db / 20)).astype(np.float32)
    stray = uniform_filter1d(uniform_filter1d(soft, 41, axis=0), 31, axis=1)
    deep = np.maximum(down - np.minimum(first, probe.depth_mm)[:, None], 0)
    haze = 10 ** (look.haze_db / 10) * stray * 10 ** (-look.haze_fade * deep / 10)
    energy = soft * through**2 + haze * (1 - through)
    noise = 10 ** ((look.noise_db + 0.12 * down) / 10)

    def blurred(field: Floats) -> Floats:
        return np.asarray(gaussian_filter1d(field.astype(np.float32), look.beam * 0.7, axis=0, mode="nearest", truncate=3))

    diffuse, bone = np.sqrt(blurred(energy) * gain**2 + noise), blurred(echo) * gain
    levels = _grey(np.sqrt(diffuse**2 + bone**2), look)
    without = _grey(np.sqrt(blurred(soft) * gain**2 + noise), look)
    return Scan(levels, without, first, diffuse, bone, through)


def with_speckle(scan: Scan, probe: Probe, look: Look, draw: Draw) -> Floats:
    """(BEAMS, SAMPLES) greys with speckle."""
    grain = draw.standard_normal((2, BEAMS, SAMPLES), dtype=np.float32)
    grain = gaussian_filter1d(gaussian_filter1d(grain, max(look.pulse_mm / probe.sample_mm * 0.6, 0.35), axis=2, truncate=3), look.beam, axis=1, truncate=3)
    real, imaginary = grain / np.float32(grain.std() * np.sqrt(2))
    bone = scan.bone * (look.coherent + (1 - look.coherent) * np.abs(np.roll(real, 57, axis=0)) * 1.2)
    energy = (scan.soft * real + bone) ** 2 + (scan.soft * imaginary) ** 2
    return _grey(np.sqrt((1 - look.smoothed) * energy + look.smoothed * (scan.soft**2 + bone**2)), look)
