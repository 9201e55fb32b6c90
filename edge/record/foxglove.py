"""What Foxglove draws over a recorded scan and lists beside it, in its own message types (docs.foxglove.dev, "Message schemas").

Rule 1: what is drawn is what was answered: a withheld frame has no target and no needle. Rule 2: points are in the recorded picture's pixels, from
the upper left corner of its first pixel, where ours are counted from that pixel's centre.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import cos, radians, sin
from typing import Any

from edge.guidance.geometry import frame_from_probe
from edge.guidance.session import Session
from edge.pipeline import Answer
from edge.types import Estimate, Landmark, Pointing, PointPx, Scan

NS_PER_S = 1_000_000_000
INFO, WARNING = 2, 3  # of foxglove.Log
LINE_STRIP = 3  # of foxglove.PointsAnnotation
STAMPS = frozenset({"kind", "boot", "monotonic_ns", "utc", "synchronised"})
Colour = tuple[float, float, float, float]
GREEN, BLUE, YELLOW, NOTHING = (0.2, 1.0, 0.3, 1.0), (0.4, 0.7, 1.0, 0.9), (1.0, 0.85, 0.2, 1.0), (0.0, 0.0, 0.0, 0.0)
BEHIND = (0.0, 0.0, 0.0, 0.6)
FONT_PX, MARGIN_PX = 14, 4

NUMBER, TEXT = {"type": "number"}, {"type": "string"}
TIME = {
    "type": "object",
    "properties": {"sec": {"type": "integer", "minimum": 0}, "nsec": {"type": "integer", "minimum": 0, "maximum": NS_PER_S - 1}},
}


def _titled(title: str, **properties: Any) -> dict[str, Any]:
    return {"title": f"foxglove.{title}", "type": "object", "properties": properties}


def _all_of(kind: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": kind}


POINT2, COLOR = _titled("Point2", x=NUMBER, y=NUMBER), _titled("Color", r=NUMBER, g=NUMBER, b=NUMBER, a=NUMBER)
IMAGE_SCHEMA = _titled("CompressedImage", timestamp=TIME, frame_id=TEXT, data={"type": "string", "contentEncoding": "base64"}, format=TEXT)
CIRCLE = _titled("CircleAnnotation", timestamp=TIME, position=POINT2, diameter=NUMBER, thickness=NUMBER, fill_color=COLOR, outline_color=COLOR)
LABEL = _titled("TextAnnotation", timestamp=TIME, position=POINT2, text=TEXT, font_size=NUMBER, text_color=COLOR, background_color=COLOR)
POINTS = _titled(
    "PointsAnnotation", timestamp=TIME, type={"type": "integer", "minimum": 0, "maximum": 4}, points=_all_of(POINT2), outline_color=COLOR,
    outline_colors=_all_of(COLOR), fill_color=COLOR, thickness=NUMBER,
)  # fmt: skip
ANNOTATIONS_SCHEMA = _titled("ImageAnnotations", circles=_all_of(CIRCLE), points=_all_of(POINTS), texts=_all_of(LABEL))
LEVEL = {"type": "integer", "minimum": 0, "maximum": 5}
LOG_SCHEMA = _titled("Log", timestamp=TIME, level=LEVEL, message=TEXT, name=TEXT, file=TEXT, line={"type": "integer", "minimum": 0})


def time_fields(at_ns: int) -> dict[str, int]:
    seconds, rest = divmod(at_ns, NS_PER_S)
    return {"sec": seconds, "nsec": rest}


def drawn_over(answer: Answer, scan: Scan, session: Session, corner_px: tuple[int, int]) -> dict[str, Any]:
    """foxglove.ImageAnnotations of one recorded picture. corner_px: where the picture begins in frame_px."""
    drawing = Drawing(scan, corner_px)
    for name, points in (answer.landmarks.points if answer.landmarks else {}).items():
        for point in points:
            drawing.landmark(name, point)
    guidance = answer.guidance
    if isinstance(guidance, Pointing):
        drawing.needle(guidance.estimate, in_plane=session.approach == "in_plane")
    drawing.caption(words_of(answer), GREEN if isinstance(guidance, Pointing) else YELLOW)
    return drawing.fields


class Drawing:
    """Annotations as they are put together, of one scan."""

    def __init__(self, scan: Scan, corner_px: tuple[int, int]) -> None:
        self._scan, self._corner_px = scan, corner_px
        self._time = time_fields(scan.captured_ns)
        self.fields: dict[str, Any] = {"circles": [], "points": [], "texts": []}

    def landmark(self, name: str, point: Landmark) -> None:
        """A circle of its interval, with its name."""
        self._circle((point.x_px, point.y_px), point.interval_mm, BLUE, NOTHING)
        self._text(name.replace("_", " "), self._place((point.x_px + 6, point.y_px - 6)), BLUE, NOTHING)

    def needle(self, found: Estimate, *, in_plane: bool) -> None:
        """The target's interval as a region, and the way to it where it lies in the picture."""
        self._circle(found.target_px, found.interval_mm, GREEN, (*GREEN[:3], 0.25))
        if in_plane:
            ends = [self._place(end) for end in (entry_px(self._scan, found), found.target_px)]
            way = {"timestamp": self._time, "type": LINE_STRIP, "points": ends}
            colours = {"outline_color": _colour(GREEN), "outline_colors": [], "fill_color": _colour(NOTHING), "thickness": 2}
            self.fields["points"].append(way | colours)

    def caption(self, text: str, colour: Colour) -> None:
        self._text(text, {"x": float(MARGIN_PX), "y": float(MARGIN_PX + FONT_PX)}, colour, BEHIND)

    def _circle(self, centre_px: PointPx, radius_mm: float, colour: Colour, fill: Colour) -> None:
        width = {"diameter": round(2 * radius_mm / self._scan.mm_per_px_x, 2), "thickness": 1.5}
        colours = {"fill_color": _colour(fill), "outline_color": _colour(colour)}
        self.fields["circles"].append({"timestamp": self._time, "position": self._place(centre_px)} | width | colours)

    def _text(self, text: str, place: dict[str, float], colour: Colour, behind: Colour) -> None:
        fields = {"timestamp": self._time, "position": place, "text": text, "font_size": FONT_PX}
        self.fields["texts"].append(fields | {"text_color": _colour(colour), "background_color": _colour(behind)})

    def _place(self, point_px: PointPx) -> dict[str, float]:
        """frame_px in the picture, from the corner of its first pixel."""
        left, top = self._corner_px
        return {"x": round(point_px[0] - left + 0.5, 2), "y": round(point_px[1] - top + 0.5, 2)}


def entry_px(scan: Scan, found: Estimate) -> PointPx:
    """Where an in-plane needle crosses the skin, in frame_px."""
    (x_mm, z_mm), lean = found.target_probe_mm, radians(found.angle_deg)
    return frame_from_probe(scan, (x_mm - found.insertion_mm * sin(lean), z_mm - found.insertion_mm * cos(lean)))


def log(at_ns: int, message: str, *, level: int = INFO, name: str = "tuffier") -> dict[str, Any]:
    """foxglove.Log."""
    return {"timestamp": time_fields(at_ns), "level": level, "message": message, "name": name, "file": "", "line": 0}


def words_of(answer: Answer) -> str:
    """An answer in one line."""
    guidance = answer.guidance
    if isinstance(guidance, Pointing):
        found = guidance.estimate
        needle = f"{found.angle_deg:+.1f} deg, insertion {found.insertion_mm:.1f} mm"
        return f"POINTING  {found.depth_mm:.1f} mm deep, {needle}, +-{found.interval_mm:.1f} mm"
    return f"WITHHELD  {guidance.reason.name.lower().replace('_', ' ')}: {guidance.hint}"


def words_of_device(kind: str, fields: Mapping[str, Any]) -> str:
    """What the device said or was told, in one line, without its stamps."""
    told = [f"{name} {value if isinstance(value, str) else json.dumps(value)}" for name, value in fields.items() if name not in STAMPS]
    return f"{kind}: {', '.join(told)}"


def _colour(colour: Colour) -> dict[str, float]:
    return dict(zip("rgba", colour, strict=True))
