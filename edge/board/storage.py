"""Recordings that never fill the disk, and outputs that never replace what is read.

Rule 1: recordings are numbered, since a board's clock may start years back; the oldest number goes first. Rule 2: what is recorded is on the disk
within SYNC_PERIOD_S.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from edge.board.config import ConfigError
from edge.guidance.session import Session
from edge.pipeline import Answer
from edge.record.files import sync_folder
from edge.record.recording import Recorder
from edge.types import Frame

SEGMENT_BYTES = 64_000_000
MOST_BYTES = 2_000_000_000
LEAST_FREE_BYTES = 200_000_000
SYNC_PERIOD_S = 1.0
NAME = "{number:06d}-{stamp}.mcap"


def refuse_unwritable(path: Path, kept: Mapping[str, Iterable[Path]]) -> None:
    """An output's place is looked at before anything starts; kept: as of refuse_loss. Raises ConfigError."""
    folder = path if path.is_dir() else path.parent
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(f"{path}: {folder} is no folder that can be written: name another file")
    refuse_loss(path, kept)


def refuse_recording_over(path: Path, kept: Mapping[str, Iterable[Path]]) -> None:
    """As refuse_unwritable, of a recording's place: what is recorded cannot be had again, so no file's content makes way for it, and in a folder of
    recordings, whose oldest do, none may be read. Raises ConfigError."""
    refuse_unwritable(path, kept)
    if path.is_file() and path.stat().st_size > 0:
        raise ConfigError(f"{path}: is there already, and would be lost: name another file, or remove it first")
    if path.is_dir():
        for what, files in kept.items():
            if any(_same(path, each.parent) and each.suffix == ".mcap" for each in files):
                raise ConfigError(f"{path}: {what} lies in it, and may be removed to make room: name another folder")


def refuse_loss(path: Path, kept: Mapping[str, Iterable[Path]]) -> None:
    """An output that is one of the files to keep, by whatever name, would empty it. kept: what they are -> the files. Raises ConfigError."""
    for what, files in kept.items():
        if any(_same(path, each) for each in files):
            raise ConfigError(f"{path}: is {what} itself, and would be lost: name another file")


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        # not there yet: what will be made is the same by the same name only
        return os.path.realpath(one) == os.path.realpath(other)


def recordings_in(folder: Path) -> list[tuple[int, Path]]:
    """(number, path) of a folder's numbered recordings, oldest first."""
    found = []
    for path in folder.glob("*.mcap"):
        number = path.name.split("-")[0]
        if number.isascii() and number.isdecimal():  # a superscript is a digit too, and no number
            found.append((int(number), path))
    return sorted(found)


def make_room(folder: Path, *, most_bytes: int, least_free_bytes: int) -> None:
    """Removes the oldest recordings until the rest keeps both bounds."""
    kept = recordings_in(folder)
    sizes = {path: _size(path) for _, path in kept}
    while kept and (sum(sizes.values()) > most_bytes or shutil.disk_usage(folder).free < least_free_bytes):
        _, oldest = kept.pop(0)
        sizes.pop(oldest)
        oldest.unlink(missing_ok=True)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


class RollingRecorder:
    """A folder of numbered recordings: a new one every segment_bytes, the oldest removed. Like Recorder: write() and close(), which raise OSError,
    and frames."""

    def __init__(
        self,
        folder: Path,
        session: Mapping[str, Any],
        *,
        segment_bytes: int = SEGMENT_BYTES,
        most_bytes: int = MOST_BYTES,
        least_free_bytes: int = LEAST_FREE_BYTES,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._session = session
        self._segment_bytes = segment_bytes
        self._most_bytes = most_bytes
        self._least_free_bytes = least_free_bytes
        self._synced_s = 0.0
        self._full: dict[Path, int] = {}
        self._recorder = self._next()

    def write(self, frame: Frame | None, answer: Answer, session: Session, *, clip: str = "") -> None:
        self._recorder.write(frame, answer, session, clip=clip)
        now_s = time.monotonic()
        if now_s - self._synced_s >= SYNC_PERIOD_S:
            self._synced_s = now_s
            if self._recorder.sync() >= self._segment_bytes:
                full = self._recorder
                full.close()
                self._recorder = self._next()
                self._full = {path: count for path, count in self._full.items() if path.exists()} | {full.path: full.frames}

    def note(self, kind: str, at_ns: int, fields: dict[str, Any]) -> None:
        self._recorder.note(kind, at_ns, fields)

    @property
    def frames(self) -> int:
        """Frames written here that can be read now: those of the oldest recordings go with them."""
        return self._recorder.frames + sum(count for path, count in self._full.items() if path.exists())

    def close(self) -> None:
        self._recorder.close()

    def _next(self) -> Recorder:
        # room for the segment to come, too
        make_room(self._folder, most_bytes=self._most_bytes - self._segment_bytes, least_free_bytes=self._least_free_bytes + self._segment_bytes)
        numbers = [number for number, _ in recordings_in(self._folder)]
        name = NAME.format(number=max(numbers, default=0) + 1, stamp=time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()))
        recorder = Recorder(self._folder / name, self._session)
        sync_folder(self._folder)
        return recorder
