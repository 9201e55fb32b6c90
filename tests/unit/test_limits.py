"""A file that asks for more than a limit is refused in one line, before memory is taken for it."""

from __future__ import annotations

import io
import json
import tracemalloc
from pathlib import Path

import pytest
import zstandard
from mcap.data_stream import RecordBuilder
from mcap.records import Chunk, Header

from edge.limits import MOST_LINE_BYTES, MOST_TOML_BYTES, MOST_VALUES, TooLargeError, refuse_large_picture
from edge.record import recording
from edge.record.mcap_file import McapFile
from edge.record.recording import TOPICS, RecordingError
from edge.screen import profile
from edge.screen.profile import ProfileError
from edge.source import truth
from edge.source.truth import TruthError
from edge.toml_words import table_of

SIZES = [(1920, 1080, True), (7680, 2160, True), (4096, 4096, True), (7680, 4320, False), (65_500, 2, False), (0, 480, False), (-1, 4, False)]


@pytest.mark.parametrize(("columns", "rows", "allowed"), SIZES)
def test_pictures_are_as_large_as_screens_are(columns: int, rows: int, allowed: bool) -> None:
    if allowed:
        refuse_large_picture(columns, rows)
        return
    with pytest.raises(TooLargeError, match=f"{columns}x{rows}"):
        refuse_large_picture(columns, rows)


def bomb(path: Path, *, says: int, megabytes: int = 300) -> Path:
    """An MCAP file whose one chunk unpacks to zeros."""
    packing, made = zstandard.ZstdCompressor(level=1).compressobj(), RecordBuilder()
    packed = b"".join(packing.compress(bytes(1 << 20)) for _ in range(megabytes)) + packing.flush()
    Header(profile="", library="").write(made)
    Chunk("zstd", packed, 0, 0, 0, says).write(made)
    path.write_bytes(b"\x89MCAP0\r\n" + bytes(made.end()))  # type: ignore[no-untyped-call]
    return path


@pytest.mark.parametrize("says", [300 << 20, 1000, 2**63])
def test_a_chunk_is_unpacked_up_to_what_it_says_and_a_limit(tmp_path: Path, says: int) -> None:
    path = bomb(tmp_path / "a.mcap", says=says)
    assert path.stat().st_size < 100_000
    tracemalloc.start()
    with pytest.raises(RecordingError, match=r"a\.mcap"):
        recording.session_fields(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50 << 20


MESSAGES = [("no object", b"[]"), ("very many values", b'{"a": [' + b"0," * (MOST_VALUES + 1) + b"0]}"), ("nested", b"[" * 5000)]


@pytest.mark.parametrize("payload", [case[1] for case in MESSAGES], ids=[case[0] for case in MESSAGES])
def test_a_message_is_an_object_of_some_values(tmp_path: Path, payload: bytes) -> None:
    held = io.BytesIO()
    content = McapFile(held.write, TOPICS)
    content.add(1, 0, payload)
    content.finish()
    (tmp_path / "a.mcap").write_bytes(held.getvalue())
    with pytest.raises(RecordingError, match=r"a\.mcap"):
        recording.session_fields(tmp_path / "a.mcap")


WRONG_SCANS = [{"mm_per_px_x": 0}, {"mm_per_px_y": float("nan")}, {"mm_per_px_x": 1e9}, {"origin_px": [float("inf"), 0]},
               {"geometry": {"kind": "round"}}, {"geometry": {"left_px": 10**9}}, {"geometry": {"right_px": 0}}]  # fmt: skip


@pytest.mark.parametrize("change", WRONG_SCANS, ids=str)
def test_a_recorded_scan_of_impossible_numbers_is_refused(change: dict[str, object]) -> None:
    from tests.unit import made

    fields = json.loads(json.dumps(recording.scan_fields(made.scan())))
    geometry = change.get("geometry")
    fields |= {"geometry": fields["geometry"] | geometry} if isinstance(geometry, dict) else change
    with pytest.raises((ValueError, TypeError)):
        recording.scan_from(fields)


TEXTS = [("too long", "a = 1 #" + "x" * MOST_TOML_BYTES), ("lists in lists", "a = " + "[" * 9000), ("tables in tables", "[" + "a." * 9000 + "a]"),
         ("tables in line", "a = " + "{b = " * 5000), ("digits", "a = " + "1" * 9000)]  # fmt: skip


@pytest.mark.parametrize("text", [case[1] for case in TEXTS], ids=[case[0] for case in TEXTS])
def test_a_toml_text_is_short_and_flat(text: str) -> None:
    with pytest.raises(ValueError):
        table_of(text)


def test_a_profile_without_an_end_is_not_read() -> None:
    with pytest.raises(ProfileError, match="/dev/zero"):
        profile.load(Path("/dev/zero"))


LINES = [("without an end", b" " * (MOST_LINE_BYTES + 1)), ("values", b"[" + b"0," * (MOST_VALUES + 1) + b"0]"),
         ("a radius that is none", b'{"frame": "a", "view": "none", "geometry": {"face_radius_mm": NaN}}'),
         ("a landmark that is none", b'{"frame": "a", "view": "none", "landmarks": {"facet": [[1, Infinity]]}}')]  # fmt: skip


@pytest.mark.parametrize("line", [case[1] for case in LINES], ids=[case[0] for case in LINES])
def test_a_line_of_truth_is_short_and_of_numbers(tmp_path: Path, line: bytes) -> None:
    (tmp_path / truth.FILE_NAME).write_bytes(line)
    with pytest.raises(TruthError, match=r"truth\.jsonl"):
        truth.read(tmp_path)
