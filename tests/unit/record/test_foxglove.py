"""Foxglove's channels: read by the mcap library, they hold to their schemas, to Foxglove's own types, and to what was answered."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from mcap.reader import make_reader

from edge.pipeline import Answer
from edge.record import foxglove, recording
from edge.record.black_box import BlackBox
from edge.record.recording import Recorder
from edge.types import Frame, Pointing, Scan
from firmware_bridge.link import PortLost
from tests.unit.board.looks import SESSION, look, named_screen

ROOT = Path(__file__).resolve().parents[3]
KNOWN = {"foxglove.CompressedImage", "foxglove.ImageAnnotations", "foxglove.Log"}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five frames, of which three point; a word of the device between."""
    path = tmp_path_factory.mktemp("foxglove") / "clip.mcap"
    box = BlackBox(None, lambda _: None)
    with Recorder(path, {"procedure": "facet"}) as recorder:
        for number in range(1, 6):
            answer = look(frames=number, captured_ns=number * 33_000_000).answer
            recorder.write(Frame(number, number * 33_000_000, named_screen()), answer, SESSION)
        box.hear(PortLost("unplugged"))
        box.turn(recorder)
    return path


def messages(path: Path) -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    """(topic, schema's name, schema, content)."""
    with path.open("rb") as file:
        for schema, channel, message in make_reader(file, validate_crcs=True).iter_messages():
            assert schema is not None
            assert (schema.encoding, channel.message_encoding) == ("jsonschema", "json")
            yield channel.topic, schema.name, json.loads(schema.data), json.loads(message.data)


def of_topic(path: Path, topic: str) -> list[dict[str, Any]]:
    return [content for each, _, _, content in messages(path) if each == topic]


def test_every_message_holds_to_its_schema(path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    for _, name, schema, content in messages(path):
        jsonschema.Draft202012Validator.check_schema(schema)
        # what the schema does not name would be a slip of the pen; our own field of the image is known
        strict = closed(schema) if name in KNOWN - {"foxglove.CompressedImage"} else schema
        jsonschema.validate(content, strict)


def closed(schema: Any) -> Any:
    """The same schema, which forbids and leaves out nothing that it does not name."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    more = {"additionalProperties": False, "required": list(schema["properties"])} if "properties" in schema else {}
    return {key: closed(value) if key != "required" else value for key, value in schema.items()} | more


def test_every_message_is_one_of_foxgloves_own_types(path: Path) -> None:
    """Foxglove publishes its types as protobuf too; that package refuses a field that they do not have."""
    pytest.importorskip("foxglove_schemas_protobuf", reason="foxglove-schemas-protobuf is not installed")
    from foxglove_schemas_protobuf.ImageAnnotations_pb2 import ImageAnnotations
    from foxglove_schemas_protobuf.Log_pb2 import Log
    from google.protobuf.json_format import ParseDict

    kinds = {"foxglove.ImageAnnotations": ImageAnnotations, "foxglove.Log": Log}
    parsed = [ParseDict(with_their_times(content), kinds[name]()) for _, name, _, content in messages(path) if name in kinds]
    assert len(parsed) >= 5 + 3


def with_their_times(content: Any) -> Any:
    """Protobuf's JSON has a time as text, Foxglove's as two numbers."""
    if isinstance(content, list):
        return [with_their_times(each) for each in content]
    if not isinstance(content, dict):
        return content
    if content.keys() == {"sec", "nsec"}:
        return f"1970-01-01T00:{content['sec'] // 60 % 60:02d}:{content['sec'] % 60:02d}.{content['nsec']:09d}Z"
    return {key: with_their_times(value) for key, value in content.items()}


def test_a_withheld_frame_has_no_target_and_no_needle(path: Path) -> None:
    states = [content["state"] for content in of_topic(path, "/guidance")]
    assert states == ["withheld", "withheld", "pointing", "pointing", "pointing"]
    for state, content in zip(states, of_topic(path, "/scan/annotations"), strict=True):
        assert len(content["circles"]) == (4 if state == "pointing" else 3)
        assert len(content["points"]) == (1 if state == "pointing" else 0)
        assert any(text["text"].startswith(state.upper()) for text in content["texts"])
        assert ("mm" in content["texts"][-1]["text"]) == (state == "pointing")


def test_the_drawing_is_in_the_pictures_own_pixels(path: Path) -> None:
    [image, *_] = of_topic(path, "/scan/image")
    assert base64.b64decode(image["data"])[:2] == b"\xff\xd8"
    left, top = image["offset_px"]
    told, drawn = of_topic(path, "/guidance")[-1], of_topic(path, "/scan/annotations")[-1]
    u, v = told["target_px"]
    place = {"x": pytest.approx(u - left + 0.5, abs=0.01), "y": pytest.approx(v - top + 0.5, abs=0.01)}
    assert drawn["circles"][-1]["position"] == place
    assert drawn["points"][0]["points"][-1] == place


def test_the_needle_is_as_long_as_it_is_said_to_be() -> None:
    answer: Answer = look().answer
    assert isinstance(answer.guidance, Pointing)
    assert isinstance(answer.scan, Scan)
    found, scan = answer.guidance.estimate, answer.scan
    u, v = foxglove.entry_px(scan, found)
    across, down = (u - found.target_px[0]) * scan.mm_per_px_x, (v - found.target_px[1]) * scan.mm_per_px_y
    assert (across**2 + down**2) ** 0.5 == pytest.approx(found.insertion_mm)


def test_the_log_tells_changes_and_what_the_device_said(path: Path) -> None:
    told = [(content["level"], content["name"], content["message"].split(":")[0].split("  ")[0]) for content in of_topic(path, "/log")]
    assert told == [(3, "tuffier", "WITHHELD"), (2, "tuffier", "POINTING"), (2, "device", "link")]
    assert of_topic(path, "/log")[-1]["message"] == "link: lost unplugged"


def test_they_are_no_part_of_a_replay(path: Path) -> None:
    assert [entry.scan.frame_id for entry in recording.read(path, whole=True)] == [each["frame_id"] for each in of_topic(path, "/scan")]


def test_they_add_little_to_a_recording(path: Path) -> None:
    sizes: dict[str, int] = {}
    for topic, _, _, content in messages(path):
        sizes[topic] = sizes.get(topic, 0) + len(json.dumps(content))
    assert sizes["/scan/annotations"] + sizes["/log"] < 0.1 * sizes["/raw"]


def topics_in(layout: Any) -> Iterator[str]:
    """What a layout names, from the leading slash up to a field."""
    match layout:
        case str() if layout.startswith("/"):
            yield layout.partition(".")[0]
        case Mapping():
            for key, value in layout.items():
                yield from topics_in(key)
                yield from topics_in(value)
        case list():
            for each in layout:
                yield from topics_in(each)


def test_the_shipped_layout_shows_what_a_recording_has() -> None:
    layout = json.loads((ROOT / "docs/foxglove-layout.json").read_text())
    assert set(topics_in(layout)) <= set(recording.CHANNELS)
    assert {"/scan/image", "/scan/annotations", "/log"} <= set(topics_in(layout))
    shown = json.dumps(layout["layout"])
    assert [panel for panel in layout["configById"] if panel not in shown] == []
