"""Sagittal: sections along the spine, cranial on the left: the paramedian row of laminae, and the sacral hiatus.

Sizes in mm: levels 31.5 apart (the table of the clinical ground), laminae 15 to 24 high (Xu 1999, Spine 24:131), interlaminar window 6 to 15,
canal 12 to 20 deep along the beam, hiatus canal 1 to 8 high at the apex, its ligament 1.8 thick (Sekiguchi 2004, Clin Anat 17:51).
"""

from __future__ import annotations

import numpy as np

from models.foreign.sections.shapes import Draft, Points, Random, Section, at_x, oval


def _lamina(d: Draft, x: float, z: float, long: float, tilt: float, share: float) -> None:
    """A shingle: x, z is its caudal edge, which lies `tilt` more dorsal than its cranial one, `long` to the left."""
    thick, belly = d.w(4.0, 7.0), d.w(-0.6, 1.6)
    dorsal = [(x - long, z + tilt), (x - long * 0.66, z + tilt * 0.62 - belly), (x - long * 0.3, z + tilt * 0.25 - belly), (x - 1.5, z - 0.4)]
    under = [(x, z + 0.6), (x - 0.5, z + thick * 0.7), (x - long * 0.5, z + thick + tilt * 0.45), (x - long + 1.5, z + thick * 0.75 + tilt)]
    d.bone(dorsal + under, share=share)


def _lowered(line: Points, mm: float) -> Points:
    return np.asarray(line + np.array([0.0, mm]))


def paramedian(rng: Random) -> Section:
    """A row of shingled laminae; in the windows between them the back and the front of the canal."""
    d = Draft(rng, (0.1, 0.35))
    pitch, window, tilt = d.n(31.5, 3.0, 24.0), d.n(11.0, 2.8, 6.0), d.w(0.5, 9.0)
    lie, curl = d.w(-0.1, 0.1), d.w(-0.0012, 0.0012)  # the row's slope, and lordosis
    sacral = d.odds(0.3)  # the window is L5 to S1
    beyond = [-3, -2, -1, 0] if sacral else [-3, -2, -1, 0, 1, 2, 3]
    a, b = np.array([-window / 2, lie * -window / 2 + 0.4]), np.array([0.0, 0.0])
    for level in beyond:  # the window of level 0 lies about x = 0, beside its lamina's caudal edge
        x = level * pitch - window / 2 + (d.n(0.0, 1.0) if level else 0.0)
        long, drop = (pitch - window) * d.n(1.0, 0.07), tilt * d.n(1.0, 0.25, 0.2)
        z = lie * x + curl * x * x
        _lamina(d, x, z, long, drop, 1.0 if level in (0, 1) or d.odds(0.7) else d.w(0.45, 0.9))
        b = np.array([x - long + 0.4, z + drop]) if level == 1 else b
    if sacral:
        x, z = window / 2, lie * window / 2 + tilt * 0.7
        d.bone([(x, z), (x + 8, z - tilt * 0.7 - 1.5), (x + 25, z - d.w(0, 6)), (x + 50, z - d.w(0, 14)), (x + 50, z + 14), (x + 2, z + 10)])
        b = np.array([x + 0.4, z])
    middle, along = (a + b) / 2, (b - a) / np.hypot(*(b - a))
    xs = np.linspace(-3.2 * pitch, 3.2 * pitch, 49)
    wave = np.cos((xs - middle[0]) * 2 * np.pi / pitch) * d.w(0.0, 1.2)
    canal, beneath = d.n(15.0, 2.5, 10.0), d.w(3.5, 9.0) + tilt
    back = np.stack([xs, lie * xs + curl * xs * xs + beneath - wave], axis=1)
    front = np.stack([xs, back[:, 1] + canal + rng.normal(0, 0.25, len(xs)) + wave], axis=1)
    dull = d.odds(0.25)  # the canal's back is not to be told from what lies over and under it
    d.sheet(back, (-12, 1) if dull else (9, 24), (0.8, 2.2))
    d.sheet(front[np.abs(xs) < pitch * (0.62 if d.odds(0.4) else 9.0)], (8, 24), (0.8, 2.5))  # it may show at one level only
    d.soft(np.concatenate([_lowered(back, 1.2), _lowered(front[::-1], -0.8)]), (-3, 3) if dull else (-20, -4))
    d.soft([(a[0] - 4, a[1] + 3), (a[0], a[1] + 2), tuple(b), (b[0] + 1, b[1] + 2.5), (middle[0], middle[1] + beneath - tilt / 2)], (-8, 4))  # flavum
    for share in (0.45, 0.7) if d.odds(0.5) else ():  # the roots' filaments
        d.soft(np.concatenate([_lowered(back, share * canal), _lowered(back[::-1], share * canal + 0.9)]), (-9, 0), 0.0)
    d.bone(np.concatenate([_lowered(front, 1.5), _lowered(front[::-1], 24.0)])[::4], share=d.w(0.1, 0.45))
    d.mark("lamina_cranial", a[0] - 0.8, a[1] - 0.2)
    d.mark("lamina_caudal", b[0] + 0.8, b[1] - 0.2)
    for name, line in (("posterior_complex", back), ("anterior_complex", front)):
        x = middle[0]
        for _ in range(3):  # where the window's perpendicular meets the line
            x = middle[0] - along[1] / along[0] * (at_x(line, x) - middle[1])
        d.mark(name, x, at_x(line, x), on="sheet")
    return d.section(min(a[1], b[1]) - 1, beneath + canal + 2, along=True)


def hiatus(rng: Random) -> Section:
    """Sacral roof on the left, ending at the apex; from it the ligament slopes down to the coccyx; the floor runs beneath."""
    d = Draft(rng)
    thick, canal, roof, back, hump = d.n(1.8, 0.7, 0.7), d.n(4.6, 1.6, 2.0), d.w(2.0, 4.5), d.w(-0.25, 0.2), d.w(0.0, 3.0)
    slope, bend, long, joint = d.w(-0.02, 0.4), d.w(0.0, 0.006), d.w(18.0, 32.0), d.w(12.0, 24.0)  # the floor's, deeper caudally; its end and step
    plate = [(-50, -35 * back - hump), (-30, -30 * back - 1), (-18, -18 * back - hump), (-8, -8 * back - d.w(0, 1.5)), (-1.5, -0.3), (0, 0.7)]
    d.bone([*plate, (-1.0, roof), (-20, roof - 20 * back + 1), (-50, roof - 45 * back)])
    xs, first = np.linspace(-24.0, long + 14, 20), roof * 0.75 + canal
    floor = first + slope * xs + np.where(xs > 0, bend * xs * xs, 0.0) + d.w(0.0, 2.5) * np.exp(-(((xs - joint) / 2.0) ** 2))
    under = [(long + 14, floor[-1] + 9), (long * 0.4, floor[-1] + 9), (-24, first + 8)]
    d.bone(np.concatenate([np.stack([xs, floor], 1), under]))
    at, share = np.array([-1.0, 5.0, long * 0.45, long * 0.8, long]), np.array([0.0, 4.0 / long, 0.5, 0.85, 1.0])
    meets = np.interp(at, xs, floor)
    dorsal = 0.4 + (meets[-1] - 1.2) * share**1.25 - d.w(-0.6, 1.2) * np.sin(np.pi * share)
    dorsal = np.minimum(dorsal, meets - np.array([2.0, thick + 1.2, thick + 0.8, 1.4, 0.4]))
    band = d.sheet(np.stack([at, dorsal], 1), (8, 20), (thick, thick))
    d.soft(np.concatenate([np.stack([at, dorsal + thick * 0.6], 1), np.stack([at, meets], 1)[::-1]]), (-20, -3))
    d.soft(np.concatenate([band, _lowered(band[::-1], thick)]), (2, 10))
    if d.odds(0.4):  # fat over the ligament
        d.soft(oval(long * 0.5, -2.0, 20.0, 5.0), (-6, 4), 0.4)
    scl_z, near = at_x(band, 5.0), np.linspace(0.0, 9.0, 91)
    foot = float(near[np.argmin(np.hypot(near - 5.0, np.interp(near, xs, floor) - scl_z))])  # of the ligament's point on the floor
    d.mark("hiatus_apex", -0.9, 0.0)
    d.mark("scl", 5.0, scl_z, on="sheet")
    d.mark("sacral_floor", foot, float(np.interp(foot, xs, floor)))
    return d.section(-2.5, first + 4, along=True)
