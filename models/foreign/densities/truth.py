"""Finds the scene's landmarks on the surfaces that the plane cut, and tells which of them can be seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.foreign import echo
from models.foreign.densities.bodies import F32, Triple
from models.foreign.densities.probe import Probe
from models.foreign.densities.scene import Mark, Scene

LIT = 0.25  # share of the sound that must reach a landmark

Point = tuple[float, float]  # (u, v) in mm


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """What the plane shows. warped: body points of the grid's places; unwarp: the place in the plane of a body point."""

    scene: Scene
    probe: Probe
    density: F32
    owner: NDArray[np.int16]
    warped: F32
    unwarp: Callable[[Triple], Point]
    passed: F32
    clean: F32


@dataclass(frozen=True, slots=True)
class Found:
    """A landmark that is seen; side: -1 where body x is negative."""

    name: str
    u_mm: float
    v_mm: float
    side: int


def find(cut: Cut, view: str, least: echo.Least = echo.CLEAR) -> list[Found]:
    """The landmarks that are seen."""
    places: list[tuple[Mark, Point]] = []
    for mark in cut.scene.marks:
        at = _place(cut, mark)
        if at is not None:
            places.append((mark, at))
    places = _along(cut, view, places)
    return [Found(mark.name, *at, -1 if mark.point_mm[0] < 0 else 1) for mark, at in places if _seen(cut, mark, at, least)]


def _place(cut: Cut, mark: Mark) -> Point | None:
    u, v = cut.unwarp(mark.point_mm)
    row, column = (float(one) for one in cut.probe.place(u, v))
    if not (1 <= column <= cut.probe.beams - 2 and 1 <= row <= cut.probe.samples - 2):
        return None
    match mark.how:
        case "on":
            near = _crossing(cut, round(column), row, mark.reach_mm, mark.bone)
            return None if near is None else cut.probe.at(near, round(column))
        case "top" | "valley":
            return _extreme(cut, mark, row, column)
        case "end":
            return _end(cut, mark, row, column)
        case "hole":
            return _hole(cut, mark)
        case "gap":
            return _gap(cut, mark, row, column)
        case _:
            return _on_sheet(cut, mark, column) if mark.sheet >= 0 else (u, v)


def _crossing(cut: Cut, column: int, row: float, reach_mm: float, bone: int) -> float | None:
    """The row, as a fraction, where this beam enters the bone nearest to a row."""
    if not 0 <= column < cut.probe.beams:
        return None
    down = cut.density[:, column]
    enters = np.flatnonzero((down[:-1] <= 0) & (down[1:] > 0))
    if bone >= 0:
        enters = enters[cut.owner[enters + 1, column] == bone]
    if not len(enters):
        return None
    exact = enters + down[enters] / (down[enters] - down[enters + 1])
    best = int(np.argmin(np.abs(exact - row)))
    return float(exact[best]) if abs(exact[best] - row) * cut.probe.step_mm <= reach_mm else None


def _window(cut: Cut, mark: Mark, row: float, column: float, reach_mm: float) -> list[tuple[Point, float]]:
    """Lit surface points within reach_mm across, with their columns."""
    apart = float(cut.probe.apart_mm()[int(row), 0])
    found = []
    for beam in range(int(np.ceil(column - reach_mm / apart)), int(column + reach_mm / apart) + 1):
        near = _crossing(cut, beam, row, mark.reach_mm + 4, mark.bone)
        if near is not None and _lit(cut, near, beam):
            found.append((cut.probe.at(near, beam), float(beam)))
    return found


def _lit(cut: Cut, row: float, column: float) -> bool:
    return bool(cut.passed[max(0, int(row - 0.7 / cut.probe.step_mm)), round(column)] > LIT)


def _extreme(cut: Cut, mark: Mark, row: float, column: float) -> Point | None:
    """The shallowest or the deepest place within reach; none where the surface goes on past the window's end."""
    points = _window(cut, mark, row, column, mark.reach_mm)
    if len(points) < 3:
        return None
    depths = [point[1] for point, _ in points]
    best = int(np.argmin(depths) if mark.how == "top" else np.argmax(depths))
    if mark.how == "top" and best in (0, len(points) - 1) and len(points) > 4 and mark.reach_mm < 4:
        return None
    return points[best][0]


def _end(cut: Cut, mark: Mark, row: float, column: float) -> Point | None:
    """The last lit place of a surface that does not fall steeply, walked from the mark."""
    apart = float(cut.probe.apart_mm()[int(row), 0])
    u_across = mark.towards
    last: Point | None = None
    reach = mark.reach_mm
    beam, tolerance, walked = round(column), 4.0 if mark.steep < 1.5 else 7.0, 0.0
    while walked <= reach:
        near = _crossing(cut, beam, row, tolerance, mark.bone)
        if not 0 < beam < cut.probe.beams - 1 or (last is not None and near is not None and not _lit(cut, near, beam)):
            return None  # the field or the light ends, not the bone
        if near is None or not _lit(cut, near, beam):
            if last is None and walked < 2:  # the mark itself may lie just beyond the surface
                beam, walked = beam - u_across, walked + apart
                continue
            return last
        last, row, tolerance = cut.probe.at(near, beam), near, max(0.45, mark.steep * apart)
        beam, walked = beam + u_across, walked + apart
    return None


def _hole(cut: Cut, mark: Mark) -> Point | None:
    """Midway between the two lips."""
    lips = []
    for side in (-1, 1):
        x, y, z = mark.point_mm
        lip = Mark(mark.name, (x + side * (mark.reach_mm / 2 + 2.5), y, z), "end", 4.5, towards=-side, bone=mark.bone)
        lips.append(_place(cut, lip))
    one, other = lips
    return None if one is None or other is None else ((one[0] + other[0]) / 2, (one[1] + other[1]) / 2)


def _gap(cut: Cut, mark: Mark, row: float, column: float) -> Point | None:
    """Where the cleft meets the line that touches both of its sides dorsally."""
    points = [point for point, _ in _window(cut, mark, row, column, 7.5)]
    u = cut.probe.at(row, column)[0]
    left = [p for p in points if p[0] < u - mark.reach_mm * 0.4]
    right = [p for p in points if p[0] > u + mark.reach_mm * 0.4]
    if len(left) < 2 or len(right) < 2:
        return None
    (ul, vl), (ur, vr) = np.array(left).T[:, :, None], np.array(right).T[:, None, :]
    depth = vl + (vr - vl) * (u - ul) / np.maximum(ur - ul, 0.1)
    return u, float(depth.min())


def _on_sheet(cut: Cut, mark: Mark, column: float) -> Point | None:
    """Where the beam meets a sheet's upper face."""
    beam = round(column)
    sheet = cut.scene.sheets[mark.sheet]
    x, y, z = cut.warped[:, :, beam]
    below = z - sheet.depth_at(x, y)
    enters = np.flatnonzero((below[:-1] <= 0) & (below[1:] > 0))
    if not len(enters):
        return None
    row = int(enters[0])
    return cut.probe.at(row + float(below[row] / (below[row] - below[row + 1])), beam)


def _along(cut: Cut, view: str, places: list[tuple[Mark, Point]]) -> list[tuple[Mark, Point]]:
    """Sagittal views: landmarks that are told by where others are."""
    at = {mark.name: point for mark, point in places}
    if view == "paramedian_oblique":
        if "lamina_cranial" in at and "lamina_caudal" in at:
            return [(mark, _perpendicular(cut, mark, at["lamina_cranial"], at["lamina_caudal"]) if mark.how == "soft" else p) for mark, p in places]
        return [(mark, p) for mark, p in places if mark.how != "soft"]
    if view == "longitudinal_sacral_hiatus":
        return _below_apex(cut, places, at.get("hiatus_apex"))
    return places


def _perpendicular(cut: Cut, mark: Mark, one: Point, other: Point) -> Point:
    """Where the line through the middle of one and other, square to them, meets the mark's sheet."""
    middle = np.add(one, other) / 2
    chord = np.subtract(other, one) / np.hypot(*np.subtract(other, one))
    square = np.array([-chord[1], chord[0]])
    steps = np.arange(-8, 32, 0.1)
    u, v = middle[0] + steps * square[0], middle[1] + steps * square[1]
    row, column = (np.clip(np.round(k).astype(int), 0, n - 1) for k, n in zip(cut.probe.place(u, v), cut.density.shape, strict=True))
    x, y, z = cut.warped[:, row, column]
    below = np.abs(z - cut.scene.sheets[mark.sheet].depth_at(x, y))
    best = int(np.argmin(below))
    return float(u[best]), float(v[best])


def _below_apex(cut: Cut, places: list[tuple[Mark, Point]], apex: Point | None) -> list[tuple[Mark, Point]]:
    """The ligament 5 mm towards the feet of the apex, and its foot on the floor."""
    if apex is None:
        return []
    marks = {mark.name: mark for mark, _ in places}
    kept = [(marks["hiatus_apex"], apex)]
    row, column = (float(k) for k in cut.probe.place(apex[0] + 5, apex[1]))
    band = marks.get("scl")
    on_band = _on_sheet(cut, band, column) if band and 0 <= round(column) < cut.probe.beams else None
    if band is None or on_band is None:
        return kept
    kept.append((band, on_band))
    floor = marks.get("sacral_floor")
    if floor is not None:
        row = float(cut.probe.place(*on_band)[0]) + 4 / cut.probe.step_mm
        points = [p for p, _ in _window(cut, floor, row, column, 5) if p[1] > on_band[1] + 0.8]
        if points:
            kept.append((floor, min(points, key=lambda p: np.hypot(p[0] - on_band[0], p[1] - on_band[1]))))
    return kept


def _seen(cut: Cut, mark: Mark, at: Point, least: echo.Least) -> bool:
    """Whether it lies in the field, is lit, and stands out of the clean picture."""
    row, column = (float(k) for k in cut.probe.place(*at))
    step = cut.probe.step_mm
    if not (1 <= column <= cut.probe.beams - 2 and 2 <= row <= cut.probe.samples - 3 / step and _lit(cut, row, column)):
        return False
    if mark.name == "nerve_root":
        return bool(cut.clean[int(row), round(column)] > 0.03)

    place = echo.Place(column, row, float(cut.probe.apart_mm()[int(row), 0]), step)
    return echo.edges_beside(cut.clean.T, place, least) if mark.how in ("gap", "hole") else echo.clear(cut.clean.T, place, least)
