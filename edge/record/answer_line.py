"""One answer as the JSON line that replay, recordings and the page share. DESIGN.md, "Commands", is its contract."""

from __future__ import annotations

import json
from typing import Any

from edge.guidance.session import Session
from edge.pipeline import Answer
from edge.types import Pointing, Scan
from firmware_bridge.wire import Side

DIGITS = 4  # of a millimetre or pixel: far below any error, and the same on every machine


def answer_fields(answer: Answer, session: Session) -> dict[str, Any]:
    """The line's fields; what does not apply is None. A withheld frame has no depth, angle or target."""
    scan = answer.scan if isinstance(answer.scan, Scan) else None
    landmarks, guidance = answer.landmarks, answer.guidance
    found = guidance.estimate if isinstance(guidance, Pointing) else None
    return {
        "frame_id": guidance.frame_id,
        "captured_ns": guidance.captured_ns,
        "state": "pointing" if found else "withheld",
        "reason": None if isinstance(guidance, Pointing) else guidance.reason.name.lower(),
        "hint": guidance.hint or None,
        "view": landmarks.view if landmarks else None,
        "view_confidence": _rounded(landmarks.view_confidence) if landmarks else None,
        "procedure": session.procedure.name.lower(),
        "side": None if session.side is Side.NONE else session.side.name.lower(),
        "mm_per_px": _pair(scan.mm_per_px_x, scan.mm_per_px_y, 6) if scan else None,
        "scale_source": scan.scale_source if scan else None,
        "origin_px": _pair(*scan.origin_px) if scan else None,
        "depth_mm": _rounded(found.depth_mm) if found else None,
        "lateral_mm": _rounded(found.lateral_mm) if found else None,
        "angle_deg": _rounded(found.angle_deg) if found else None,
        "insertion_mm": _rounded(found.insertion_mm) if found else None,
        "pivot_mm": _rounded(found.pivot_mm) if found and found.pivot_mm is not None else None,
        "interval_mm": _rounded(found.interval_mm) if found else None,
        "depth_interval_mm": _rounded(found.depth_interval_mm) if found else None,
        "angle_interval_deg": _rounded(found.angle_interval_deg) if found else None,
        "target_px": _pair(*found.target_px) if found else None,
        "landmarks_px": {
            name: [[_rounded(point.x_px), _rounded(point.y_px), _rounded(point.confidence), _rounded(point.interval_mm)] for point in points]
            for name, points in landmarks.points.items()
        }
        if landmarks
        else None,
    }


def answer_line(answer: Answer, session: Session) -> str:
    """One line, no newline at its end."""
    return json.dumps(answer_fields(answer, session), ensure_ascii=False, allow_nan=False)


def _rounded(value: float, digits: int = DIGITS) -> float:
    # adding 0.0 turns -0.0 into 0.0
    return round(value, digits) + 0.0


def _pair(x: float, y: float, digits: int = DIGITS) -> list[float]:
    return [_rounded(x, digits), _rounded(y, digits)]
