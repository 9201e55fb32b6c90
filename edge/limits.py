"""How much a file may ask for, before any memory is taken for it: one table, for all sources and all files that are read.

Rule 1: a limit is several times what a scanner, a grabber or a person makes, and so low that the worst file within it stays under 500 MB and ten
seconds. Rule 2: what is over a limit is refused in one line that names the limit.
"""

from __future__ import annotations

from pathlib import Path

MOST_SIDE_PX = 8192  # 8K video is 7680 wide
MOST_PIXELS = 1 << 24  # a picture; a 5K screen has 14.7 million. Reading a screen takes some 20 bytes a pixel
MOST_FRAMES = 1_000_000  # of one file: nine hours at 30 Hz
MOST_PAGES = 100_000  # of one picture file, which lists them before it shows one
MOST_ASPECT = 4.0  # how much wider or narrower than high a pixel may be; standard-definition video says 1.46 at most
MOST_SCANS = 100  # of a progressive JPEG, each of which passes over the whole picture; encoders make about 10
MOST_CHUNK_BYTES = 20 << 20  # of an MCAP file, unpacked, and of any record; ours hold 1 MB and one message more
MOST_RECORDS = 100_000  # of one chunk; a second of ours has 300
MOST_MESSAGE_BYTES = 16 << 20  # of a recording: a scan of 4K at the best quality is 11 MB as text
MOST_VALUES = 200_000  # commas and brackets of one JSON or TOML text: each may become an object of some 100 bytes
MOST_TOML_BYTES = 64 << 10  # a configuration or profile; the longest of ours has 3 kB
MOST_MANIFEST_BYTES = 4 << 20  # of a model's manifest, unpacked; ours has 30 kB
MOST_NETWORK_BYTES = 1 << 20  # of a model, unpacked; ours have 270 kB
MOST_TRUTH_BYTES = 256 << 20  # of truth.jsonl: 300,000 frames of 800 bytes
MOST_LINE_BYTES = 1 << 20  # of one of its lines
MOST_ELEMENT_BYTES = 1 << 20  # of a DICOM element beside the pixels: longer ones (waveforms, private ones) are passed over
MOST_INNER_VIDEO_BYTES = 200 << 20  # of a video inside a DICOM file, which is held whole: a minute of 4K
MOST_DEFLATED_BYTES = 256 << 20  # of a deflated DICOM file, unpacked


class TooLargeError(ValueError):
    """A file asks for more than a limit; the text names it."""


def refuse_large_picture(width_px: int, height_px: int) -> None:
    """Raises TooLargeError for a picture that is larger than any screen, or empty."""
    if width_px < 1 or height_px < 1:
        raise TooLargeError(f"a picture of {width_px}x{height_px}: it is damaged")
    if max(width_px, height_px) > MOST_SIDE_PX or width_px * height_px > MOST_PIXELS:
        most = f"{MOST_PIXELS // 1_000_000} million pixels and {MOST_SIDE_PX} a side"
        raise TooLargeError(f"a picture of {width_px}x{height_px}: {most} are the most: make it smaller, or the file is damaged")


def refuse_many_values(text: bytes | str) -> None:
    """Raises TooLargeError for a JSON or TOML text that would become more objects than any of ours."""
    commas, lists, tables = (b",", b"[", b"{") if isinstance(text, bytes) else (",", "[", "{")
    if text.count(commas) + text.count(lists) + text.count(tables) > MOST_VALUES:  # type: ignore[arg-type]  # of the text's own type
        raise TooLargeError(f"more than {MOST_VALUES} values")


def text_of(path: Path, most_bytes: int) -> str:
    """A UTF-8 text file. Raises OSError, UnicodeDecodeError, and TooLargeError without reading more than that."""
    with path.open("rb") as file:
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise TooLargeError(f"longer than {most_bytes} bytes")
    return content.decode("utf-8")
