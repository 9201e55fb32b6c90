"""Labels as COCO keypoints, for other programs, and back.

Rule 1: a category is a view, a keypoint one place of a landmark; a pair has two, left of the screen first. v is 2 where the landmark is placed, 1
where its reader is unsure of the place, 0 where it is not placed. Places need no shift: both count pixel centres as whole numbers.
Rule 2: what COCO has no word for (side, orientation, scale, hidden or cut off) goes in `tuffier` of the image; without it a label is to be finished.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.annotate.desk import Desk
from edge.annotate.label import ABSENT, Label, LabelError, Line, label_of, line_of, slot_count
from edge.catalogue import NO_VIEW, NOTICE, VIEWS
from edge.limits import MOST_TRUTH_BYTES, refuse_many_values
from edge.record.files import write_atomically
from edge.source.pictures import read_picture
from edge.types import BadFrame, PointPx

SIDES = ("left", "right")
NOT_PLACED, UNSURE, PLACED = 0, 1, 2
OWN = "tuffier"


class CocoError(Exception):
    """The file is no COCO keypoints of ours; the text names the cure."""


@dataclass(frozen=True, slots=True)
class Taken:
    """made: state -> labels; passed_over: why others were not taken."""

    made: Mapping[str, int]
    passed_over: tuple[str, ...]


def keypoints_of(view: str) -> list[tuple[str, int]]:
    """(landmark, slot) of each keypoint of a view, in order."""
    return [(name, number) for name in VIEWS[view].landmarks for number in range(slot_count(view, name))]


def keypoint_name(view: str, name: str, number: int) -> str:
    return f"{name}_{SIDES[number]}" if slot_count(view, name) == 2 else name


def categories() -> list[dict[str, Any]]:
    """A category a view, numbered from 1 in the catalogue's order."""
    return [
        {
            "id": number,
            "name": view,
            "supercategory": "spine",
            "keypoints": [keypoint_name(view, name, slot) for name, slot in keypoints_of(view)],
            "skeleton": [],
        }
        for number, view in enumerate(VIEWS, start=1)
    ]


def write(path: Path, desk: Desk) -> int:
    """What is done or set aside, replaced as one step; how many frames. Raises CocoError, OSError."""
    images, annotations = [], []
    for number in range(len(desk)):
        sheet = desk.sheet(number)
        if sheet.state in ("done", "unsure"):
            image = image_of(number + 1, line_of(sheet.base, sheet.label), _size_of(desk.picture(number)))
            images.append(image)
            annotations += annotation_of(image, sheet.label)
    about = {"description": f"tuffier annotate: {NOTICE}"}
    content = {"info": about, "licenses": [], "categories": categories(), "images": images, "annotations": annotations}
    write_atomically(path, json.dumps(content, allow_nan=False).encode())
    return len(images)


def _size_of(path: Path) -> tuple[int, int]:
    frame = read_picture(path, frame_id=0, captured_ns=0)
    if isinstance(frame, BadFrame):
        raise CocoError(f"{frame.why}: put it back, or take its line away")
    rows, columns = frame.pixels.shape
    return columns, rows


def image_of(number: int, line: Line, size: tuple[int, int]) -> dict[str, Any]:
    """size: columns and rows."""
    own = {key: value for key, value in line.items() if key not in ("frame", "landmarks")} | {"finished": True}
    return {"id": number, "file_name": line["frame"], "width": size[0], "height": size[1], OWN: own}


def annotation_of(image: Mapping[str, Any], label: Label) -> list[dict[str, Any]]:
    """The one annotation of a frame that shows a view. Its box and area are those of its points."""
    if label.view is None or label.view == NO_VIEW:
        return []
    slots = [label.slots[name][number] for name, number in keypoints_of(label.view)]
    keypoints: list[float] = []
    for slot in slots:
        keypoints += [*slot.at, UNSURE if slot.mark == "unsure" else PLACED] if slot.at else [0, 0, NOT_PLACED]
    points = [slot.at for slot in slots if slot.at]
    box = _box(points)
    return [
        {
            "id": image["id"],
            "image_id": image["id"],
            "category_id": 1 + list(VIEWS).index(label.view),
            "keypoints": keypoints,
            "num_keypoints": len(points),
            "bbox": box,
            "area": box[2] * box[3],
            "iscrowd": 0,
        }
    ]


def _box(points: Sequence[PointPx]) -> list[float]:
    """Left, top, width, height; of no points nothing."""
    if not points:
        return [0.0, 0.0, 0.0, 0.0]
    left, top = (min(point[axis] for point in points) for axis in (0, 1))
    return [left, top, max(point[0] for point in points) - left, max(point[1] for point in points) - top]


def read(path: Path, desk: Desk) -> Taken:
    """Labels for the desk's frames, told by their names without ending. Raises CocoError, OSError."""
    try:
        if path.stat().st_size > MOST_TRUTH_BYTES:
            raise CocoError(f"{path}: more than {MOST_TRUTH_BYTES >> 20} MB: share it out among several files")
        text = path.read_bytes()
        refuse_many_values(text)
        lines, passed_over = _lines_for(desk, json.loads(text))
        return Taken(desk.take_in(lines), tuple(passed_over))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as error:
        raise CocoError(f"{path}: lacks or misstates {str(error)[:200]}: it is COCO keypoints, with categories named as our views") from error


def _lines_for(desk: Desk, content: Mapping[str, Any]) -> tuple[dict[str, Line], list[str]]:
    """(line by frame, what was passed over)."""
    kinds = {category["id"]: category for category in content["categories"]}
    of_image: dict[Any, list[Mapping[str, Any]]] = {}
    for annotation in content.get("annotations", []):
        of_image.setdefault(annotation["image_id"], []).append(annotation)
    numbers = {Path(desk.sheet(number).base["frame"]).stem: number for number in range(len(desk))}
    lines: dict[str, Line] = {}
    passed_over = []
    for image in content["images"]:
        name, found = Path(image["file_name"]).stem, of_image.get(image["id"], [])
        if name not in numbers:
            passed_over.append(f"{image['file_name']}: no such frame here")
        elif len(found) > 1:
            passed_over.append(f"{image['file_name']}: {len(found)} annotations, and a frame shows one view")
        elif found or OWN in image:
            try:
                shift = _shift(image, desk, numbers[name])
                lines[Path(desk.sheet(numbers[name]).base["frame"]).name] = line_from(image, found, kinds, shift)
            except (LabelError, CocoError) as error:
                passed_over.append(f"{image['file_name']}: {error}")
    return lines, passed_over


def _shift(image: Mapping[str, Any], desk: Desk, number: int) -> PointPx:
    """What takes the image's pixels to the frame's: 0 for the frame itself, the crop's corner for the picture that it was cut from. Raises
    CocoError where the size is neither's."""
    base, size = desk.sheet(number).base, (image["width"], image["height"])
    if size == _size_of(desk.picture(number)):
        return 0.0, 0.0
    if list(size) == base.get("source_size_px") and "offset_px" in base:
        left, top = base["offset_px"]
        return -float(left), -float(top)
    raise CocoError(f"it is of {size[0]}x{size[1]} pixels, and neither the frame here nor the picture that it was cut from is")


def line_from(image: Mapping[str, Any], found: Sequence[Mapping[str, Any]], kinds: Mapping[Any, Mapping[str, Any]], shift: PointPx) -> Line:
    """A line in truth.jsonl's form, checked. Raises LabelError, KeyError, TypeError, ValueError."""
    own = image.get(OWN) or {}
    said = {key: own[key] for key in ("side", "screen_left", "subject", "view_unsure", "finished") if key in own}
    if not found:
        line: Line = {**said, "view": own.get("view", NO_VIEW), "landmarks": {}}
    else:
        view, places = _places(found[0], kinds[found[0]["category_id"]], shift)
        marks = own.get("marks") if own.get("view") == view else None
        line = {**said, "view": view, **_slotted(view, places, marks or {})}
    label_of(line, done=False)
    return line


def _places(annotation: Mapping[str, Any], kind: Mapping[str, Any], shift: PointPx) -> tuple[str, dict[tuple[str, int], tuple[PointPx, int]]]:
    """The view, and (landmark, slot) -> (place, v) of the keypoints that have one. Raises LabelError."""
    view = str(kind["name"])
    if view not in VIEWS:
        raise LabelError(f"category {view!r} is none of our views")
    ours = {keypoint_name(view, name, number): (name, number) for name, number in keypoints_of(view)}
    values, places = annotation["keypoints"], {}
    if len(values) != 3 * len(kind["keypoints"]):
        raise LabelError(f"{len(values)} numbers for {len(kind['keypoints'])} keypoints")
    for name, u, v, seen in zip(kind["keypoints"], values[::3], values[1::3], values[2::3], strict=True):
        if name not in ours:
            raise LabelError(f"keypoint {name!r} is none of {view}'s: {', '.join(ours)}")
        if seen:
            places[ours[name]] = (float(u) + shift[0], float(v) + shift[1]), int(seen)
    return view, places


def _slotted(view: str, places: Mapping[tuple[str, int], tuple[PointPx, int]], marks: Mapping[str, Sequence[str]]) -> Line:
    """landmarks and marks of a line. A pair whose places are exchanged is put in order."""
    landmarks: dict[str, list[list[float]]] = {}
    words: dict[str, list[str]] = {}
    for name in VIEWS[view].landmarks:
        count = slot_count(view, name)
        slots = [places.get((name, number)) for number in range(count)]
        before = list(marks.get(name, [])) or ["open"] * count
        mine = [_mark(slot, word) for slot, word in zip(slots, before, strict=True)]
        placed = [(slot[0], word) for slot, word in zip(slots, mine, strict=True) if slot]
        if len(placed) == count:
            mine = [word for _, word in sorted(placed, key=lambda slot: slot[0])]  # two at one place stay as they were
        if placed:
            landmarks[name] = sorted([place[0], place[1]] for place, _ in placed)
        words[name] = mine
    return {"landmarks": landmarks, "marks": words}


def _mark(slot: tuple[PointPx, int] | None, before: str) -> str:
    if slot is None:
        return before if before in ABSENT else "open"
    return "unsure" if slot[1] == UNSURE else ""
