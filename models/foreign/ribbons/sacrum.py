"""Sacral sections across the spine: ala, first foramen, sacroiliac joint, hiatus. mm; y below the fat. Sizes: edge/README.md, "Clinical ground".

What tells them apart: at the ala an articular process and a broad wing without a free end; at the first foramen low crests and one hole on each side,
lips far apart; at the joint a small hole nearer the midline, and bone that dives beside the ilium; at the hiatus two horns and a roof of ligament.
"""

from __future__ import annotations

from models.foreign.ribbons.ribbon import Draw, Knot, Patch, Ribbon, Section, chance, mirrored, ribbon, sheet
from models.foreign.ribbons.shape import closed, tangent_at


def _crest(draw: Draw, top: float, foot: float, *, low: bool) -> list[Knot]:
    """A median crest in order of x: knob, ridge, dome, two lips with the crest on one; in a few none (an open arch)."""
    kind, lean, half = int(draw.integers(9)), draw.normal(0, 1), draw.uniform(1, 4) + (1.5 if low else 0)
    if kind == 0:
        return [Knot(-4, foot + draw.uniform(-1, 1)), Knot(0, foot + draw.uniform(0, 1.5)), Knot(4, foot + draw.uniform(-1, 1))]
    peak = Knot(lean, top, "median_crest")
    if kind == 1:
        return [
            Knot(-half - 2, foot),
            Knot(lean - half - 1, top + 0.8),
            Knot(lean, top + 2),
            Knot(lean + half, top, "median_crest"),
            Knot(lean + half + 3, foot),
        ]
    shoulder = draw.uniform(0.3, 0.7) * (foot - top)
    return [
        Knot(lean - half - 3, foot),
        Knot(lean - half, top + shoulder),
        peak,
        Knot(lean + half, top + shoulder * draw.uniform(0.6, 1.4)),
        Knot(lean + half + 3, foot),
    ]


# --- the ala ---------------------------------------------------------------------------------------------------------------------------------------


def transverse_sacral_ala(draw: Draw) -> Section:
    top = draw.uniform(1, 12)
    foot = top + draw.uniform(3, 13)
    shared = {"out": draw.uniform(14, 23), "below": draw.uniform(-4, 6), "rise": draw.uniform(3.5, 11)}
    kind, joint, open_arch = int(draw.integers(9)), chance(draw, 0.4), chance(draw, 0.2)
    sides = [_ala_side(draw, sign, foot, kind, joint=joint, open_arch=open_arch, **shared) for sign in (1, -1)]
    crest = _crest(draw, top, foot, low=chance(draw, 0.5))
    ribbons: list[Ribbon] = []
    if open_arch:
        ribbons.append(ribbon(draw, crest))
        y = foot + draw.uniform(5, 12)
        ribbons.append(sheet(draw, [Knot(-6, y), Knot(0, y - 1), Knot(6, y)], gain_db=draw.uniform(-6, 4)))
        for sign, (parts, _) in zip((1, -1), sides, strict=True):
            ribbons += [ribbon(draw, part if sign > 0 else mirrored(part)) for part in parts]
    else:
        ribbons.append(ribbon(draw, mirrored(sides[1][0][0]) + crest + sides[0][0][0]))
        for sign, (parts, _) in zip((1, -1), sides, strict=True):
            ribbons += [ribbon(draw, part if sign > 0 else mirrored(part)) for part in parts[1:]]
            ribbons += [closed(draw, ribbons[0], ribbons[-1], sign)] if joint else []
    for _, ilium in sides:
        ribbons += ilium
    return Section(tuple(ribbons), _wasted(draw, foot), spread_mm=18)


def _ala_side(
    draw: Draw, sign: int, foot: float, kind: int, *, out: float, below: float, rise: float, joint: bool, open_arch: bool
) -> tuple[list[list[Knot]], list[Ribbon]]:
    """Outwards: lamina, superior process, groove, wing; with a joint the last lumbar process beside it. Then the ilium over the wing."""
    top, depth = out + draw.normal(0, 1.2), foot + below + draw.normal(0, 1.2)
    rise, bulk = max(3.0, rise + draw.normal(0, 1.2)), draw.uniform(0.8, 2.8)
    groove = Knot(top + bulk + draw.uniform(2.5, 6), depth + rise, "ala_groove")
    flank = [
        Knot(top, depth, "s1_sap"),
        Knot(top + bulk, depth + draw.uniform(0.3, 2)),
        Knot(groove.x - draw.uniform(1, 2), groove.y - draw.uniform(0.3, 1.5)),
    ]
    wing, reach = _wing(draw, groove, kind)
    outer = [*flank, groove, *wing]
    parts = _beside_process(draw, foot, Knot(top - bulk, depth), below, joint=joint, open_arch=open_arch)
    return [*parts[:-1], parts[-1] + outer], _ilium(draw, sign, groove, reach)


def _beside_process(draw: Draw, foot: float, process: Knot, below: float, *, joint: bool, open_arch: bool) -> list[list[Knot]]:
    """From the crest's foot out to the superior process: lamina and a dip; a last lumbar process and the joint's cleft; or an open arch."""
    start = [Knot(draw.uniform(7, 9), foot + draw.uniform(-0.5, 2))]
    depth = process.y
    if joint:
        cleft = process.x - draw.uniform(0.5, 1.5)
        top = Knot(cleft - draw.uniform(4, 5), depth + draw.uniform(-2, 1.5))
        lumbar = [top, Knot(cleft - 1, depth + draw.uniform(-0.5, 2)), Knot(cleft - 0.6, depth + 5)]
        begin = [] if cleft < 13 or open_arch else start
        return [begin + lumbar, [Knot(cleft + 0.6, depth + 4), Knot(cleft + 0.9, depth + 1)]]
    dip = Knot(process.x - draw.uniform(2, 3.5), max(depth + 1.5, foot + below * 0.5 + draw.uniform(1, 5)))
    inner = Knot(process.x, depth + draw.uniform(0.3, 1.5))
    return [[Knot(dip.x, dip.y + 3), inner]] if open_arch else [[*start, dip, inner]]


def _wing(draw: Draw, groove: Knot, kind: int) -> tuple[list[Knot], float]:
    """The ala from its groove outwards and how far it goes: level, falling, rising, a trough, a swell, a step, a notch, steep, or a false joint."""
    long = draw.uniform(24, 40)
    slope = {1: draw.uniform(0.1, 0.35), 2: -draw.uniform(0.12, 0.4), 7: -draw.uniform(0.4, 0.7)}.get(kind, draw.normal(0, 0.07))
    lift = {6: draw.uniform(3, 6)}.get(kind, draw.uniform(0.3, 2.2))
    bow = {3: draw.uniform(1, 4), 4: -draw.uniform(2, 5)}.get(kind, draw.normal(0, 0.6))
    first = draw.uniform(1.5, 3) if kind == 6 else draw.uniform(3, 6)

    def at(x: float) -> Knot:
        share = x / long
        step = draw.uniform(2, 4) if kind == 5 and share > 0.5 else 0.0
        knob = -draw.uniform(3, 5) if kind == 8 and 0.4 < share < 0.55 else 0.0
        return Knot(groove.x + x, groove.y - lift + slope * x + bow * 4 * share * (1 - share) + step + knob)

    return [at(first), *(at(long * share) for share in (0.3, 0.46, 0.62, 0.8, 1.0))], long


def _ilium(draw: Draw, sign: int, groove: Knot, reach: float) -> list[Ribbon]:
    """The iliac crest over the end of the wing: high, low, far out or not there."""
    if chance(draw, 0.2):
        return []
    edge = groove.x + reach * draw.uniform(0.5, 0.95)
    top = min(groove.y - 4, draw.uniform(1, 20))
    wall = Knot(edge + draw.uniform(-1, 1.5), groove.y - draw.uniform(0, 3))
    knots = [
        wall,
        Knot(edge, top + draw.uniform(2, 5)),
        Knot(edge + draw.uniform(2, 4), top),
        Knot(edge + draw.uniform(8, 14), top + draw.uniform(-2, 6)),
    ]
    knots.append(Knot(knots[-1].x + 14, knots[-1].y + draw.uniform(2, 14)))
    return [ribbon(draw, knots if sign > 0 else mirrored(knots))]


def _wasted(draw: Draw, foot: float) -> tuple[Patch, ...]:
    """Multifidus on the sacrum: fatty, or not."""
    if chance(draw, 0.5):
        return ()
    return tuple(
        Patch(sign * draw.uniform(9, 14), foot - draw.uniform(2, 5), draw.uniform(4, 9), draw.uniform(2, 4), draw.uniform(-5, 8)) for sign in (-1, 1)
    )


# --- the first foramen -----------------------------------------------------------------------------------------------------------------------------


def transverse_s1(draw: Draw) -> Section:
    top = draw.uniform(0.5, 9)
    foot = top + draw.uniform(2.5, 10)
    shared = {"out": draw.uniform(16, 22), "wide": draw.uniform(4.5, 10)}
    kind = int(draw.integers(5))
    sides = [_hole_side(draw, foot, kind, **shared) for _ in range(2)]
    ribbons = [ribbon(draw, mirrored(sides[1][0]) + _crest(draw, top, foot, low=chance(draw, 0.4)) + sides[0][0])]
    patches: list[Patch] = list(_wasted(draw, foot))
    for sign, (_, outer, hole) in zip((1, -1), sides, strict=True):
        ribbons.append(ribbon(draw, outer if sign > 0 else mirrored(outer)))
        ribbons += _behind_hole(draw, sign, hole)
        patches.append(Patch(sign * hole[0], hole[1] + 5, hole[2] * 0.5, 4.5, draw.uniform(-9, 3)))
        ribbons += _far_ilium(draw, sign, outer[-1])
    return Section(tuple(ribbons), tuple(patches), spread_mm=18)


Hole = tuple[float, float, float]  # x and y of its middle, width


def _hole_side(draw: Draw, foot: float, kind: int, *, out: float, wide: float) -> tuple[list[Knot], list[Knot], Hole]:
    """Outwards: lamina and intermediate crest up to the medial lip; lateral lip, lateral crest and the fall towards the joint; the hole between."""
    medial, wide = out + draw.normal(0, 1), max(3.8, wide + draw.normal(0, 0.8))
    depth = foot + draw.uniform(0.5, 6)
    lateral, other = medial + wide, depth + draw.normal(0, 1.3)
    low, ridge = draw.uniform(1.5, 5), draw.uniform(0, 3)
    round_in = draw.uniform(0.2, 1.4)
    middle = [
        Knot(draw.uniform(8, 9.5), foot + draw.uniform(0, 2)),
        Knot(medial - draw.uniform(3, 4.5), depth - (ridge if kind in (0, 3) else 0.2 * ridge)),
    ]
    inner = [*middle, Knot(medial - 0.3, depth, "foramen_medial_lip"), Knot(medial + round_in, depth + low)]
    crest = Knot(lateral + draw.uniform(3, 7), other - (draw.uniform(0.5, 4.5) if kind in (1, 3) else draw.uniform(-1, 1)))
    fall = draw.uniform(3, 14)
    outer = [
        Knot(lateral - round_in * draw.uniform(0.3, 1), other + low),
        Knot(lateral + 0.3, other, "foramen_lateral_lip"),
        crest,
        Knot(crest.x + draw.uniform(4, 7), crest.y + 0.4 * fall),
        Knot(crest.x + draw.uniform(9, 15), crest.y + fall),
    ]
    return inner, outer, ((medial + lateral) / 2, (depth + other) / 2, wide)


def _behind_hole(draw: Draw, sign: int, hole: Hole) -> list[Ribbon]:
    """What shows through a foramen: its ventral opening's floor, and in some a membrane across it."""
    x, y, wide = hole
    parts = []
    if chance(draw, 0.7):
        deep = y + draw.uniform(8, 16)
        parts.append(
            ribbon(draw, [Knot(sign * x - wide * 0.7, deep), Knot(sign * x + wide * 0.7, deep + draw.normal(0, 1.5))], gain_db=draw.uniform(-15, -2))
        )
    if chance(draw, 0.25):
        sag = draw.uniform(0.3, 1.5)
        parts.append(
            sheet(
                draw, [Knot(sign * x - wide / 2, y + 0.5), Knot(sign * x, y + sag), Knot(sign * x + wide / 2, y + 0.5)], gain_db=draw.uniform(-10, -3)
            )
        )
    return parts


def _far_ilium(draw: Draw, sign: int, end: Knot) -> list[Ribbon]:
    """The posterior iliac spine far out and high, or none in reach."""
    if chance(draw, 0.3):
        return []
    edge, top = end.x + draw.uniform(-2, 6), end.y - draw.uniform(6, 18)
    knots = [
        Knot(edge + draw.uniform(-1, 3), end.y),
        Knot(edge, top + draw.uniform(1.5, 4)),
        Knot(edge + draw.uniform(3, 5), top),
        Knot(edge + 12, top + draw.uniform(-1, 5)),
    ]
    knots.append(Knot(edge + 26, knots[-1].y + draw.uniform(1, 12)))
    return [ribbon(draw, knots if sign > 0 else mirrored(knots))]


# --- the sacroiliac joint --------------------------------------------------------------------------------------------------------------------------


def transverse_sacroiliac(draw: Draw) -> Section:
    top = draw.uniform(0.5, 9)
    foot = top + draw.uniform(1.5, 7)
    shared = {
        "hole": draw.uniform(12.5, 18), "wide": draw.uniform(2.8, 5.5), "out": draw.uniform(26, 40), "dive": draw.uniform(2, 13),
        "over": draw.choice([draw.uniform(-1, 2), draw.uniform(2, 7), draw.uniform(6, 14)]), "gap": draw.uniform(1.5, 5),
    }  # fmt: skip
    sides = [_joint_side(draw, foot, **shared) for _ in range(2)]
    inner = [ribbon(draw, mirrored(sides[1][0]) + _crest(draw, top, foot, low=chance(draw, 0.6)) + sides[0][0])]
    ribbons, patches, places = list(inner), list(_wasted(draw, foot)), []
    for sign, (_, outer, ilium, hole) in zip((1, -1), sides, strict=True):
        lateral = ribbon(draw, outer if sign > 0 else mirrored(outer))
        blade = ribbon(draw, ilium if sign > 0 else mirrored(ilium))
        ribbons += [lateral, blade, closed(draw, lateral, blade, sign)]
        patches.append(Patch(sign * hole[0], hole[1] + 4, hole[2] * 0.5, 3.5, draw.uniform(-9, 2)))
        places.append(("s2_foramen", sign * hole[0], tangent_at((inner[0], lateral), sign * hole[0], 4.0)))
        ribbons += _behind_hole(draw, sign, hole) + _interosseous(draw, sign, outer[-2], ilium[1])
    return Section(tuple(ribbons), tuple(patches), tuple(places), spread_mm=24)


def _joint_side(
    draw: Draw, foot: float, hole: float, wide: float, out: float, dive: float, over: float, gap: float
) -> tuple[list[Knot], list[Knot], list[Knot], Hole]:
    """Outwards: to the second foramen; from there over the lateral crest to the joint; the ilium from its edge on; the hole."""
    middle, wide, depth = hole + draw.normal(0, 0.8), max(2.4, wide + draw.normal(0, 0.5)), foot + draw.uniform(0.5, 4)
    low = draw.uniform(1.5, 4)
    lip = middle - wide / 2
    inner = [Knot(draw.uniform(7.5, 9), foot + draw.uniform(0, 1.5)), Knot(lip - 0.3, depth), Knot(lip + 0.5, depth + low)]
    crest = Knot(middle + wide / 2 + draw.uniform(4, 8), depth - draw.uniform(-1, 3.5))
    edge = Knot(max(crest.x + draw.uniform(4, 8), out + draw.normal(0, 1)), max(depth, crest.y) + max(1.0, dive + draw.normal(0, 1)), "sacral_edge")
    outer = [
        Knot(middle + wide / 2 - 0.5, depth + low),
        Knot(middle + wide / 2 + 0.3, depth + draw.normal(0, 0.4)),
        crest,
        Knot((crest.x + edge.x) / 2 - 1, (crest.y + edge.y) / 2 + draw.normal(0, 1.2)),
        Knot(edge.x - draw.uniform(1.8, 3), edge.y - draw.uniform(0, 1.2)),
        edge,
        Knot(edge.x + draw.uniform(0.5, 2), edge.y + draw.uniform(4, 10)),
    ]
    return inner, outer, _iliac(draw, edge, max(-1.0, over + draw.normal(0, 0.8)), max(1.0, gap + draw.normal(0, 0.4))), (middle, depth, wide)


def _iliac(draw: Draw, edge: Knot, over: float, gap: float) -> list[Knot]:
    """From inside the joint over the ilium's edge outwards: a high blade, a low lip, or a round back."""
    lip = Knot(edge.x + gap + draw.uniform(-0.5, 0.5), edge.y - over, "iliac_edge")
    wall = Knot(lip.x + draw.uniform(0.3, 3), lip.y + draw.uniform(6, 14))
    climb, away = draw.uniform(0, 6), draw.uniform(5, 14)
    apex = Knot(lip.x + away, lip.y - climb)
    return [
        wall,
        lip,
        Knot(lip.x + away * 0.4, lip.y - climb * draw.uniform(0.4, 0.9)),
        apex,
        Knot(apex.x + draw.uniform(12, 22), apex.y + draw.uniform(-1, 12)),
    ]


def _interosseous(draw: Draw, sign: int, sacral: Knot, iliac: Knot) -> list[Ribbon]:
    """The ligament over the joint, from the ilium's edge to the sacrum."""
    if chance(draw, 0.4):
        return []
    lift = draw.uniform(1.5, 4)
    knots = [
        Knot(sacral.x - 8, sacral.y - lift - draw.uniform(1, 4)),
        Knot(sacral.x - 2, (sacral.y + iliac.y) / 2 - lift),
        Knot(iliac.x + 1, iliac.y - 1),
    ]
    return [sheet(draw, [Knot(sign * knot.x, knot.y) for knot in knots], gain_db=draw.uniform(-12, -3))]


# --- the hiatus ------------------------------------------------------------------------------------------------------------------------------------


def transverse_sacral_hiatus(draw: Draw) -> Section:
    apart, top = draw.uniform(6.5, 12), draw.uniform(0.5, 7)
    roof, thick, canal = top + draw.uniform(0.6, 4.5), draw.uniform(0.9, 2.8), draw.uniform(2.2, 7)
    sag, bow = draw.uniform(-0.8, 1.4), draw.uniform(-0.6, 1.5)
    kind = int(draw.integers(4))
    ribbons = [_horn(draw, sign, apart + draw.normal(0, 0.8), top + draw.normal(0, 0.7), roof, kind) for sign in (1, -1)]
    half = apart - 2.2
    ligament = [Knot(x * half, roof + sag * (1 - x * x) - sag, "scl" if x == 0 else "") for x in (-1, -0.5, 0, 0.5, 1)]
    ribbons.append(sheet(draw, ligament, gain_db=draw.uniform(-1, 7), thick_mm=thick, round_mm=0.8))
    floor = roof + thick + canal
    bottom = [Knot(x * (half + 1), floor - bow * x * x, "sacral_floor" if x == 0 else "") for x in (-1, -0.5, 0, 0.5, 1)]
    ribbons.append(ribbon(draw, bottom, round_mm=1.0, rough_mm=0.2, gain_db=draw.uniform(-3, 3)))
    patch = Patch(0, roof + thick + canal / 2 + 0.2, half, canal / 2, draw.uniform(-20, 0), corners=draw.uniform(2.5, 8))
    return Section(tuple(ribbons), (patch,), spread_mm=6)


def _horn(draw: Draw, sign: int, apart: float, top: float, roof: float, kind: int) -> Ribbon:
    """A cornu and the sacrum's side: round, pointed, flat or a long slope."""
    bulk, fall = draw.uniform(1.2, 2.6), draw.uniform(0.25, 0.95)
    cap = {
        1: [Knot(apart - 1, top + 0.9), Knot(apart, top, "cornu"), Knot(apart + 1, top + 0.9)],
        2: [Knot(apart - bulk, top + 0.3), Knot(apart, top, "cornu"), Knot(apart + bulk, top + 0.3)],
    }.get(kind, [Knot(apart - bulk, top + 0.8), Knot(apart, top, "cornu"), Knot(apart + bulk, top + 0.8)])
    shoulder, out = cap[-1], draw.uniform(22, 45)
    tail = [
        Knot(shoulder.x + 3, shoulder.y + 3 * fall + 0.5),
        Knot(shoulder.x + out / 2, shoulder.y + fall * out * 0.45),
        Knot(shoulder.x + out, shoulder.y + fall * out * draw.uniform(0.7, 1.2)),
    ]
    knots = [Knot(apart - bulk - 0.8, roof + draw.uniform(1.5, 3.5)), *cap, *tail]
    return ribbon(draw, knots if sign > 0 else mirrored(knots), round_mm=draw.uniform(0.4, 1.0))


def longitudinal_sacral_hiatus(draw: Draw) -> Section:
    end, slope = draw.uniform(3, 11), draw.normal(0.0, 0.1)
    bumpy, waves = draw.uniform(0, 4.5), draw.uniform(13, 20)
    roof = [
        Knot(-4 - step * waves / 2, end - 1.2 + slope * (-4 - step * waves / 2) - (bumpy * draw.uniform(0.4, 1) if step % 2 else 0))
        for step in range(6, 0, -1)
    ]
    apex = ribbon(
        draw, [*roof, Knot(-3, end - draw.uniform(0, 1)), Knot(-0.5, end, "hiatus_apex"), Knot(0.3, end + draw.uniform(1, 2.5))], round_mm=0.8
    )
    long, thick, canal = draw.uniform(14, 32), draw.uniform(0.9, 2.6), draw.uniform(2.5, 7)
    fall = draw.uniform(-0.05, 0.3)
    line = [Knot(-0.5, end + 0.9), *(Knot(x, end + 1 + x * fall) for x in (5, long * 0.6)), Knot(long, end + 1.5 + long * fall)]
    lid = sheet(draw, line, gain_db=draw.uniform(-1, 7), thick_mm=thick, round_mm=1.0)
    floor = _ventral_wall(draw, end + 1 + thick + canal, fall + draw.normal(-0.02, 0.06), long)
    places = _feet(lid, floor[0])
    patch = Patch(
        long * 0.35, end + 1 + thick + canal / 2 + fall * long * 0.4, long * 0.55, canal / 2, draw.uniform(-20, 0), tilt_rad=fall, corners=5
    )
    return Section((apex, lid, *floor), (patch,), places, centre_x=draw.uniform(-8, 10), spread_mm=4, along=True)


def _ventral_wall(draw: Draw, depth: float, fall: float, long: float) -> list[Ribbon]:
    """The canal's floor, on to the coccyx with a gap at their joint."""
    gap = long * draw.uniform(0.75, 1.1)
    first = [Knot(x, depth + fall * x + draw.normal(0, 0.25)) for x in (-14, -5, 1, 5, 10, gap - 1)]
    rise = draw.uniform(-3, 0.5)
    second = [
        Knot(gap + 1, depth + fall * gap + 1),
        Knot(gap + 4, depth + fall * gap + rise),
        Knot(gap + 22, depth + fall * gap + rise + draw.uniform(-2, 12)),
    ]
    return [ribbon(draw, first, round_mm=1.2, rough_mm=0.25, gain_db=draw.uniform(-3, 3)), ribbon(draw, second)]


def _feet(lid: Ribbon, floor: Ribbon) -> tuple[tuple[str, float, float], ...]:
    """The ligament 5 mm towards the feet from the apex, and its foot on the ventral wall."""
    row = int(abs(lid.points[:, 0] - 4.5).argmin())
    x, y = lid.points[row]
    foot = floor.points[int(((floor.points - (x, y)) ** 2).sum(axis=1).argmin())]
    return ("scl", float(x), float(y)), ("sacral_floor", float(foot[0]), float(foot[1]))
