"""Landmarks to the target of the chosen procedure and side, and from it to depth, angle and insertion."""

from __future__ import annotations

from math import atan2, degrees, hypot

from edge.catalogue import LEAST_BRIGHTNESS, VIEWS, Plan
from edge.guidance import geometry
from edge.guidance.geometry import Aim, Face
from edge.guidance.session import Session, entry_x_mm, outward
from edge.model.manifest import Manifest
from edge.types import Estimate, Landmark, Landmarks, Missed, PointMm, PointPx, Scan, Target
from firmware_bridge.wire import Procedure, Reason

CAUDAL_ADVANCE_MM = 2.5  # through the ligament, never further (PROCEDURES: stop at the ligament)
BESIDE_MM = 2.0  # a target nearer to its medial landmark than this has no side
DEPTH_SHARE = 0.80  # a 2D Gaussian's 95 % radius is 2.45 sigma, one axis needs 1.96
# 200 phantom subjects, three poses each: one side's lips and margins lie at most 20.0 and 6.5 mm apart, those of two sides at least 36.7 and 53.3 mm
MARGINS_MOST_MM = 25.0  # so a foramen's lips or a joint's margins further apart than this are not of one side
# 60 phantom subjects: a target and the landmark beside it lie 3.7 to 20.3 mm apart (lamina and facet furthest)
NEIGHBOUR_MOST_MM = 25.0
# a landmark cut by the picture's side leaves the same echo at its edge: 2,771 validation frames, targets over 0.6: 4 of 45 that lay within 2 mm of it
# were not in the picture or elsewhere, 16 of 2,049 of the others
EDGE_MM = 2.0
PAIR_LEAST_MM = 15.0  # two points of one name further apart than this stand on two sides


def locate(landmarks: Landmarks, scan: Scan, session: Session, manifest: Manifest) -> Estimate | Missed:
    """The target in this frame with its needle, or why there is none."""
    found = target_of(landmarks, scan, session, manifest)
    if isinstance(found, Missed):
        return found
    direction = outward(session, landmarks.view, scan.orientation)
    return estimate(
        found.target_probe_mm,
        scan=scan,
        session=session,
        direction=direction,
        interval_mm=found.interval_mm,
        confidence=found.confidence,
        contrast=found.contrast,
    )


def target_of(landmarks: Landmarks, scan: Scan, session: Session, manifest: Manifest) -> Target | Missed:
    """The target in this frame, or why there is none. Pure geometry: thresholds on view and interval are the gate's."""
    plan = session.plan
    if landmarks.view not in plan.views:
        return Missed(Reason.WRONG_VIEW)
    direction = outward(session, landmarks.view, scan.orientation)
    if direction == 0:
        return Missed(Reason.ORIENTATION_UNKNOWN)
    chosen = _chosen(landmarks, scan, session, direction)
    if isinstance(chosen, Missed):
        return chosen
    if _pivot_below_skin(session, scan):
        return Missed(Reason.OUT_OF_REACH, "the bracket's pivot lies below the skin: check pivot_mm and the profile's face")
    dark = [name for name, point in zip(plan.target, chosen, strict=True) if point.brightness < LEAST_BRIGHTNESS.get(name, 0)]
    if dark:
        return Missed(Reason.LANDMARK_MISSING, f"{dark[0]}, too dark there: more gain".replace("_", " "))
    clearances_mm = [geometry.side_clearance_mm(scan, (point.x_px, point.y_px)) for point in chosen]
    if not min(clearances_mm) >= EDGE_MM:
        at = chosen[clearances_mm.index(min(clearances_mm))]
        way = "right" if at.x_px > scan.origin_px[0] else "left"
        return Missed(Reason.OFF_AXIS, f"at the picture's edge: slide the probe towards the screen's {way}")
    target_px = combine(session.procedure, [(point.x_px, point.y_px) for point in chosen], scan)
    interval = max([point.interval_mm for point in chosen]) * manifest.target_factor.get(session.procedure.name.lower(), 1.0)
    confidence, contrast = min([point.confidence for point in chosen]), min([point.contrast for point in chosen])
    return Target(geometry.probe_from_frame(scan, target_px), interval, confidence, contrast)


def combine(procedure: Procedure, points_px: list[PointPx], scan: Scan) -> PointPx:
    """The target from its landmarks, in the plan's order: caudal just through the ligament, else the middle of the points."""
    if procedure is Procedure.CAUDAL:
        return geometry.frame_from_probe(scan, combined(procedure, [geometry.probe_from_frame(scan, point) for point in points_px]))
    return combined(procedure, points_px)


def combined(procedure: Procedure, points_mm: list[PointMm]) -> PointMm:
    """combine, in probe_mm. A middle is one in pixels too."""
    if procedure is Procedure.CAUDAL:
        scl, floor = points_mm
        share = caudal_share(hypot(floor[0] - scl[0], floor[1] - scl[1]))
        return scl[0] + share * (floor[0] - scl[0]), scl[1] + share * (floor[1] - scl[1])
    return sum([point[0] for point in points_mm]) / len(points_mm), sum([point[1] for point in points_mm]) / len(points_mm)


def caudal_share(height_mm: float) -> float:
    """How much of the way from the ligament to the floor, so far apart, the target lies: just through, and never beyond the middle."""
    return min(CAUDAL_ADVANCE_MM, height_mm / 2) / height_mm if height_mm else 0.0


def estimate(
    target_mm: PointMm, *, scan: Scan, session: Session, direction: int, interval_mm: float, confidence: float, contrast: float
) -> Estimate:
    """The needle for a target in probe_mm, with the target's interval carried through to depth and angle."""
    aim = aim_at(target_mm, session, Face(scan.geometry.face_radius_mm, scan.geometry.face_half_width_mm), direction)
    across_mm = DEPTH_SHARE * interval_mm
    return Estimate(
        target_probe_mm=target_mm,
        target_px=geometry.frame_from_probe(scan, target_mm),
        depth_mm=target_mm[1],
        lateral_mm=target_mm[0],
        angle_deg=aim.angle_deg,
        insertion_mm=aim.insertion_mm,
        interval_mm=interval_mm,
        depth_interval_mm=across_mm,
        angle_interval_deg=degrees(atan2(across_mm, aim.insertion_mm)),
        confidence=confidence,
        pivot_mm=aim.pivot_mm,
        contrast=contrast,
    )


def aim_at(target_mm: PointMm, session: Session, face: Face, direction: int) -> Aim:
    """The chosen approach's needle."""
    needle = session.needle
    if session.approach == "out_of_plane":
        return geometry.aim_out_of_plane(target_mm, entry_y_mm=needle.entry_y_mm)
    return geometry.aim_in_plane(target_mm, entry_x_mm=entry_x_mm(session, direction), face=face, pivot_mm=needle.pivot_mm)


def _pivot_below_skin(session: Session, scan: Scan) -> bool:
    """A convex face stands higher at its ends than in the middle: no line from below it crosses the skin."""
    pivot = session.needle.pivot_mm
    face = Face(scan.geometry.face_radius_mm, scan.geometry.face_half_width_mm)
    return pivot is not None and pivot[1] >= geometry.skin_z_mm(pivot[0], face)


def _chosen(landmarks: Landmarks, scan: Scan, session: Session, direction: int) -> list[Landmark] | Missed:
    """One point for each of the target's landmarks, on the chosen side."""
    plan = session.plan
    if plan.lateral and not _on_chosen_side(plan, landmarks, scan, direction):
        return Missed(Reason.SIDE_UNCLEAR, f"check the side: {plan.medial} and {plan.lateral} tell it".replace("_", " "))
    chosen: list[Landmark] = []
    for name in plan.target:
        candidates = landmarks.points.get(name, ())
        if not candidates:
            return Missed(Reason.LANDMARK_MISSING, name.replace("_", " "))
        found = candidates[0] if plan.medial is None or plan.lateral else _on_side(candidates, plan, landmarks, scan, direction)
        if found is None:
            return Missed(Reason.SIDE_UNCLEAR)
        chosen.append(found)
    if len(chosen) == 2 and plan.medial is not None:
        # foramen lips and joint margins are named from medial to lateral; one of each side would put the target on the midline
        apart_mm = (chosen[1].x_px - chosen[0].x_px) * direction * scan.mm_per_px_x
        if not 0 < apart_mm <= MARGINS_MOST_MM:
            return Missed(Reason.SIDE_UNCLEAR)
    return chosen


def _on_chosen_side(plan: Plan, landmarks: Landmarks, scan: Scan, direction: int) -> bool:
    """Whether the landmark that always lies lateral of `medial` is drawn there for the chosen side.

    1,082 phantom frames of as many subjects: a nerve root lies from 10.6 mm medial to 21 mm lateral of the articular edge, 3 % medial, so these
    two do not tell the side. The intertransverse ligament's middle lies 0.9 to 16.6 mm lateral of the edge, 99 % of them at least 2.8 mm.
    """
    medial, lateral = landmarks.points.get(plan.medial or "", ()), landmarks.points.get(plan.lateral, ())
    return bool(medial and lateral) and (lateral[0].x_px - medial[0].x_px) * direction * scan.mm_per_px_x > BESIDE_MM


def _on_side(candidates: tuple[Landmark, ...], plan: Plan, landmarks: Landmarks, scan: Scan, direction: int) -> Landmark | None:
    """The candidate beyond the medial landmark on the chosen side; None where geometry does not tell."""
    medial = landmarks.points.get(plan.medial or "", ())
    if medial:
        beyond = [point for point in candidates if (point.x_px - medial[0].x_px) * direction * scan.mm_per_px_x > BESIDE_MM]
        return max(beyond, key=lambda point: point.confidence) if beyond else None
    if len(candidates) == 2 and (candidates[1].x_px - candidates[0].x_px) * scan.mm_per_px_x > PAIR_LEAST_MM:
        return candidates[1] if direction > 0 else candidates[0]
    if len(plan.target) == 2 and len(candidates) == 1 and plan.medial in VIEWS[landmarks.view].landmarks:
        # two named margins in one order tell the side themselves: checked by the caller
        return candidates[0]
    return _beyond_neighbour(candidates, landmarks.points.get(plan.beside, ()), scan, direction)


def _beyond_neighbour(candidates: tuple[Landmark, ...], neighbours: tuple[Landmark, ...], scan: Scan, direction: int) -> Landmark | None:
    """The one candidate that lies on the chosen side of every neighbour within reach of it. A neighbour is nearer to the midline than the target,
    whichever side it is of, so that the midline itself need not be seen."""
    found = []
    for point in candidates:
        apart_mm = [(point.x_px - other.x_px) * direction * scan.mm_per_px_x for other in neighbours]
        near_mm = [each for each in apart_mm if abs(each) <= NEIGHBOUR_MOST_MM]
        if near_mm and min(near_mm) > BESIDE_MM:
            found.append(point)
    return found[0] if len(found) == 1 else None
