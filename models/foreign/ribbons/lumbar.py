"""Lumbar sections: facet, transverse process, interlaminar, foramen and paramedian. mm; y below the fat. Sizes: edge/README.md, "Clinical ground".

What tells the transverse planes apart, here as in people: at the facet a cleft parts two processes and nothing reaches further out; at the transverse
process a groove and a free bar lie beside the superior process; between the laminae the middle is open down to the vertebral body; at the foramen
the bone ends at the articular process, and beside it lie ligament, root and body.
"""

from __future__ import annotations

from models.foreign.ribbons.ribbon import Draw, Knot, Patch, Ribbon, Section, chance, mirrored, ribbon, sheet
from models.foreign.ribbons.shape import closed, tangent_at

Roof = tuple[float, float]  # depth of the spinous process's tip, of the laminae's roots


def transverse_facet(draw: Draw) -> Section:
    tip, root = _roof(draw)
    shared = {"out": draw.uniform(13, 24), "below": draw.uniform(-5, 6), "gap": draw.uniform(1.2, 4.0)}
    right, left = (_facet_side(draw, root, **shared) for _ in range(2))
    inner = ribbon(draw, mirrored(left[0]) + _spine(draw, tip, root) + right[0])
    ribbons, places = [inner], []
    for sign, side in ((1, right), (-1, left)):
        knots = side[1] if sign > 0 else mirrored(side[1])
        outer = ribbon(draw, knots)
        cleft = side[2]
        places.append(("facet", sign * cleft, tangent_at((inner, outer), sign * cleft, 6.0)))
        ribbons += [outer, closed(draw, inner, outer), _capsule(draw, sign, side)]
    return Section(tuple(ribbons), _interspace(draw, root), tuple(places), spread_mm=14)


def _roof(draw: Draw) -> Roof:
    """A spinous process of usual, low or high build."""
    tip = draw.uniform(0.5, 7)
    return tip, tip + draw.uniform(11, 24)


def _spine(draw: Draw, tip: float, root: float) -> list[Knot]:
    """Cap and walls of a spinous process in order of x: a knob, an edge, a flat top, two tips, one that leans; or none, where the plane passes it."""
    kind, half, lean = draw.integers(7), draw.uniform(1.5, 4.5), draw.normal(0, 1.5)
    foot = half + draw.uniform(0.5, 2.5)
    if kind == 0 and chance(draw, 0.7):
        return [Knot(-foot, root - draw.uniform(0, 2)), Knot(0, root - draw.uniform(1, 6)), Knot(foot, root - draw.uniform(0, 2))]
    tops = {
        1: [Knot(lean - half, tip + 2.5), Knot(lean, tip, "spinous_process"), Knot(lean + half, tip + 2.5)],
        2: [Knot(lean - half, tip + 0.6), Knot(lean, tip, "spinous_process"), Knot(lean + half, tip + 0.6)],
        3: [Knot(lean - half - 1, tip + 0.2), Knot(lean, tip + 1.2), Knot(lean + half, tip, "spinous_process"), Knot(lean + half + 1, tip + 1)],
    }.get(int(kind), [Knot(lean - half, tip + 1.4), Knot(lean, tip, "spinous_process"), Knot(lean + half, tip + 1.4)])
    return [Knot(-foot, root), Knot(-half - 0.4, (tip + root) / 2), *tops, Knot(half + 0.4 + lean / 2, (tip + root) / 2), Knot(foot, root)]


def _lamina(draw: Draw, root: float, end: tuple[float, float]) -> list[Knot]:
    """From beside the spinous process to the articular process: straight, hollow or arched, with its middle marked."""
    start = draw.uniform(4.5, 7)
    bow = draw.normal(0, 0.9)
    middle = ((start + end[0]) / 2, (root + end[1]) / 2 + bow)
    return [Knot(start, root + draw.uniform(-0.3, 0.8)), Knot(*middle, "lamina"), Knot(*end)]


def _facet_side(draw: Draw, root: float, *, out: float, below: float, gap: float) -> tuple[list[Knot], list[Knot], float, float]:
    """Outwards from the midline: lamina and inferior process; superior process; where the cleft opens; its width."""
    cleft, depth, width = out + draw.normal(0, 1.5), root + below + draw.normal(0, 1.2), max(0.9, gap + draw.normal(0, 0.5))
    inner, outer = draw.uniform(0, 4), draw.uniform(0, 4)  # how far the processes rise over the cleft's lips
    lean = draw.uniform(-1.5, 2.5)  # which way the cleft runs in
    lips = cleft - width / 2, cleft + width / 2
    waist = max(9.5, lips[0] - draw.uniform(6, 8.5))
    lamina = _lamina(draw, root, (waist, root + 0.4 * below + draw.uniform(0, 2)))
    inferior = [
        Knot(lips[0] - draw.uniform(2.5, 4), depth - inner),
        Knot(lips[0], depth + 0.3),
        Knot(lips[0] + lean * 0.6, depth + draw.uniform(3, 7)),
    ]
    end = lips[1] + draw.uniform(6, 11)
    superior = [
        Knot(lips[1] + lean * 0.6, depth + draw.uniform(3, 7)),
        Knot(lips[1], depth + 0.3),
        Knot(lips[1] + draw.uniform(2, 4), depth - outer),
        Knot(end - draw.uniform(0.5, 2), depth + draw.uniform(0.5, 4)),
        Knot(end + draw.uniform(0.5, 2.5), depth + draw.uniform(7, 14)),
    ]
    return lamina + inferior, superior, cleft, depth


def _capsule(draw: Draw, sign: int, side: tuple[list[Knot], list[Knot], float, float]) -> Ribbon:
    """Over the cleft: thin, or as thick as an inflamed one."""
    _, _, cleft, depth = side
    lift = draw.uniform(1.5, 4)
    knots = [Knot(sign * (cleft + x), depth - lift * (1 - (x / 7) ** 2)) for x in (-6, -3, 0, 3, 6)]
    return sheet(draw, knots, gain_db=draw.uniform(-14, 0))


def _interspace(draw: Draw, root: float) -> tuple[Patch, ...]:
    """Fatty or wasted multifidus over the laminae, on one side or both."""
    if chance(draw, 0.5):
        return ()
    return tuple(
        Patch(sign * draw.uniform(9, 15), root - draw.uniform(5, 9), draw.uniform(4, 8), draw.uniform(2.5, 5), draw.uniform(-4, 7))
        for sign in (-1, 1)
    )


def transverse_process(draw: Draw) -> Section:
    tip, root = _roof(draw)
    shared, kind = {"out": draw.uniform(13, 22), "rise": draw.uniform(2.5, 9), "long": draw.uniform(14, 27)}, int(draw.integers(6))
    right, left = (_process_side(draw, root, kind, **shared) for _ in range(2))
    ribbons = [ribbon(draw, mirrored(left) + _spine(draw, tip, root) + right)]
    if chance(draw, 0.6):
        ribbons += [_middle_layer(draw, sign, side[-3]) for sign, side in ((1, right), (-1, left))]
    return Section(tuple(ribbons), _interspace(draw, root), spread_mm=16)


def _process_side(draw: Draw, root: float, kind: int, *, out: float, rise: float, long: float) -> list[Knot]:
    """Outwards: lamina, superior process, groove, transverse process with its free end."""
    top, depth = out + draw.normal(0, 1.2), root + draw.uniform(-4, 3)
    rise, long = max(2.2, rise + draw.normal(0, 1)), max(12.0, long + draw.normal(0, 2))
    waist = (max(9.0, top - draw.uniform(4, 6)), max(root, depth) + draw.uniform(0.5, 3))
    groove = Knot(top + draw.uniform(3, 6.5), depth + rise, "tp_groove")
    bulk = draw.uniform(0.5, 2)
    process = [Knot(top - bulk, depth + 0.4), Knot(top, depth, "sap_tip"), Knot(top + bulk, depth + draw.uniform(0.4, 1.5))]
    return [*_lamina(draw, root, waist), *process, groove, *_bar(draw, groove, long, kind)]


def _bar(draw: Draw, groove: Knot, long: float, kind: int) -> list[Knot]:
    """A transverse process from its groove to the brink of its end: level, rising, drooping, arched, hollow, or with an accessory process."""
    slope = {1: draw.uniform(-0.4, -0.15), 2: draw.uniform(0.1, 0.4)}.get(kind, draw.normal(0, 0.08))
    bow = {3: -draw.uniform(1.5, 4), 4: draw.uniform(0, 1.2)}.get(kind, draw.normal(0, 0.5))
    lift = draw.uniform(0.6, 2)

    def at(share: float) -> tuple[float, float]:
        return groove.x + share * long, groove.y - lift + slope * share * long + bow * 4 * share * (1 - share)

    early = [Knot(at(0.14)[0], at(0.14)[1] - draw.uniform(1.5, 3.5)), Knot(*at(0.3))] if kind == 5 else [Knot(*at(0.15))]
    end = at(1)
    return [
        *early,
        Knot(*at(0.5)),
        Knot(*end, "tp_tip"),
        Knot(end[0] + draw.uniform(0.6, 1.5), end[1] + 1.2),
        Knot(end[0] + 1.5, end[1] + draw.uniform(3, 6)),
    ]


def _middle_layer(draw: Draw, sign: int, tip: Knot) -> Ribbon:
    """The middle layer of the fascia, from the process's end outwards."""
    knots = [Knot(sign * (tip.x + reach), tip.y + 1 + draw.normal(0, 0.6) - draw.uniform(0, 0.25) * reach) for reach in (2, 12, 25)]
    return sheet(draw, knots, gain_db=draw.uniform(-12, -2))


def transverse_interlaminar(draw: Draw) -> Section:
    depth, gap, deep = draw.uniform(18, 30), draw.uniform(7, 13), draw.uniform(9, 19)
    posterior = depth + draw.uniform(2, 10)
    ribbons: list[Ribbon] = []
    for sign in (1, -1):
        ribbons += _articular(draw, sign, depth + draw.normal(0, 1.2), gap + draw.normal(0, 1))
    roof, half = draw.uniform(-0.5, 2.5), min(gap - 1.5, draw.uniform(3.5, 8))
    arch = [Knot(x * half, posterior + roof * abs(x) ** 1.5, "posterior_complex" if x == 0 else "") for x in (-1, -0.5, 0, 0.5, 1)]
    anterior, wide, sag = posterior + deep, draw.uniform(6, 13), draw.uniform(-1.5, 1)
    floor = [Knot(x * wide, anterior + sag * x * x, "anterior_complex" if x == 0 else "") for x in (-1, -0.5, 0, 0.5, 1)]
    ribbons.append(sheet(draw, arch, gain_db=draw.uniform(-2, 6), thick_mm=draw.uniform(0.7, 2.2)))
    ribbons.append(sheet(draw, floor, gain_db=draw.uniform(0, 8), thick_mm=draw.uniform(0.8, 3)))
    canal = Patch(
        0, (posterior + anterior) / 2 + 1, gap * draw.uniform(0.9, 1.8), deep / 2 - 0.8, draw.uniform(-18, 0), 0, 0, "", draw.uniform(2.5, 8)
    )
    ligament = Patch(0, depth * 0.5, draw.uniform(2, 5), depth * 0.45, draw.uniform(-7, 5))
    return Section(tuple(ribbons), (canal, ligament), spread_mm=8)


def _articular(draw: Draw, sign: int, depth: float, gap: float) -> list[Ribbon]:
    """The articular processes of one side, with their joint's cleft or without, and in half of the planes the transverse process under them."""
    gap, rise, wide = max(5.5, gap), draw.uniform(0, 3.5), draw.uniform(11, 18)
    brink = gap + wide
    start = [Knot(gap - draw.uniform(0, 1.2), depth + draw.uniform(3, 8)), Knot(gap - 0.2, depth + 1.2)]
    inner = [*start, Knot(gap + 0.5, depth, "articular_process"), Knot(gap + draw.uniform(3, 5), depth - rise)]
    outer = [Knot(brink - draw.uniform(2, 4), depth - rise * draw.uniform(0, 1.2)), Knot(brink, depth + 2)]
    outer.append(Knot(brink + 1.5, depth + draw.uniform(7, 12)))
    cleft = gap + wide * draw.uniform(0.45, 0.6)
    parts = [inner + outer]
    if joint := chance(draw, 0.45):
        lips = [[Knot(cleft + way, depth - rise + 1), Knot(cleft + way / 2, depth + 4)] for way in (-1, 1)]
        parts = [inner + lips[0], lips[1][::-1] + outer]
    if chance(draw, 0.5):
        bar = brink + draw.uniform(1, 5)
        parts.append([Knot(bar, depth + draw.uniform(8, 14)), Knot(bar + draw.uniform(10, 22), depth + draw.uniform(6, 14))])
    made = [ribbon(draw, part if sign > 0 else mirrored(part)) for part in parts]
    return [*made, closed(draw, made[0], made[1])] if joint else made


def transverse_foramen(draw: Draw) -> Section:
    tip, root = _roof(draw)
    edge = Knot(draw.uniform(16, 25), root + draw.uniform(-3, 6), "articular_edge")
    ribbons, lateral = _to_the_edge(draw, tip, root, edge), edge.x
    lid = edge.y + draw.uniform(5, 12)
    wide = draw.uniform(9, 20)
    tilt = draw.uniform(-3, 4)
    ligament = [
        Knot(lateral + 1.5 + x * wide, lid + tilt * x + draw.normal(0, 0.3), "intertransverse_ligament" if x == 0.5 else "") for x in (0, 0.5, 1)
    ]
    ribbons.append(sheet(draw, ligament, gain_db=draw.uniform(0, 8), thick_mm=draw.uniform(0.7, 1.8)))
    body = Knot(lateral + draw.uniform(1, 6), lid + draw.uniform(11, 18), "vertebral_edge")
    ribbons.append(_body(draw, body))
    size = draw.uniform(2.0, 3.6)
    room = body.y - lid
    where = lateral + draw.uniform(3, 8), lid + room * draw.uniform(0.42, 0.62)
    gain = draw.uniform(-13, -4) if chance(draw, 0.5) else draw.uniform(0, 5)
    nerve = Patch(*where, size * draw.uniform(1, 1.5), size, gain, draw.uniform(1, 6), draw.normal(0, 0.4), "nerve_root")
    fat = Patch(*where, size * 2.6, size * 1.9, draw.uniform(-4, 4))
    return Section(tuple(ribbons), (fat, nerve), centre_x=lateral + draw.uniform(-4, 14), spread_mm=5)


def _to_the_edge(draw: Draw, tip: float, root: float, edge: Knot) -> list[Ribbon]:
    """Spinous process, lamina and articular process of the seen side, the beginning of the other; in a third the joint's cleft."""
    drop = [Knot(edge.x + draw.uniform(0.5, 1.5), edge.y + 1.5), Knot(edge.x + draw.uniform(-1, 2), edge.y + draw.uniform(5, 10))]
    shoulder = Knot(edge.x - draw.uniform(3, 5), edge.y - draw.uniform(0.5, 3.5))
    lamina = [Knot(knot.x, knot.y) for knot in _lamina(draw, root, (min(10.5, edge.x - 6), root + draw.uniform(0, 2)))]
    other = mirrored(
        [*[Knot(knot.x, knot.y) for knot in _lamina(draw, root, (10, root + 1))], Knot(16, root + draw.uniform(-2, 3)), Knot(18, root + 8)]
    )
    middle = [Knot(knot.x, knot.y) for knot in _spine(draw, tip, root)]
    medial = other + middle + lamina
    if chance(draw, 0.35) and edge.x > 19:
        cleft = edge.x - draw.uniform(5.5, 7)
        inferior = [Knot(cleft - 2.5, edge.y - 2), Knot(cleft - 0.5, edge.y - 0.5), Knot(cleft, edge.y + 4)]
        inner, outer = (
            ribbon(draw, medial + inferior),
            ribbon(draw, [Knot(cleft + 1.2, edge.y + 3), Knot(cleft + 1.2, edge.y), shoulder, edge, *drop]),
        )
        return [inner, outer, closed(draw, inner, outer)]
    return [ribbon(draw, [*medial, shoulder, edge, *drop])]


def _body(draw: Draw, edge: Knot) -> Ribbon:
    """The vertebral body from its dorsolateral margin outwards and down: round, boxy or with a spur."""
    kind = draw.integers(3)
    begin = [Knot(edge.x - draw.uniform(4, 8), edge.y - draw.uniform(-1, 1.5)), Knot(edge.x - 1.5, edge.y - 0.4)]
    if kind == 2:
        begin[1] = Knot(edge.x - 2, edge.y + draw.uniform(0.5, 2))
    steep = draw.uniform(0.9, 2.2)
    return ribbon(
        draw, [*begin, edge, Knot(edge.x + 3, edge.y + 2 * steep), Knot(edge.x + 8, edge.y + 8 * steep), Knot(edge.x + 11, edge.y + 13 * steep)]
    )


def paramedian_oblique(draw: Draw) -> Section:
    pitch, window, depth = draw.uniform(27, 36), draw.uniform(7, 16), draw.uniform(17, 30)
    slope, fall = draw.uniform(0.5, 6), draw.normal(0, 0.05)
    sacral = chance(draw, 0.3)
    ribbons = [_roof_tile(draw, -window / 2 - pitch + window, -window / 2, depth, slope, fall, ("", "lamina_cranial"))]
    length = pitch * 1.9 if sacral else pitch - window
    rise = draw.uniform(-4, 3) if sacral else slope
    ribbons.append(_roof_tile(draw, window / 2, window / 2 + length, depth, rise, fall, ("lamina_caudal", "")))
    wide = window * draw.uniform(0.8, 1.25)
    ribbons.append(_roof_tile(draw, -window / 2 - 2 * pitch + wide, -window / 2 - pitch + window - wide, depth, slope, fall, ("", "")))
    if not sacral:
        ribbons.append(_roof_tile(draw, window / 2 + pitch, window / 2 + 2 * pitch - wide, depth, slope, fall, ("", "")))
    behind, canal, tilt = slope + draw.uniform(2.5, 8), draw.uniform(10, 19), draw.normal(0, 0.06)
    places, dural = _complexes(draw, ribbons[:2], depth + behind, canal, tilt, pitch)
    patch = Patch(0, depth + behind + canal / 2 + 0.7, pitch * 1.6, canal / 2 - 1.0, draw.uniform(-20, 0), corners=6)
    return Section((*ribbons, *dural), (patch,), places, spread_mm=7, along=True)


def _roof_tile(draw: Draw, start: float, end: float, depth: float, slope: float, fall: float, marks: tuple[str, str]) -> Ribbon:
    """A lamina cut lengthways: deeper at its cranial end, as a plank, a horse's head, an arch or a hook."""
    kind, tail = draw.integers(4), draw.uniform(0.8, 3)
    left, right = depth + slope + fall * start, depth + fall * end
    inner = {
        0: [],
        1: [Knot(start + 0.7 * (end - start), right - draw.uniform(0.5, 2.5))],
        2: [Knot((start + end) / 2, (left + right) / 2 - draw.uniform(1, 2.5))],
        3: [Knot(start + 0.4 * (end - start), left - draw.uniform(0, 1)), Knot(start + 0.65 * (end - start), right)],
    }[int(kind)]
    brinks = Knot(start - 0.3, left + tail), Knot(end + 0.3, right + draw.uniform(1, 4))
    return ribbon(
        draw, [brinks[0], Knot(start + 0.5, left, marks[0]), *inner, Knot(end - 0.5, right, marks[1]), brinks[1]], round_mm=draw.uniform(0.3, 0.9)
    )


def _complexes(
    draw: Draw, laminae: list[Ribbon], depth: float, canal: float, tilt: float, pitch: float
) -> tuple[tuple[tuple[str, float, float], ...], list[Ribbon]]:
    """Where the two complexes cross the perpendicular through the middle of the window, and their sheets."""
    (ax, ay), (bx, by) = laminae[0].points[laminae[0].marks[0][1]], laminae[1].points[laminae[1].marks[0][1]]
    across = (by - ay) / (bx - ax)
    places, dural = [], []
    for name, y, gain, thick in (
        ("posterior_complex", depth, draw.uniform(-2, 6), draw.uniform(0.7, 2)),
        ("anterior_complex", depth + canal, draw.uniform(0, 8), draw.uniform(0.8, 3)),
    ):
        foot = ((ax + bx) / 2 + across * (ay + by) / 2 - across * y) / (1 + across * tilt)
        places.append((name, foot, y + tilt * foot))
        dural.append(sheet(draw, [Knot(x, y + tilt * x) for x in (-1.7 * pitch, foot, 1.7 * pitch)], gain_db=gain, thick_mm=thick))
    return tuple(places), dural
