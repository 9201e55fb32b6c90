"""MCAP files as written here, read by the library that everybody has."""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcap.reader import NonSeekingReader, SeekingReader

from edge.record import recording
from edge.record.mcap_file import CHUNK_NS, McapFile, Topic
from tests.unit.board.test_storage import SESSION, an_answer

TOPICS = (Topic("/a", "tuffier.A", '{"type": "object"}'), Topic("/b", "tuffier.B", '{"type": "object"}'))
MESSAGES = st.lists(st.tuples(st.integers(1, 2), st.integers(0, 5 * CHUNK_NS), st.binary(max_size=300_000)), max_size=30)


def written(messages: list[tuple[int, int, bytes]]) -> bytes:
    made = io.BytesIO()
    file = McapFile(made.write, TOPICS)
    for channel, at_ns, content in messages:
        file.add(channel, at_ns, content)
    file.finish()
    assert file.length == len(made.getvalue())
    return made.getvalue()


def write_answers(recorder: recording.Recorder, first: int, end: int) -> None:
    for number in range(first, end):
        recorder.write(None, an_answer(number), SESSION)


@settings(deadline=None, max_examples=60)
@given(MESSAGES)
def test_the_library_reads_every_message_with_and_without_the_index(messages: list[tuple[int, int, bytes]]) -> None:
    content = written(messages)
    told = sorted((at_ns, TOPICS[channel - 1].name, payload) for channel, at_ns, payload in messages)
    for reader in (SeekingReader(io.BytesIO(content), validate_crcs=True), NonSeekingReader(io.BytesIO(content), validate_crcs=True)):
        read = sorted((message.log_time, channel.topic, message.data) for _, channel, message in reader.iter_messages())
        assert read == told
    only = SeekingReader(io.BytesIO(content)).iter_messages(topics=["/b"])
    assert sorted((message.log_time, channel.topic, message.data) for _, channel, message in only) == [each for each in told if each[1] == "/b"]


def test_the_summary_counts_and_spans() -> None:
    summary = SeekingReader(io.BytesIO(written([(1, 50, b"x"), (2, 7, b"y"), (1, 3 * CHUNK_NS, b"z")]))).get_summary()
    assert summary is not None
    assert summary.statistics is not None
    figures = summary.statistics
    assert (figures.message_count, figures.message_start_time, figures.message_end_time) == (3, 7, 3 * CHUNK_NS)
    assert (figures.channel_message_counts, figures.chunk_count) == ({1: 2, 2: 1}, len(summary.chunk_indexes))
    assert [channel.topic for channel in summary.channels.values()] == ["/a", "/b"]


def test_the_index_of_a_long_recording_stays_small() -> None:
    file = McapFile(lambda _: None, TOPICS)
    tracemalloc.start()
    for number in range(2000):
        file.add(1 + number % 2, number * CHUNK_NS, b"x" * 1000)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # 2,000 chunks; the library's writer keeps over a megabyte of them
    assert grown < 200_000


def test_a_killed_recorder_leaves_all_but_the_last_second(tmp_path: Path) -> None:
    recorder = recording.Recorder(tmp_path / "r.mcap", {"notice": "x"})
    write_answers(recorder, 0, 100)  # 33 ms each
    ids = [each.scan.frame_id for each in recording.read(tmp_path / "r.mcap")]
    assert ids == list(range(len(ids)))
    assert len(ids) >= 69
    assert recording.session_fields(tmp_path / "r.mcap") == {"notice": "x"}
    recorder.close()


def test_a_disk_that_fills_leaves_whole_chunks_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "r.mcap"
    recorder = recording.Recorder(path, {"notice": "x"})
    write_answers(recorder, 0, 40)
    recorder.sync()
    before = path.stat().st_size

    class Full:
        """The file, with room for 1,000 bytes more."""

        def __init__(self, file: io.FileIO) -> None:
            self._file = file
            self._room = 1000

        def write(self, content: memoryview) -> int:
            if self._room == 0:
                raise OSError(28, os.strerror(28))
            count = self._file.write(content[: self._room])
            self._room -= count
            return count

        def __getattr__(self, name: str) -> object:
            return getattr(self._file, name)

    monkeypatch.setattr(recorder, "_file", Full(recorder._file))
    with pytest.raises(OSError, match="No space"):
        write_answers(recorder, 40, 80)
    assert recorder.frames == 40, "what the disk refused counts as recorded"
    recorder.close()
    assert recorder.frames == 40
    assert path.stat().st_size == before
    assert [each.scan.frame_id for each in recording.read(path)] == list(range(40))


def test_topics_are_described_in_json() -> None:
    assert all(json.loads(topic.json_schema)["type"] == "object" for topic in recording.TOPICS)


def frames_in(path: Path) -> list[tuple[object, bytes]]:
    return [(each.scan, each.raw.heatmaps_int8.tobytes() if each.raw else b"") for each in recording.read(path, whole=True)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "r.mcap"
    with recording.Recorder(path, {"notice": "x"}) as recorder:
        write_answers(recorder, 0, 70)
    assert len(frames_in(path)) == 70
    return path.read_bytes()


@settings(deadline=None, max_examples=80)
@given(at=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_turned_bit_is_told_or_harmless(whole: bytes, at: float, bit: int) -> None:
    """Invariant: one bit turned anywhere leaves the same frames, or an error after some of them; never others, never fewer without a word."""
    damaged = bytearray(whole)
    damaged[int(at * len(damaged))] ^= 1 << bit
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder) / "before.mcap", Path(folder) / "after.mcap"
        before.write_bytes(whole)
        after.write_bytes(damaged)
        with contextlib.suppress(recording.RecordingError):
            assert frames_in(after) == frames_in(before)
