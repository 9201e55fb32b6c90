"""Scan: rays through a section become greys, beam by beam.

Each ray meets sheets, walls of bodies and bone. A hit's amplitude falls with the angle between ray and normal; its echo is a pulse with a tail. Beams
are steered to several angles and averaged, so that shadows become wedges. Behind bone lies haze: blurred tissue from beside. A reflected ray may
meet a second bone: a late echo. Speckle is complex noise smoothed over pulse and beam. Greys without it are the levels by which echo.py judges.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, uniform_filter1d

from models.foreign.beams.probe import BEAMS, SAMPLES, Look, Probe
from models.foreign.beams.rays import NEVER_MM, Hits, Rays, Surface, cross, surface_of, trace, walls
from models.foreign.beams.section import Draw, Floats, Section


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """levels, without: greys of 0 to 1 without speckle, with bone and with none. hit_mm: (BEAMS,) to the first whole bone. soft, bone: amplitudes of
    what is diffuse and of bone. (BEAMS, SAMPLES) each but for hit_mm."""

    levels: Floats
    without: Floats
    hit_mm: Floats
    soft: Floats
    bone: Floats


def _profile(behind: Floats, look: Look, thick_mm: float, tail: float) -> Floats:
    """An echo's amplitude by mm behind its surface: half its height lies on the surface."""
    late = behind - 0.83 * look.pulse_mm
    fall = np.maximum(late - thick_mm, 0)
    echo = np.exp(-((np.where(late < 0, late, fall * look.pulse_mm / (look.pulse_mm + 0.3 * thick_mm)) / look.pulse_mm) ** 2))
    return np.asarray(np.where(late < 0, echo, (1 - tail) * echo + tail * np.exp(-fall / look.tail_mm)) if tail else echo)


def _put(out: Floats, at_mm: Floats, amplitude: Floats, probe: Probe, look: Look, thick_mm: float) -> None:
    """Adds an echo's energy on each beam, at its depth."""
    step = probe.sample_mm
    offsets = np.arange(-int(1 + 2 * look.pulse_mm / step), int(2 + (1.6 * thick_mm + 3 * look.pulse_mm) / step))
    beams = np.nonzero((at_mm > 0) & (at_mm < probe.depth_mm) & (amplitude > 0.05))[0]
    where = np.round(at_mm[beams] / step).astype(int)[:, None] + offsets
    energy = (amplitude[beams][:, None] * _profile(where * step - at_mm[beams][:, None], look, thick_mm, 0.0)) ** 2
    inside = (where >= 0) & (where < SAMPLES)
    out[np.broadcast_to(beams[:, None], where.shape)[inside], where[inside]] += energy[inside]


def _noise(draw: Draw, first: float, second: float) -> Floats:
    """(256, 256) of unit noise, tiling, smooth over so many cells."""
    noise = draw.standard_normal((256, 256), dtype=np.float32)
    for size in (first, second, first, second):
        noise = uniform_filter1d(noise, 1 + round(size), axis=1, mode="wrap").T
    return np.asarray(noise / noise.std())


def _uneven(draw: Draw) -> Floats:
    """(BEAMS,) by which echoes of one surface differ from beam to beam."""
    grain = gaussian_filter1d(draw.standard_normal(BEAMS), draw.u(1.5, 8))
    return np.asarray(np.exp(0.45 * grain / grain.std()))


def _soft(section: Section, probe: Probe, look: Look, draw: Draw, patches: Floats) -> tuple[Floats, Floats]:
    """(BEAMS, SAMPLES) energy of all that is soft, before gain; and of tissue without sheets and walls."""
    x, z = probe.grid()
    down = np.linspace(0, probe.depth_mm, SAMPLES, dtype=np.float32)[None]
    layer = down + (z - down) * np.minimum(down / (1.5 * section.fascia_mm), 1) * np.exp(-np.maximum(z, 0) / 60)
    rows = (z - section.fibre * x) / 0.35 + 512
    fibres = _noise(draw, 2 * look.streak[1] / 0.35, 2 * look.streak[0] / 0.7)[(x / 0.7 + 512).astype(np.int32) & 255, rows.astype(np.int32) & 255]
    muscle = look.streak[2] * fibres + 0.3 * patches - look.streak[2] ** 2 / 2
    fat = look.fat_db / 8.7 + draw.u(0.2, 0.8) * (0.6 * fibres + 0.5 * patches)
    amplitude = np.exp(np.where(layer < section.fascia_mm, fat, muscle))
    rays, loss = probe.rays(), np.zeros((BEAMS, SAMPLES), np.float32)
    bodies = [(body, walls(body, rays)) for body in section.bodies]
    for body, (enter, leave) in bodies:
        on = np.nonzero(enter < probe.depth_mm)[0]
        within = np.minimum(np.maximum(np.minimum(down - enter[on, None], leave[on, None] - down) / 1.2, 0), 1).astype(np.float32)
        amplitude[on] *= 1 + (body.echo - 1) * within
        loss[on] += body.loss_db * within
    amplitude = np.where(layer < look.skin_mm, 10 ** (look.skin_db / 20), amplitude)
    plain, energy = amplitude**2, amplitude**2
    for sheet in section.sheets:
        at, angle = cross(sheet, rays)
        _put(energy, at, sheet.gain * _uneven(draw) * np.exp(-((angle / 0.45) ** 2)), probe, look, sheet.thick_mm)
    for body, (enter, leave) in bodies:  # a ray that only grazes a body meets its wall askew
        rim = body.rim * _uneven(draw) * np.minimum((leave - enter) / (1.7 * body.high), 1) ** 3
        _put(energy, enter, rim, probe, look, 0.4)
        _put(energy, leave, rim, probe, look, 0.4)
    return energy * 10 ** (-np.cumsum(loss, axis=1) * probe.sample_mm / 10), plain


def _late(surface: Surface, rays: Rays, hits: Hits, strength: Floats, probe: Probe, look: Look) -> Floats:
    """(BEAMS, SAMPLES) amplitude of what comes late: by way of a second bone, and to the face and back."""
    (x, z, dx, dz), (at, nx, nz) = rays, hits
    facing = 2 * (dx * nx + dz * nz)
    rx, rz, px, pz = dx - facing * nx, dz - facing * nz, x + at * dx + 0.8 * nx, z + at * dz + 0.8 * nz
    second, _, _ = trace(surface, (px, pz, rx, rz), far_mm=35, steps=10)
    energy = np.zeros((BEAMS, SAMPLES), np.float32)
    back = np.hypot(px + second * rx - x, pz + second * rz - z)
    _put(energy, (at + second + back) / 2, look.double * strength * np.exp(-second / 15), probe, look, 0.6)
    _put(energy, 2 * at, look.repeat * strength, probe, look, 1.5)
    return np.sqrt(energy)


def _bone(section: Section, probe: Probe, look: Look, draw: Draw, patches: Floats) -> tuple[Floats, Floats, Floats]:
    """Amplitude of bone's echoes, the share of sound that passes, both (BEAMS, SAMPLES), and mm to the first whole bone of each straight beam."""
    echo, passed, weight = (np.zeros((BEAMS, SAMPLES), np.float32) for _ in range(3))
    strong = 10 ** (look.bone_db / 20) * _uneven(draw) ** (look.blotch / 0.45)
    first = np.full(BEAMS, NEVER_MM)
    rays = [probe.rays(steer) for steer in look.steers]
    x, z, dx, dz = (np.concatenate(parts).astype(np.float32) for parts in zip(*rays, strict=True))
    traced = []
    for full in (True, False):
        bones = [bone for bone in section.bones if (bone.share >= 1) == full]
        if bones:
            surface = surface_of(bones, look.waves)
            traced.append((surface, trace(surface, (x, z, dx, dz), far_mm=probe.depth_mm), float(np.mean([bone.share for bone in bones]))))
    for number, steer in enumerate(look.steers):
        ray, along = probe.steered(steer)
        index = np.minimum(np.maximum(np.rint(ray), 0), BEAMS - 1).astype(np.int32)
        inside = ((ray > -0.6) & (ray < BEAMS - 0.4)).astype(np.float32)
        got, through = np.zeros_like(echo), np.ones_like(echo)
        own = slice(number * BEAMS, (number + 1) * BEAMS)
        for surface, (at, nx, nz), share in traced:
            turned = np.arccos(np.clip(-(dx * nx + dz * nz)[own], 0, 1))
            square = look.rough + (1 - look.rough) * np.exp(-((turned / look.facing) ** 2))
            strength = share * strong * square * np.sqrt(np.maximum(np.cos(turned), 0))
            behind = along - at[own].astype(np.float32)[index]
            near = behind > -2 * look.pulse_mm - 0.5
            got[near] += strength[index[near]] * _profile(behind[near], look, look.thick_mm, look.tail) * through[near]
            through *= np.where(behind > 0, np.float32(1 - share), np.float32(1))
            if steer == 0 and share >= 1:
                first = at[own]
                if look.double:
                    got += _late(surface, rays[number], (at[own], nx[own], nz[own]), strength, probe, look)
        echo, passed, weight = echo + inside * got, passed + inside * through, weight + inside
    echo = echo * np.exp(0.8 * look.blotch * (patches - 0.4 * look.blotch)) / np.maximum(weight, 1)
    return echo, np.where(weight > 0, passed / np.maximum(weight, 1), 1), first


def _grey(amplitude: Floats, look: Look) -> Floats:
    """Log compression and grey map: (BEAMS, SAMPLES) of 0 to 1. Bright greys are squeezed."""
    level = look.muscle_grey ** (1 / look.gamma) + 20 * np.log10(np.maximum(amplitude, 1e-4)) / look.range_db
    level = np.minimum(level, 0.8 + 0.2 * np.tanh(np.maximum(level - 0.8, 0) / 0.25))
    return np.asarray(np.maximum(level, 0) ** look.gamma)


def scanned(section: Section, probe: Probe, look: Look, draw: Draw, contact_db: Floats) -> Scan:
    """contact_db: (BEAMS,) by which each beam is weaker."""
    size = draw.u(5, 24)
    patches = _noise(draw, size, size)[:, np.arange(SAMPLES) & 255]
    soft, plain = _soft(section, probe, look, draw, patches[:BEAMS])
    echo, through, first = _bone(section, probe, look, draw, patches[: -BEAMS - 1 : -1])
    down = np.linspace(0, probe.depth_mm, SAMPLES, dtype=np.float32)[None]
    side_db = look.side_db * np.linspace(-1, 1, BEAMS, dtype=np.float32)[:, None] ** 4 * np.minimum(down / 40, 1)
    contact = contact_db.astype(np.float32)[:, None] * (1 - 0.6 * np.exp(-down / 4))
    gain = 10 ** ((look.slope_db * (down - 30) + look.near_db * np.exp(-down / 3.5) - side_db - contact) / 20)
    stray = uniform_filter1d(uniform_filter1d(plain, 41, axis=0), 31, axis=1)
    haze = stray * 10 ** ((look.haze_db - look.haze_fade * np.maximum(down - np.minimum(first, probe.depth_mm)[:, None], 0)) / 10)
    noise = 10 ** ((look.noise_db + 0.12 * down) / 10)

    def blurred(field: Floats) -> Floats:
        return np.asarray(gaussian_filter1d(field.astype(np.float32), look.beam * 0.7, axis=0, mode="nearest", truncate=3))

    diffuse, bone = np.sqrt(blurred(soft * through + haze * (1 - through)) * gain**2 + noise), blurred(echo) * gain
    levels, without = _grey(np.sqrt(diffuse**2 + bone**2), look), _grey(np.sqrt(blurred(soft) * gain**2 + noise), look)
    return Scan(levels, without, first, diffuse, bone)


def with_speckle(scan: Scan, probe: Probe, look: Look, draw: Draw) -> Floats:
    """(BEAMS, SAMPLES) greys with speckle."""
    grain = draw.standard_normal((2, BEAMS, SAMPLES), dtype=np.float32)
    grain = gaussian_filter1d(grain, max(look.pulse_mm / probe.sample_mm * 0.6, 0.35), axis=2, truncate=3)
    grain = gaussian_filter1d(grain, look.beam, axis=1, truncate=3)
    real, imaginary = grain / np.float32(grain.std() * np.sqrt(2))
    bone = scan.bone * (look.coherent + (1 - look.coherent) * np.abs(np.roll(real, 57, axis=0)) * 1.2)
    energy = (scan.soft * real + bone) ** 2 + (scan.soft * imaginary) ** 2
    return _grey(np.sqrt((1 - look.smoothed) * energy + look.smoothed * (scan.soft**2 + bone**2)), look)
