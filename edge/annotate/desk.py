"""The folder on which one reader works: what is known of each frame, what the reader said, and both files of it.

Rule 1: what was answered as saved is on the disk: truth.jsonl and draft.jsonl are replaced as one step each, and read again at the start.
Rule 2: one process works on a reader's folder, and one tab of the browser writes.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from edge.annotate.label import Label, LabelError, Line, fields_of, label_of, line_of, missing, state_of
from edge.limits import MOST_LINE_BYTES, TooLargeError, refuse_many_values
from edge.record.export import PROPOSED
from edge.record.files import write_atomically
from edge.source import truth

DRAFT = "draft.jsonl"
LOCK = ".annotate.lock"
TAB_SILENT_S = 10.0  # a tab that has not been heard of for so long holds nothing
Lines: TypeAlias = dict[str, Line]
STATES = ("untouched", "open", "unsure", "done")


class DeskError(Exception):
    """The folder cannot be worked on; the text names the cure."""


class HeldError(Exception):
    """Another tab writes."""


class StaleError(Exception):
    """What was sent rests on another state of the frame than is kept."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One frame on the desk. base: its line without a reader's word; proposal: the model's."""

    base: Line
    proposal: Mapping[str, Any] | None
    label: Label
    touched: bool

    @property
    def state(self) -> str:
        return state_of(self.label) if self.touched else "untouched"

    @property
    def revision(self) -> str:
        """Of what is kept: the same after a restart, so that a page which is still open may go on."""
        return hashlib.sha256(json.dumps(fields_of(self.label), sort_keys=True).encode()).hexdigest()[:16]


class Desk:
    """One reader's work on a folder of frames. reader: whose; empty: the folder's own truth.jsonl. blind: no proposals. Raises DeskError."""

    def __init__(self, folder: Path, reader: str = "", *, blind: bool = False, now_s: Callable[[], float] = time.monotonic) -> None:
        self.folder = folder / reader if reader else folder
        self.reader = reader
        self._now_s = now_s
        self._busy = threading.Lock()
        self._tab, self._heard_s = "", now_s() - 2 * TAB_SILENT_S
        bases, proposals = _known(folder, reader)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock, self.token = _locked(self.folder)
        try:
            done = _lines(self.folder / truth.FILE_NAME)
            drafts = {name: line for name, line in _lines(self.folder / DRAFT).items() if name not in done}
            self._sheets = [_sheet(base, None if blind else proposals.get(name), done, drafts) for name, base in bases.items()]
            self._kept = {name: line for name, line in (drafts | done).items() if name not in bases}
        except LabelError as error:
            self.close()
            raise DeskError(f"{self.folder}: {error}") from error

    def close(self) -> None:
        self._lock.close()

    def __len__(self) -> int:
        return len(self._sheets)

    def sheet(self, number: int) -> Sheet:
        return self._sheets[number]

    def picture(self, number: int) -> Path:
        return self.folder / str(self._sheets[number].base["frame"])

    def counts(self) -> dict[str, int]:
        """State -> how many frames."""
        found = dict.fromkeys(STATES, 0)
        for sheet in self._sheets:
            found[sheet.state] += 1
        return found

    def states(self) -> list[dict[str, Any]]:
        """The list of frames, in order."""
        return [{"frame": Path(sheet.base["frame"]).name, "state": sheet.state} for sheet in self._sheets]

    def fields(self, number: int) -> dict[str, Any]:
        """One frame for the page."""
        sheet = self._sheets[number]
        line = line_of(sheet.base, sheet.label)
        return {
            "number": number,
            "frame": Path(sheet.base["frame"]).name,
            "mm_per_px": sheet.base.get("mm_per_px"),
            "origin_px": sheet.base.get("origin_px"),
            "label": fields_of(sheet.label),
            "proposal": sheet.proposal,
            "state": sheet.state,
            "missing": list(missing(sheet.label)),
            "target": line["target"],
            "revision": sheet.revision,
        }

    def hold(self, tab: str, *, take: bool) -> bool:
        """Whether this tab writes: it does where no other was heard of lately, or where it takes over."""
        with self._busy:
            return self._holds(tab, take=take)

    def _holds(self, tab: str, *, take: bool = False) -> bool:
        now_s = self._now_s()
        if take or tab == self._tab or now_s - self._heard_s > TAB_SILENT_S:
            self._tab, self._heard_s = tab, now_s
        return tab == self._tab

    def release(self, tab: str) -> None:
        """A tab that is closed."""
        with self._busy:
            if tab == self._tab:
                self._tab, self._heard_s = "", self._now_s() - 2 * TAB_SILENT_S

    def save(self, number: int, label: Label, *, tab: str, revision: str) -> dict[str, Any]:
        """Keeps a label; the frame's fields once it is on the disk. Raises HeldError, StaleError, OSError: nothing has changed then."""
        with self._busy:
            if not self._holds(tab):
                raise HeldError
            before = self._sheets[number]
            if revision != before.revision:
                raise StaleError
            after = Sheet(before.base, before.proposal, label, True)
            self._sheets[number] = after
            try:
                self._write(before.state, after.state)
            except OSError:
                self._sheets[number] = before
                raise
            return self.fields(number)

    def take_in(self, lines: Mapping[str, Line]) -> dict[str, int]:
        """Labels from elsewhere, by frame, over those that are there; how many became what. Raises LabelError, OSError."""
        made = dict.fromkeys(STATES, 0)
        with self._busy:
            before = list(self._sheets)
            for number, sheet in enumerate(self._sheets):
                line = lines.get(Path(sheet.base["frame"]).name)
                if line is not None:
                    label = label_of({**sheet.base, **line}, done=bool(line.get("finished")))
                    self._sheets[number] = Sheet(sheet.base, sheet.proposal, label, True)
                    made[self._sheets[number].state] += 1
            try:
                self._write("open", "done")
            except OSError:
                self._sheets = before
                raise
        return made

    def _write(self, before: str, after: str) -> None:
        """Replaces the files that a change of state touches: what is gained first, so that a power cut between them loses nothing."""
        files = {truth.FILE_NAME if state == "done" else DRAFT: None for state in (after, before) if state != "untouched"}
        for name in files:
            lines = [line_of(sheet.base, sheet.label) for sheet in self._sheets if sheet.touched and (sheet.state == "done") == (name != DRAFT)]
            lines += [line for line in self._kept.values() if ("state" in line) == (name == DRAFT)]
            write_atomically(self.folder / name, "".join(json.dumps(line, allow_nan=False) + "\n" for line in lines).encode())


def _sheet(base: Line, proposal: Line | None, done: Lines, drafts: Lines) -> Sheet:
    name = base["frame"]
    if name in done:
        return Sheet({**base, **done[name]}, _offered(proposal), label_of(done[name], done=True), True)
    if name in drafts:
        return Sheet(base, _offered(proposal), label_of(drafts[name], done=False), True)
    return Sheet(base, _offered(proposal), label_of({**base, "view": None}, done=False), False)


def _offered(proposal: Line | None) -> Mapping[str, Any] | None:
    """A proposal for the page: places by slot, as a label has them."""
    if proposal is None:
        return None
    slots = fields_of(label_of(proposal, done=False))["slots"]
    return {"view": proposal["view"], "confidence": proposal.get("view_confidence"), "slots": slots}


def _known(folder: Path, reader: str) -> tuple[Lines, Lines]:
    """(bases, proposals) by frame, as the reader's folder names it. Without proposals the frames of truth.jsonl are corrected. Raises DeskError."""
    proposed = _lines(folder / PROPOSED)
    lines = list(proposed.values()) or list(_lines(folder / truth.FILE_NAME).values())
    if not lines:
        raise DeskError(f"{folder}: no frames in it: name a SOURCE to take them from, e.g. tuffier annotate clip.mp4 --out {folder}")
    up = "../" if reader else ""
    bases = {up + line["frame"]: _base({**line, "frame": up + line["frame"]}, still=bool(proposed)) for line in lines}
    return bases, {up + name: line for name, line in proposed.items()}


def _base(line: Line, *, still: bool) -> Line:
    """A line without any word on what its frame shows; so no reader sees another's. still: the frame is a clip of its own, since who labels some of a
    clip's frames leaves gaps in it, and score counts frames that follow each other."""
    gone = ("view_confidence", "tissue_target_probe_mm", "marks", "state", "view_unsure", "finished")
    blank: Line = {"view": None, "procedure": None, "side": None, "landmarks": {}, "target": None}
    known = {"subject": line.get("subject") or line.get("clip", ""), **({"clip": Path(line["frame"]).stem} if still else {})}
    return {key: value for key, value in line.items() if key not in gone} | blank | known


def _lines(path: Path) -> Lines:
    """A file's lines by frame, none where there is no file. Raises DeskError."""
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise DeskError(f"{path}: {error.strerror}") from error
    found: Lines = {}
    for number, row in enumerate(text.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
        if row.strip():
            try:
                line = _parsed(row)
            except (KeyError, TypeError, ValueError, RecursionError, TooLargeError) as error:
                raise DeskError(f"{path}, line {number}: lacks or misstates {str(error)[:200]}: mend the line, or remove it") from error
            found[line["frame"]] = line
    return found


def _parsed(row: bytes) -> Line:
    """One line in truth.jsonl's form; a draft's view may be null. Raises KeyError, TypeError, ValueError, TooLargeError."""
    if len(row) > MOST_LINE_BYTES:
        raise TooLargeError(f"a line of {len(row)} bytes")
    refuse_many_values(row)
    line: Line = json.loads(row)
    truth.parse({**line, "view": line.get("view") or "none"})
    return line | {"frame": str(line["frame"])}


def _locked(folder: Path) -> tuple[Any, str]:
    """The folder's lock file, held until it is closed, and the word in the page's address: the same each time, so that a page which is still open
    goes on when the command is started again. Raises DeskError."""
    try:
        file = os.fdopen(os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+")
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise DeskError(f"{folder}: another tuffier annotate works on it: end that one, or give a --reader of your own") from None
    except OSError as error:
        raise DeskError(f"{folder}: {error.strerror}: name a folder that can be written") from error
    token = file.read().strip()
    if len(token) < 16 or not token.isalnum():
        token = secrets.token_hex(12)
        file.seek(0)
        file.truncate()
        file.write(token)
        file.flush()
    return file, token


