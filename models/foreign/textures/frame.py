"""Frame: render(seed, view): a person, a section, a probe, a look, and the truth of the picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from scipy import ndimage

from edge.catalogue import NO_VIEW, PLAN_OF, VIEWS
from firmware_bridge.wire import Procedure
from models.foreign.echo import CLEAR, DIM, HIDDEN_SHARE, OPENINGS, SHEETS, Least, only_dim, shows, wanted
from models.foreign.foreign_frame import ForeignFrame
from models.foreign.textures import field as probes
from models.foreign.textures import lumbar, misses, sacral, tissue
from models.foreign.textures.field import BEAMS, Field
from models.foreign.textures.look import Look, speckled
from models.foreign.textures.sections import Line, Numbers, Point, Rng, Section, Subject, between, chance

Told: TypeAlias = dict[str, list[Point]]  # mm
MAKERS: dict[str, Callable[[Rng, Subject], Section]] = {"transverse_facet": lumbar.facet, "transverse_process": lumbar.process,
                                                        "transverse_interlaminar": lumbar.interlaminar, "transverse_foramen": lumbar.foramen,
                                                        "paramedian_oblique": lumbar.paramedian, "transverse_sacral_ala": sacral.ala,
                                                        "transverse_s1": sacral.first_foramina, "transverse_sacroiliac": sacral.sacroiliac,
                                                        "transverse_sacral_hiatus": sacral.hiatus, "longitudinal_sacral_hiatus": sacral.long_hiatus}
MOST_TRIES = 24  # draws until a frame has the target that it should have, or not; then it is taken as it is
NEAR_MM, ASIDE_MM = 1.6, 1.4  # how far from where anatomy puts it a landmark may be found on bone, and across the beam


@dataclass(frozen=True, slots=True)
class Scene:
    """One draw: everything of a frame but its grain."""

    section: Section
    field: Field
    look: Look
    laid: tissue.Laid
    clear: Told


def render(seed: int, view: str) -> ForeignFrame:
    """A frame of a view of the catalogue, or of none. Raises ValueError on any other."""
    if view != NO_VIEW and view not in VIEWS:
        raise ValueError(f"view {view!r}: it can be {NO_VIEW}, {', '.join(VIEWS)}")
    rng = np.random.default_rng([seed, 7919, [NO_VIEW, *VIEWS].index(view)])
    hidden = (0.618034 * seed + 0.37 * len(view)) % 1 < HIDDEN_SHARE  # spread evenly over seeds
    for tried in range(1, MOST_TRIES + 1):
        scene = drawn(rng, view, hidden=hidden)
        if scene is not None and (view == NO_VIEW or wanted(view, scene.clear, target=bool(targets(view, scene.clear)), hidden=hidden)):
            break
        hidden = hidden and tried < MOST_TRIES // 2  # some sections hide their target by no veil
    while scene is None:
        scene = drawn(rng, view, hidden=False)
    return finished(rng, seed, view, scene)


def drawn(rng: Rng, view: str, *, hidden: bool) -> Scene | None:
    """A person under a probe, and what the scan shows of the landmarks. hidden: what echoes about the targets is weak, as where bone turns away from
    the beams. None where the target lies out of reach and was wanted."""
    who = Subject.drawn(rng, shallow="hiatus" in view)
    section, medium = misses.drawn(rng, who) if view == NO_VIEW else (MAKERS[view](rng, who), "tissue")
    section.marks = {name: points for name, points in section.marks.items() if view != NO_VIEW and name in VIEWS[view].landmarks}
    section, field = probed(rng, section, who, view)
    met = field.first_bone(section.bones)
    aims = [point for name in PLAN_OF[view].target for point in section.marks.get(name, [])] if view != NO_VIEW else []
    if aims and not hidden and not any(reached(field, met[0], point, 2.0) for point in aims):
        return None
    look = Look.drawn(rng, deep_mm=field.depth_mm)
    veil = veiled(rng, field, aims) if hidden else np.ones(BEAMS)
    if hidden and section.marks.pop("nerve_root", []):  # as grey as what it lies in
        section.bodies.clear()
    laid = tissue.laid(rng, field, section, look, met, cover_mm=who.cover_mm, medium=medium, veil=veil)
    return Scene(section, field, look, laid, seen(section, field, laid, CLEAR))


def veiled(rng: Rng, field: Field, aims: list[Point]) -> Numbers:
    """(BEAMS,) the share that echoes keep: little about the targets."""
    veil = np.ones(BEAMS)
    for point in aims:
        beam, along = field.beam_of(*point)
        wide = between(rng, 3.5, 7.5) / field.pitch_mm(max(along, 1.0))
        veil = veil * (1 - between(rng, 0.6, 1.0) * np.exp(-(((np.arange(BEAMS) - beam) / wide) ** 4)))
    return veil


def probed(rng: Rng, section: Section, who: Subject, view: str) -> tuple[Section, Field]:
    """The section under a probe: shifted, turned a little, pressed, warped, mirrored; and a probe whose field holds the most of it."""
    plan = PLAN_OF.get(view)
    aims = [point for name in plan.target for point in section.marks.get(name, [])] if plan else []
    points = [point for places in section.marks.values() for point in places] or [(0.0, 20.0)]
    if view == "transverse_foramen" or (aims and len(aims) > 1 and chance(rng, 0.3)):  # one side alone
        middle = aims[int(rng.integers(len(aims)))][0] * between(rng, 0.5, 1.15)
    else:
        middle = rng.normal(0, 7.0 if section.sagittal else 5.0)
    aim_wide = max((abs(x - middle) for x, _ in aims), default=15.0)
    field = probes.drawn(rng, deep_mm=who.cover_mm + max(z for _, z in points), half_wide_mm=min(aim_wide, 40.0) + 2)
    pressed, squeeze, phase, wave, turn = between(rng, 0.9, 1.08), rng.normal(0, 1.0), between(rng, 0, 6.3), between(rng, 9, 22), rng.normal(0, 0.08)
    side = -1.0 if not section.sagittal and chance(rng, 0.5) else 1.0
    cos, sin = np.cos(turn), np.sin(turn)

    def move(line: Line) -> Line:
        x, z = side * (line[:, 0] - middle), line[:, 1] * pressed
        x, z = x * cos - z * sin, x * sin + z * cos
        return np.stack([x, z + who.cover_mm + squeeze * np.sin(x / wave + phase) * 0.6], axis=1)

    placed = section.moved(move)
    sink = max(0.0, 3.0 - min((float(bone[:, 1].min()) for bone in placed.bones), default=9.0))  # no bone lies in the skin
    return placed.moved(lambda line: np.add(line, (0.0, sink))), field


def seen(section: Section, field: Field, laid: tissue.Laid, least: Least) -> Told:
    """Landmarks that the scan shows, where their leading edges lie, left of the screen first."""
    told: Told = {}
    for name, points in section.marks.items():
        soft = name in SHEETS or name == "nerve_root"
        found = [reached(field, laid.first_mm, point, 1.0) if soft or name in OPENINGS else on_bone(field, laid, point) for point in points]
        shown = sorted(place for place in found if place is not None and shown_there(name, field, laid, place, least))
        if shown:
            told[name] = shown
    return told


def on_bone(field: Field, laid: tissue.Laid, point: Point) -> Point | None:
    """Where beams first meet bone next to a landmark; None where another bone shadows it, or it is outside the scan."""
    if not field.holds(*point):
        return None
    beam, along = field.beam_of(*point)
    reach = max(1, round(ASIDE_MM / field.pitch_mm(along)))
    beams = np.arange(max(0, round(beam) - reach), min(BEAMS, round(beam) + reach + 1))
    met = laid.first_mm[beams]
    beams, met = beams[np.isfinite(met)], met[np.isfinite(met)]
    if len(beams) == 0:
        return None
    places = field.starts[beams] + field.ways[beams] * met[:, None]
    apart = np.hypot(*(places - point).T)
    best = int(np.argmin(apart))
    place = float(places[best, 0]), float(places[best, 1])
    return place if apart[best] <= NEAR_MM and field.holds(*place) else None


def reached(field: Field, first_mm: Numbers, point: Point, under_mm: float) -> Point | None:
    """The place if it is inside the scan with no bone more than under_mm above it."""
    beam, along = field.beam_of(*point)
    return point if field.holds(*point) and first_mm[round(beam)] >= along - under_mm else None


def shown_there(name: str, field: Field, laid: tissue.Laid, place: Point, least: Least) -> bool:
    """By the rules of echo.py. A nerve root has no edge: it is told where what lies around it is bright enough, and it differs from that."""
    at = field.place(*place)
    if name != "nerve_root":
        return shows(name, laid.levels, laid.without, at, soft=name in SHEETS, least=least)
    own, around = at.part(laid.levels, (-0.8, 0.8), 1.6), at.part(laid.levels, (-6.0, 6.0), 12.0)
    return bool(own.size and around.mean() > 0.1 and abs(own.mean() / around.mean() - 1) >= (0.15 if least is CLEAR else 0.08))


def targets(view: str, clear: Told) -> list[Point]:
    """The view's targets in mm. Both landmarks of a target are of one side."""
    names = PLAN_OF[view].target
    if PLAN_OF[view].procedure == Procedure.CAUDAL:
        if not all(name in clear for name in names):
            return []
        band, floor = (np.array(clear[name][0]) for name in names)
        far = float(np.hypot(*(floor - band)))
        x, z = band + (floor - band) / max(far, 1e-6) * min(2.5, far / 2)
        return [(float(x), float(z))]
    pairs = [(one, other) for one in clear.get(names[0], []) for other in clear.get(names[-1], []) if abs(one[0] - other[0]) < 14.0]
    return [((one[0] + other[0]) / 2, (one[1] + other[1]) / 2) for one, other in pairs]


def finished(rng: Rng, seed: int, view: str, scene: Scene) -> ForeignFrame:
    """The picture with its grain, and its truth."""
    field = scene.field
    picture = field.picture(speckled(rng, field, scene.laid.levels, scene.look).astype(np.float32))
    if chance(rng, 0.3):
        picture = ndimage.gaussian_filter(picture, between(rng, 0.4, 1.0))
    pixels = np.clip(np.round(picture * 255), 0, 255).astype(np.uint8)
    (left, _), (right, bottom) = field.pixel(-field.cut_mm, 0.0), field.pixel(field.cut_mm, field.depth_mm)
    box = (max(0, round(left)), 0, min(field.shape_px[1], round(right) + 1), min(field.shape_px[0], round(bottom) + 1))
    return ForeignFrame(pixels, truth_of(rng, seed, view, scene), box)


def truth_of(rng: Rng, seed: int, view: str, scene: Scene) -> dict[str, Any]:
    """A line of truth.jsonl without its frame's name."""
    field, sagittal, dim = scene.field, scene.section.sagittal, seen(scene.section, scene.field, scene.laid, DIM)
    screen_left = "cranial" if sagittal else ("patient_left", "patient_right")[int(rng.integers(2))]
    truth: dict[str, Any] = {
        "clip": f"v{seed}", "captured_ns": 0, "subject": f"v{seed}", "view": view, "procedure": None, "side": None, "screen_left": screen_left,
        "mm_per_px": [field.mm_per_px, field.mm_per_px], "origin_px": list(field.origin_px),
        "geometry": {"kind": field.kind, "face_radius_mm": field.radius_mm if field.kind != "rectangle" else 0.0,
                     "face_half_width_mm": field.radius_mm * float(np.sin(field.half))},
        "landmarks": pixels_of(field, scene.clear), "dim": pixels_of(field, only_dim(dim, scene.clear)), "target": None}  # fmt: skip
    if view == NO_VIEW:
        return truth
    plan, found = PLAN_OF[view], targets(view, scene.clear)
    truth["procedure"] = plan.procedure.name.lower()
    if found:
        point = found[int(rng.integers(len(found)))]
        on_left = chance(rng, 0.5) if sagittal else point[0] < np.interp(point[1], scene.section.midline[:, 1], scene.section.midline[:, 0])
        truth["target"] = field.pixel(*point)
        truth["side"] = ("left" if on_left == (screen_left != "patient_right") else "right") if plan.sided else None
    return truth


def pixels_of(field: Field, told: Told) -> dict[str, list[list[float]]]:
    return {name: [field.pixel(*point) for point in points] for name, points in told.items()}
