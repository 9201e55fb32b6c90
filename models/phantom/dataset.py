"""Who is in which set, the fixed test set, and how a set is written: pictures and truth.jsonl, on all cores, the same bytes each time.

Splits are by subject: nobody is in two of them. The test set is named by seeds alone: 200 subjects x ten views x three probes, then negatives.
"""

from __future__ import annotations

import errno
import fcntl
import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.pool import Pool
from pathlib import Path

import numpy as np
from PIL import Image

from edge.catalogue import NO_VIEW, VIEWS
from models.phantom import negatives
from models.phantom.frame import (
    DEMONSTRATION_SUBJECTS,
    TEST_SUBJECT_COUNT,
    TEST_SUBJECTS,
    TRAINING_SUBJECTS,
    VALIDATION_SUBJECTS,
    FrameSpec,
    PhantomFrame,
    render_frame,
)
from models.phantom.probe import PROBE_KINDS

TRUTH_FILE = "truth.jsonl"
# first subject of a split, and how many there are
SPLITS: dict[str, tuple[int, int]] = {
    "training": (TRAINING_SUBJECTS, 1_000_000),
    "validation": (VALIDATION_SUBJECTS, 1_000_000),
    "test": (TEST_SUBJECTS, TEST_SUBJECT_COUNT),
    "demonstration": (DEMONSTRATION_SUBJECTS, 1_000_000),
}
NONE_PER_SUBJECT = 15  # of 45 frames a subject: a third


def split_of(subject_seed: int) -> str | None:
    """The split a subject belongs to."""
    return next((name for name, (first, count) in SPLITS.items() if first <= subject_seed < first + count), None)


def none_kinds(count: int) -> tuple[str, ...]:
    """So many kinds of none in the shares of negatives.KINDS, the commonest first, each kind's count as near to its share as it gets."""
    shares = negatives.KINDS
    given = dict.fromkeys(shares, 0)
    out = []
    for k in range(1, count + 1):
        name = max(shares, key=lambda kind: shares[kind] * k / sum(shares.values()) - given[kind])
        given[name] += 1
        out.append(name)
    return tuple(out)


def specs_of_test_set(subjects: int = TEST_SUBJECT_COUNT, *, probes: tuple[str, ...] = PROBE_KINDS) -> Iterator[FrameSpec]:
    """The fixed test set, subject by subject: each view with each probe, then the negatives. Fewer subjects are its beginning, whole."""
    kinds = none_kinds(NONE_PER_SUBJECT * TEST_SUBJECT_COUNT)
    for index in range(subjects):
        subject = TEST_SUBJECTS + index
        for probe in PROBE_KINDS:
            if probe in probes:
                yield from (FrameSpec(subject, view, 7_000_000 + index, probe=probe) for view in VIEWS)
        for k in range(NONE_PER_SUBJECT):
            yield FrameSpec(subject, NO_VIEW, 8_000_000 + k, none_kind=kinds[index + k * TEST_SUBJECT_COUNT])


def random_specs(
    count: int, *, split: str, seed: int, views: tuple[str, ...], none_share: float, frames_per_subject: int = 1
) -> Iterator[FrameSpec]:
    """`count` frames of a split's subjects, view and seed drawn."""
    first, size = SPLITS[split]
    for number in range(count):
        draw = np.random.Generator(np.random.PCG64([seed, first, number]))
        view = NO_VIEW if draw.random() < none_share else views[int(draw.integers(len(views)))]
        yield FrameSpec(first + (number // frames_per_subject) % size, view, int(draw.integers(2**31)))


@dataclass(frozen=True, slots=True)
class Job:
    """One picture to write."""

    folder: Path
    name: str
    spec: FrameSpec


def write_frame(job: Job) -> str:
    """Renders and writes one picture. Returns its line of truth.jsonl."""
    frame = render_frame(job.spec)
    save_picture(frame, job.folder / job.name)
    # frames of a set belong to no clip: each is one of its own, presented as a still
    return line_of(replace(frame, truth=frame.truth | {"clip": job.name.removesuffix(".png")}), job.name)


def save_picture(frame: PhantomFrame, path: Path) -> None:
    Image.fromarray(frame.pixels if frame.colour is None else frame.colour).save(path, compress_level=1)


def line_of(frame: PhantomFrame, name: str) -> str:
    return json.dumps({"frame": name, **frame.truth, "kind": frame.kind, "layout": frame.layout}, allow_nan=False)


def write_set(specs: list[FrameSpec], folder: Path, *, workers: int, progress: Callable[[int, int], None] = lambda _done, _of: None) -> int:
    """A folder of PNGs with truth.jsonl, in the order of the specs whatever the workers. Returns the number of frames. Whatever ends it early,
    truth.jsonl lists whole pictures in whole lines. Raises ValueError where anything is in the folder, OSError as the disk does."""
    digits = max(6, len(str(len(specs))))
    jobs = [Job(folder, f"{number:0{digits}d}.png", spec) for number, spec in enumerate(specs)]
    with truth_file(folder) as add:
        for done, line in enumerate(_lines(jobs, workers), start=1):
            add(line)
            progress(done, len(jobs))
    return len(jobs)


@contextmanager
def truth_file(folder: Path) -> Iterator[Callable[[str], None]]:
    """A new or empty folder's truth.jsonl, held alone: a function that adds one line, all of it or none. Raises ValueError where another process
    holds it, and where anything is there: pictures would be swapped under the truths of another set, and what a person corrected be lost."""
    taken = f"{folder}: is not empty: name a new folder"
    folder.mkdir(parents=True, exist_ok=True)
    if any(path.name != TRUTH_FILE for path in folder.iterdir()):
        raise ValueError(taken)
    with (folder / TRUTH_FILE).open("ab", buffering=0) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(f"{folder}: another process is writing frames there: name another folder") from None
        if file.seek(0, os.SEEK_END):
            raise ValueError(taken)

        def add(line: str) -> None:
            text, end = (line + "\n").encode(), file.seek(0, os.SEEK_END)
            try:
                if file.write(text) != len(text):  # a disk that fills up takes the line's beginning
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder / TRUTH_FILE))
            except OSError:
                file.truncate(end)
                raise

        yield add


def _lines(jobs: list[Job], workers: int) -> Iterator[str]:
    if workers <= 1:
        yield from map(write_frame, jobs)
        return
    with _pool(workers) as pool:
        yield from pool.imap(write_frame, jobs, chunksize=4)


def _pool(workers: int) -> Pool:
    """Processes that leave Ctrl-C to their parent: what is ignored when they start stays ignored."""
    if threading.current_thread() is not threading.main_thread():  # only there may a signal be set
        return multiprocessing.get_context("spawn").Pool(workers)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return multiprocessing.get_context("spawn").Pool(workers)
    finally:
        signal.signal(signal.SIGINT, before)
