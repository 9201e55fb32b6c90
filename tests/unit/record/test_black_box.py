"""The black box: what it keeps of what the device says, in the ring, the recording and the journal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge.record import black_box, recording
from edge.record.black_box import BlackBox, Ring, entries, segments
from firmware_bridge import wire
from firmware_bridge.link import (
    ConfigureHeard,
    ConfigureOffered,
    Connected,
    DeviceSaid,
    LinkEvent,
    PageAsked,
    PortLost,
    PortOpened,
    ScreenHeard,
    StatusHeard,
)

STATUS = wire.Status(device_ms=5, guard=wire.Guard.DISARMED, refusal=wire.Refusal.ACCEPTED)
EVENTS: list[tuple[LinkEvent, list[str]]] = [
    (PortOpened("/dev/x"), ["link"]),
    (PortLost("gone"), ["link"]),
    (Connected(wire.Hello(serial_number=7)), ["link"]),
    (ConfigureHeard(wire.Configure(servo_least_us=500), False), ["configuration"]),
    (ConfigureOffered(wire.Configure(servo_least_us=500)), ["configuration"]),
    (PageAsked(True), ["button"]),
    (PageAsked(False), ["button"]),
    (DeviceSaid(wire.Log(line="not armed: a fault")), ["log"]),
    (ScreenHeard(wire.Screen(rows="FACET")), ["screen"]),
    (StatusHeard(STATUS, None), ["refusal", "guard", "status"]),
    (StatusHeard(replace(STATUS, device_ms=55, last_frame_id=9), STATUS), []),
    (StatusHeard(replace(STATUS, refusal=wire.Refusal.TOO_OLD), STATUS), ["refusal", "status"]),
    (StatusHeard(replace(STATUS, presses=1, buttons=wire.Button.ARM), STATUS), ["button", "status"]),
    (StatusHeard(replace(STATUS, guard=wire.Guard.LOCKED, stop=wire.Stop.DEAD_MAN, faults=wire.Fault.BROWN_OUT), STATUS), ["guard", "status"]),
]


class Kept:
    """A recording that keeps its notes."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, int, dict[str, Any]]] = []

    def note(self, kind: str, at_ns: int, fields: dict[str, Any]) -> None:
        self.notes.append((kind, at_ns, fields))


def test_every_event_is_kept_with_its_time_and_said_once(tmp_path: Path) -> None:
    lines: list[str] = []
    box, kept = BlackBox(tmp_path / "box", lines.append), Kept()
    for event, kinds in EVENTS:
        kept.notes.clear()
        box.hear(event)
        box.turn(kept)
        assert [kind for kind, _, _ in kept.notes] == kinds, event
        assert all({"boot", "monotonic_ns", "utc", "synchronised"} <= fields.keys() for _, _, fields in kept.notes)
    box.close()
    assert [entry["kind"] for entry in entries(tmp_path / "box")] == [kind for _, kinds in EVENTS for kind in kinds]
    assert len(lines) == sum(kind not in ("status", "screen") for _, kinds in EVENTS for kind in kinds)
    assert all("[boot " in line and "synchronised]" in line for line in lines)
    assert any(line.startswith("bracket locked (dead man) at +0.0 deg, 0 us; faults: brown_out") for line in lines)


def test_every_kind_has_its_channel() -> None:
    assert set(black_box.KINDS) == set(recording.DEVICE_TOPICS)


def test_a_status_that_only_counts_on_is_kept_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    box, kept = BlackBox(None, lambda _: None), Kept()
    stamp = black_box.stamp_now()
    for tenth in range(51):
        monkeypatch.setattr(black_box, "stamp_now", lambda at=tenth: replace(stamp, monotonic_ns=at * 100_000_000 + 10**9))
        box.hear(StatusHeard(replace(STATUS, device_ms=tenth), STATUS))
    box.turn(kept)
    assert len(kept.notes) == 6


def test_the_ring_is_bounded_and_goes_on_after_a_restart(tmp_path: Path) -> None:
    for start in range(3):
        ring = Ring(tmp_path, segment_bytes=1000, most_bytes=5000)
        for number in range(60):
            ring.write(b'{"n": %d, "pad": "%s"}\n' % (1000 * start + number, b"x" * 80))
        ring.close()
    assert sum(path.stat().st_size for path in segments(tmp_path)) <= 5000
    found = [entry["n"] for entry in entries(tmp_path)]
    assert found[-1] == 2059
    assert found == sorted(found)


def test_a_torn_line_costs_itself_alone(tmp_path: Path) -> None:
    ring = Ring(tmp_path)
    ring.write(b'{"n": 1}\n')
    ring.write(b'{"n": 2')
    ring.close()
    (tmp_path / "²-other.jsonl").write_bytes(b"no ring's")
    assert [entry["n"] for entry in entries(tmp_path)] == [1]


def test_a_nested_line_costs_itself_alone(tmp_path: Path) -> None:
    (tmp_path / "00000001-1.jsonl").write_bytes(b"[" * 100_000 + b'\n{"n": 1}\n')
    assert [entry["n"] for entry in entries(tmp_path)] == [1]


def test_a_folder_that_cannot_be_is_said_once_and_ends_the_ring_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    lines: list[str] = []
    box, kept = BlackBox(tmp_path / "file" / "box", lines.append), Kept()
    for _ in range(3):
        box.note("starts")
        box.turn(kept)
    box.close()
    assert len(kept.notes) == 3
    assert sum("black box stopped" in line for line in lines) == 1


def test_a_flood_of_lines_is_counted(tmp_path: Path) -> None:
    lines: list[str] = []
    box = BlackBox(tmp_path / "box", lines.append)
    for _ in range(500):
        box.hear(DeviceSaid(wire.Log(line="again")))
    box.turn(None)
    assert len(lines) <= 3 * (black_box.MOST_LINES_PER_S + 1)


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"STATE_DIRECTORY": "/var/lib/tuffier"}, "/var/lib/tuffier/black-box"),
        ({"XDG_STATE_HOME": "/x"}, "/x/tuffier/black-box"),
        ({"HOME": "/h"}, "/h/.local/state/tuffier/black-box"),
    ],
)
def test_where_it_is(environment: dict[str, str], folder: str) -> None:
    assert black_box.default_folder(environment) == Path(folder)


def test_a_recording_keeps_the_notes_beside_its_frames(tmp_path: Path) -> None:
    path = tmp_path / "clip.mcap"
    box = BlackBox(None, lambda _: None)
    with recording.Recorder(path, {"procedure": "facet"}) as recorder:
        for event, _ in EVENTS:
            box.hear(event)
        box.note("starts")
        box.turn(recorder)
        assert recorder.frames == 0
    topics = {topic for topic, _, _, _ in recording._messages(path)}
    assert topics == {recording.SESSION_TOPIC, *recording.DEVICE_TOPICS.values(), recording.LOG_TOPIC}
    assert list(recording.read(path)) == []
    assert {topic for topic, _, _, _ in recording._messages(path, whole=True)} == topics
