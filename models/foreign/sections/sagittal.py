"""Sagittal: sections along the spine, cranial on the left: the paramedian row of laminae, and the sacral hiatus.

Sizes in mm: levels 31.5 apart (PROCEDURES' table), laminae 15 to 24 high (Xu 1999, Spine 24:131), interlaminar window 6 to 15, canal 12 to 20 deep along the beam,
hiatus canal 1 to 8 high at the apex, its ligament 1.8 thick (Sekiguchi 2004, Clin Anat 17:51).
"""

from __future__ import annotations

import numpy as np

from models.foreign.sections.shapes import Bone, Mark, Random, Section, Sheet, Soft, about, at_x, bone, curve, oval, within


def _lamina(rng: Random, x: float, z: float, long: float, tilt: float, bumps: float, share: float = 1.0) -> Bone:
    """A shingle: x, z is its caudal edge, which lies `tilt` more dorsal than its cranial one, `long` to the left."""
    thick, belly = within(rng, 4.0, 7.0), within(rng, -0.6, 1.6)
    dorsal = [(x - long, z + tilt), (x - long * 0.66, z + tilt * 0.62 - belly), (x - long * 0.3, z + tilt * 0.25 - belly), (x - 1.5, z - 0.4), (x, z + 0.6)]
    under = [(x - 0.5, z + thick * 0.7), (x - long * 0.5, z + thick + tilt * 0.45), (x - long + 1.5, z + thick * 0.75 + tilt)]
    return bone(rng, dorsal + under, share=share, bumps_mm=bumps)


def paramedian(rng: Random) -> Section:
    """A row of shingled laminae; in the windows between them the back and the front of the canal."""
    pitch, window = about(rng, 31.5, 3.0, least=24.0), about(rng, 11.0, 2.8, least=6.0)
    long, tilt, bumps = pitch - window, within(rng, 0.0, 6.5), within(rng, 0.1, 0.35)
    lie, curl = within(rng, -0.1, 0.1), within(rng, -0.0012, 0.0012)  # the row's slope, and lordosis
    sacral = rng.random() < 0.3  # the lowest window is L5 to S1
    bones, softs, sheets = [], [], []

    def row(x: float) -> float:
        return lie * x + curl * x * x

    edges = []
    for level in range(-3, 4):  # caudal edges; the window of level 0 lies about x = 0
        jitter = about(rng, 0.0, 1.0) if level else 0.0
        x = level * pitch - window / 2 + jitter
        if sacral and level == 1:
            far = x - long
            plate = [(far, row(far) + tilt * 0.7), (far + 8, row(far) - 1.5), (far + 25, row(far) - within(rng, 0, 6)), (far + 50, row(far) - within(rng, 0, 14))]
            bones.append(bone(rng, [*plate, (far + 50, row(far) + 14), (far + 2, row(far) + 10)], bumps_mm=bumps + 0.15))
            edges.append((x, row(x), far, row(far) + tilt * 0.7))
            break
        ll, tt = long * about(rng, 1.0, 0.07), tilt * about(rng, 1.0, 0.25, least=0.2)
        share = 1.0 if level in (0, 1) or rng.random() < 0.7 else within(rng, 0.15, 0.9)
        bones.append(_lamina(rng, x, row(x), ll, tt, bumps, share))
        edges.append((x, row(x), x - ll, row(x - ll) + (row(x) - row(x - ll)) + tt))
    upper, lower = edges[3], edges[4]
    a, b = np.array([upper[0], upper[1] + 0.4]), np.array([lower[2] + 0.4, lower[3]])
    beneath, canal = within(rng, 3.5, 9.0) + tilt, about(rng, 15.0, 2.5, least=10.0)
    middle, along = (a + b) / 2, (b - a) / np.hypot(*(b - a))
    down = np.array([-along[1], along[0]])
    xs = np.linspace(-3.2 * pitch, 3.2 * pitch, 49)
    wave = np.cos((xs - middle[0]) * 2 * np.pi / pitch) * within(rng, 0.0, 1.2)
    back = np.stack([xs, row(xs) + beneath - wave], axis=1)  # type: ignore[arg-type]
    front = back + (0.0, canal) + np.stack([0 * xs, rng.normal(0, 0.25, len(xs)) + wave], axis=1)
    broken = rng.random() < 0.4  # the front shows at discs and bodies by turns
    sheets += [Sheet(curve(back), within(rng, 10, 24), within(rng, 0.8, 2.2), "posterior_complex")]
    sheets += [Sheet(curve(front if not broken else front[(np.abs(xs) < 0.62 * pitch)]), within(rng, 8, 24), within(rng, 0.8, 2.5), "anterior_complex")]
    softs += [Soft(np.concatenate([back + (0, 1.2), front[::-1] - (0, 0.8)]), within(rng, -22, -9), 0.2)]
    flavum = [(a[0] - 4, a[1] + 3), (a[0], a[1] + 2), tuple(b), (b[0] + 1, b[1] + 2.5), (middle[0], row(middle[0]) + beneath)]
    softs.append(Soft(np.asarray(flavum, float), within(rng, -8, 4), 0.2))
    bodies = np.concatenate([front + (0, 1.5), front[::-1] + (0, 24.0)])
    bones.append(Bone(bodies, within(rng, 0.1, 0.45)))
    if rng.random() < 0.5:  # the roots' filaments
        softs += [Soft(np.concatenate([back + (0, k * canal), back[::-1] + (0, k * canal + 0.9)]), within(rng, -9, 0), 0.0) for k in (0.45, 0.7)]
    marks = [Mark("lamina_cranial", a[0] - 0.8, a[1] - 0.2, 0), Mark("lamina_caudal", b[0] + 0.8, b[1] - 0.2, 0)]
    for name, line in (("posterior_complex", back), ("anterior_complex", front)):
        x = middle[0]
        for _ in range(3):  # where the window's perpendicular meets the line
            x = middle[0] + down[0] / down[1] * (at_x(line, x) - middle[1])
        marks.append(Mark(name, x, at_x(line, x), 0, "sheet"))
    return Section(tuple(bones), tuple(softs), tuple(sheets), tuple(marks), min(a[1], b[1]) - 1, beneath + canal + 2, along=True)


def hiatus(rng: Random) -> Section:
    """Sacral roof on the left, ending at the apex; from it the ligament slopes down to the coccyx; the floor runs beneath."""
    thick, canal, bumps = about(rng, 1.8, 0.7, least=0.7), about(rng, 4.6, 1.6, least=2.0), within(rng, 0.1, 0.4)
    slope, bend = within(rng, -0.02, 0.4), within(rng, 0.0, 0.006)  # of the floor: deeper caudally
    roof = within(rng, 2.0, 4.5)
    back = within(rng, -0.25, 0.2)
    hump = within(rng, 0.0, 3.0)
    plate = [(-50, -50 * back * 0.7 - hump), (-30, -30 * back - 1), (-18, -18 * back - hump), (-8, -8 * back - within(rng, 0, 1.5)), (-1.5, -0.3), (0, 0.7)]
    bones = [bone(rng, [*plate, (-1.0, roof), (-20, roof - 20 * back + 1), (-50, roof - 45 * back)], bumps_mm=bumps)]
    long = within(rng, 18.0, 32.0)
    xs = np.linspace(-24.0, long + 14, 20)
    joint = within(rng, 12.0, 24.0)  # sacrococcygeal joint: a step or a notch in the floor
    notch = within(rng, 0.0, 2.5) * np.exp(-(((xs - joint) / 2.0) ** 2))
    first = roof * 0.75 + canal
    floor = first + slope * xs + np.where(xs > 0, bend * xs * xs, 0.0) + notch
    bones.append(bone(rng, np.concatenate([np.stack([xs, floor], 1), [(long + 14, floor[-1] + 9), (long * 0.4, floor[-1] + 9), (-24, first + 8)]]), bumps_mm=bumps))
    at = np.array([-1.0, 5.0, long * 0.45, long * 0.8, long])
    meets = np.interp(at, xs, floor)
    bow = within(rng, -0.6, 1.2)
    share = np.array([0.0, 5.0 / long * 0.8, 0.5, 0.85, 1.0])
    dorsal = 0.4 + (meets[-1] - 0.8 - 0.4) * share**1.25 - bow * np.sin(np.pi * share)
    dorsal = np.minimum(dorsal, meets - np.array([2.0, thick + 1.2, thick + 0.8, 1.4, 0.4]))
    band = curve(np.stack([at, dorsal], 1))
    softs = [Soft(np.concatenate([np.stack([at, dorsal + thick * 0.6], 1), np.stack([at, meets], 1)[::-1]]), within(rng, -20, -3), 0.2)]
    softs.append(Soft(np.concatenate([band, band[::-1] + (0.0, thick)]), within(rng, 2, 10), 0.1))
    scl_z = at_x(band, 5.0)
    near = np.linspace(4, 9, 26)  # the foot of the ligament's point on the floor
    foot = near[np.argmin(np.hypot(near - 5.0, np.interp(near, xs, floor) - scl_z))] if slope < 0 else 5.0 - min(1.5, slope * (first - scl_z) / (1 + slope**2))
    foot_z = float(np.interp(foot, xs, floor))
    marks = [Mark("hiatus_apex", -0.9, 0.0, 0), Mark("scl", 5.0, scl_z, 0, "sheet"), Mark("sacral_floor", float(foot), foot_z, 0)]
    if rng.random() < 0.4:  # fat over the ligament
        softs.append(Soft(oval(long * 0.5, -2.0, 20.0, 5.0), within(rng, -6, 4), 0.4))
    return Section(tuple(bones), tuple(softs), (Sheet(band, within(rng, 8, 20), thick, "scl"),), tuple(marks), -2.5, first + 4, along=True)
