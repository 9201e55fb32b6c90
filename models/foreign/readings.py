"""What people read off real frames: views and landmarks by eye, two readers, and how far they agree.

The pictures are not in the repository; `python -m models.foreign readings OUT --frames DIR` turns them probe upwards and writes them with a
truth.jsonl, so that `tuffier score OUT --scale truth` judges a model by them. DIR is laid out as TUFFIER_REAL_FRAMES is.

Rule 1: no reading teaches a network. Rule 2: half of the people are for choosing between networks, the other half only for reporting.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from edge.catalogue import NO_VIEW, PLAN_OF, VIEWS, Plan
from edge.judge import agreement as agreements
from edge.judge.agreement import Agreement, Read

FOLDER = Path(__file__).resolve().parent / "readers"
READERS = ("a", "b")
SURE = "sure"
NEAR_MM = 3.0

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Reading:
    """One reader's word on one frame; pixels are those of the stored picture. turn_deg: against the clock, brings the probe to the top. mm_per_px:
    None where no scale holds. seen: bone that is there though the view is not whole."""

    frame: str
    subject: str
    half: str
    view: str
    certainty: str
    turn_deg: int
    screen_left: str
    probe: str
    mm_per_px: Point | None
    landmarks: Mapping[str, tuple[Point, ...]]
    seen: Mapping[str, tuple[Point, ...]]

    @property
    def whole(self) -> bool:
        """Whether the reader sees a whole view of the catalogue, and is not unsure of it."""
        return self.view != NO_VIEW and self.certainty != "unsure"


def read(reader: str, folder: Path = FOLDER) -> list[Reading]:
    """A reader's lines in order. Raises OSError, KeyError or ValueError."""
    lines = (folder / f"{reader}.jsonl").read_text(encoding="utf-8").splitlines()
    return [_parsed(json.loads(line)) for line in lines if line.strip()]


def _parsed(fields: Mapping[str, Any]) -> Reading:
    if fields["view"] != NO_VIEW and fields["view"] not in VIEWS:
        raise ValueError(f"{fields['frame']}: view {fields['view']!r}")
    scale = fields["mm_per_px"]
    return Reading(
        fields["frame"],
        fields["subject"],
        fields["half"],
        fields["view"],
        fields["certainty"],
        int(fields["turn_deg"]),
        fields["screen_left"],
        fields["probe"],
        None if scale is None else (float(scale[0]), float(scale[1])),
        _points(fields["landmarks"]),
        _points(fields["seen"]),
    )


def _points(fields: Mapping[str, Any]) -> dict[str, tuple[Point, ...]]:
    return {name: tuple((float(x), float(y)) for x, y in points) for name, points in fields.items()}


def turned_point(point: Point, turn_deg: int, size: tuple[int, int]) -> Point:
    """A pixel of a stored picture of (width, height) in the picture turned against the clock by 0, 90, 180 or 270 degrees."""
    x, y = point
    width, height = size
    match turn_deg:
        case 0:
            return x, y
        case 90:
            return y, width - 1 - x
        case 180:
            return width - 1 - x, height - 1 - y
        case 270:
            return height - 1 - y, x
    raise ValueError(f"turn_deg {turn_deg}: 0, 90, 180 or 270")


def truth_line(reading: Reading, name: str, size: tuple[int, int]) -> dict[str, Any]:
    """As truth.jsonl has it, of the turned picture. A side is stated where the view's procedure is sided: the one nearer to the middle."""
    landmarks = {
        label: [list(point) for point in sorted(turned_point(point, reading.turn_deg, size) for point in points)]
        for label, points in reading.landmarks.items()
    }
    procedure = PLAN_OF.get(reading.view)
    sagittal = reading.view != NO_VIEW and VIEWS[reading.view].plane == "sagittal"
    left = reading.screen_left
    if left == "unknown":  # nobody can tell: an operator would state one, and a mirrored picture is as good
        left = "cranial" if sagittal else "patient_left"
    scale = reading.mm_per_px
    mm_per_px = scale if scale is None or reading.turn_deg % 180 == 0 else scale[::-1]
    return {
        "frame": name,
        "subject": reading.subject,
        "view": reading.view,
        "procedure": procedure.procedure.name.lower() if procedure else None,
        "side": "right" if procedure and procedure.sided else None,
        "screen_left": left,
        "mm_per_px": None if mm_per_px is None else list(mm_per_px),
        "origin_px": None,
        "geometry": {"kind": "convex" if reading.probe == "convex" else "rectangle"},
        "landmarks": landmarks,
        "target": _target(procedure, landmarks),
    }


def _target(plan: Plan | None, landmarks: Mapping[str, list[list[float]]]) -> list[float] | None:
    """The middle of the target's landmarks, on the right of the screen where there are two; None where a reader saw not all of them."""
    if plan is None or not set(plan.target) <= set(landmarks):
        return None
    points = [landmarks[name][-1] for name in plan.target]
    return [sum(point[axis] for point in points) / len(points) for axis in (0, 1)]


def write(readings: Iterable[Reading], frames: Path, out: Path) -> int:
    """Turned pictures and truth.jsonl into a new or empty folder; masks of bone beside them as NAME_bone.png. Gives how many. Raises OSError."""
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()):
        raise FileExistsError(f"{out}: not empty")
    lines = []
    for reading in readings:
        name = reading.frame.replace("/", "_")
        with Image.open(frames / reading.frame) as picture:
            picture.convert("L").rotate(reading.turn_deg, expand=True).save(out / name)
            lines.append(json.dumps(truth_line(reading, name, picture.size)))
        bone = frames / reading.frame.replace("_us.png", "_seg.png")
        if bone.name != Path(reading.frame).name and bone.is_file():
            with Image.open(bone) as mask:
                mask.convert("L").resize(picture.size, Image.Resampling.NEAREST).rotate(reading.turn_deg, expand=True).save(bone_of(out / name))
    (out / "truth.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(lines)


def bone_of(picture: Path) -> Path:
    """Where the mask of a written picture lies, if it has one: out of the way of what reads a folder's pictures."""
    folder = picture.parent / "bone"
    folder.mkdir(exist_ok=True)
    return folder / picture.name


def agreement(one: Sequence[Reading], other: Sequence[Reading]) -> Agreement:
    """Of frames that both read."""
    return agreements.agreement(_reads(one), _reads(other))


def both_whole(one: Sequence[Reading], other: Sequence[Reading]) -> int:
    """On how many frames both see a whole view."""
    return len({reading.frame for reading in one if reading.whole} & {reading.frame for reading in other if reading.whole})


def _reads(readings: Iterable[Reading]) -> list[Read]:
    return [Read(reading.frame, reading.view, reading.mm_per_px, reading.landmarks) for reading in readings]
