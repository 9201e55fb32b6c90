"""Densities: bones as densities in three dimensions, cut by the probe's plane, and echoes computed as from a CT. Drawn frames that teach.

Rule: shares nothing with models/phantom or with another renderer but what a view is (edge.catalogue).
"""

from __future__ import annotations

from collections.abc import Callable
from zlib import crc32

import numpy as np
from scipy.ndimage import gaussian_filter

from edge.catalogue import NO_VIEW, PLAN_OF, VIEWS
from models.foreign.densities import elsewhere, lumbar, sacrum
from models.foreign.densities.bodies import F32, Rng, Triple, cut
from models.foreign.densities.echoes import echoes, look, smooth
from models.foreign.densities.line import points_px, truth_line
from models.foreign.densities.probe import converted, probe, screen
from models.foreign.densities.scene import Pose, Scene
from models.foreign.densities.truth import Cut, Found, find
from models.foreign.echo import DIM, HIDDEN_SHARE, only_dim, wanted
from models.foreign.foreign_frame import ForeignFrame, GreyPicture

NAMES = (*VIEWS, NO_VIEW)
SCENES: dict[str, Callable[[Rng], Scene]] = {**lumbar.VIEWS, **sacrum.VIEWS, NO_VIEW: elsewhere.scene}
ATTEMPTS = 24  # a plane that shows less than its view is drawn again


def render(seed: int, view: str) -> ForeignFrame:
    """One frame. Raises ValueError on an unknown view."""
    if view not in SCENES:
        raise ValueError(f"no view {view!r}: it can be {', '.join(NAMES)}")
    hidden = np.random.default_rng([seed, crc32(view.encode())]).random() < HIDDEN_SHARE
    for attempt in range(ATTEMPTS):
        draw = np.random.default_rng([seed, crc32(view.encode()), attempt])
        if (frame := _drawn(draw, seed, view, hidden=hidden, final=attempt == ATTEMPTS - 1)) is not None:
            return frame
    raise AssertionError("the final attempt is always drawn")


def _drawn(draw: Rng, seed: int, view: str, *, hidden: bool, final: bool) -> ForeignFrame | None:
    """A frame; None if it does not show what its view needs, unless this is the final attempt."""
    scene = SCENES[view](draw)
    of = probe(draw, scene.deep_mm, scene.wide_mm)
    how = look(draw)
    grid = of.grid_mm()
    warp = _warp(draw)
    points = scene.pose.points(*grid)
    warped = points + warp(points)
    density, owner = cut(warped, scene.pose.normal, scene.lumps, scene.blend_mm)
    if how.rough_mm:
        density = density + np.float32(how.rough_mm) * smooth(draw, density.shape, 40, 60)
    seen = echoes(draw, scene, of, how, grid, warped, density)
    what = Cut(scene, of, density, owner, warped, lambda point: _unwarped(scene.pose, warp, point), seen.passed, seen.clean)
    found = find(what, view)
    if not (final or view == NO_VIEW or _as_wanted(scene, view, found, draw, hidden=hidden)):
        return None
    onto = screen(draw, of)
    picture, inside = converted(seen.grey, of, onto)
    mirrored = scene.pose.sagittal and draw.random() < 0.5
    truth = truth_line(draw, seed, view, scene, of, onto, found, mirrored=mirrored)
    truth["dim"] = {} if view == NO_VIEW else only_dim(points_px(find(what, view, DIM), onto, mirrored=mirrored), truth["landmarks"])
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    pixels = _finished(draw, picture, inside)
    left, right = int(columns[0]), int(columns[-1]) + 1
    if mirrored:
        pixels, left, right = np.ascontiguousarray(pixels[:, ::-1]), onto.width_px - right, onto.width_px - left
    return ForeignFrame(pixels, truth, (left, int(rows[0]), right, int(rows[-1]) + 1))


def _as_wanted(scene: Scene, view: str, found: list[Found], draw: Rng, *, hidden: bool) -> bool:
    """Every key landmark is seen on one side at least; in one frame of twelve one of them may be missing. Where the target shall hide, it does."""
    told = {one.name for one in found}
    missing = set(scene.key) - told
    if hidden:
        return len(told) >= 2 and wanted(view, told, target=told.issuperset(PLAN_OF[view].target), hidden=True)
    return not missing or (len(missing) == 1 and len(told) >= 2 and draw.random() < 0.08)


def _warp(draw: Rng) -> Callable[[F32], F32]:
    """Slow bends of the body in mm: no two bones are of one mould. Takes and gives (3, ...)."""
    most = draw.uniform(0, 1.3)
    waves = [(draw.normal(0, 1, 3), draw.normal(0, 1, 3) / draw.uniform(7, 25), draw.uniform(0, 6.3)) for _ in range(3)]

    def warp(points: F32) -> F32:
        total = np.zeros(points.shape, np.float32)
        for push, wave, phase in waves:
            swing = np.sin(np.tensordot(wave.astype(np.float32), points, axes=1) + np.float32(phase))
            total += (most * 0.5 * push).astype(np.float32).reshape(3, *[1] * (points.ndim - 1)) * swing
        return total

    return warp


def _unwarped(pose: Pose, warp: Callable[[F32], F32], point: Triple) -> tuple[float, float]:
    """(u, v) of the place whose warped body point is, in the plane, the given one."""
    place = np.asarray(point, np.float32)
    guess = place
    u = v = 0.0
    for _ in range(4):
        u, v, there = pose.seen_at((float(guess[0]), float(guess[1]), float(guess[2])))
        guess = place - warp(np.asarray(there, np.float32))
    return u, v


def _finished(draw: Rng, picture: F32, inside: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> GreyPicture:
    """The scanner's smoothing or edges, a little noise, black outside the scan."""
    soft = draw.uniform(0.0, 0.9)
    smoothed = gaussian_filter(picture, soft, truncate=2.5) if soft > 0.25 else picture
    if draw.random() < 0.25:
        smoothed = smoothed + draw.uniform(0.2, 0.9) * (smoothed - gaussian_filter(smoothed, 2.0, truncate=2))
    smoothed = smoothed + draw.uniform(0, 0.02) * draw.standard_normal(picture.shape, dtype=np.float32)
    return np.asarray(np.clip(smoothed * 255, 0, 255) * inside, np.uint8)
