"""Whether living pictures are ever called still or covered, and frozen ones in time: python -m tests.system.living --minutes 10 --out living.jsonl

Held clips of the phantom (tremor and breathing, 10 frames a second, faults of the video among them), the layouts in turn; each is frozen for its last
second. The scale is stated. One line a clip goes to --out, so that a run that was stopped goes on where it was. Subjects from 3,200,000 on.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edge.catalogue import VIEWS
from edge.screen import profile, watch
from edge.types import Frame, NoScan, ScreenLeft
from models.phantom.clip import ClipSpec, render_clip
from models.phantom.layouts import LAYOUTS
from tests.system.screens import run

FIRST_SUBJECT = 3_200_000
RATE_HZ, LIVE_S, FROZEN_S = 10.0, 20.0, 1.0
NS_PER_S = 1_000_000_000
NOTICED_S = 0.5


def clip_of(number: int) -> ClipSpec:
    """The clip of a number: layouts in turn, then views."""
    names, views = sorted(LAYOUTS), list(VIEWS)
    view = views[number // len(names) % len(views)]
    return ClipSpec(
        FIRST_SUBJECT + number, view, number, seconds=LIVE_S + FROZEN_S, rate_hz=RATE_HZ, motion="hold", layout=names[number % len(names)],
        freeze_at_s=LIVE_S,
    )  # fmt: skip


def measure(number: int) -> dict[str, Any]:
    """What was said of each living frame, and when the still picture was called frozen (s after the last that moved; null: never)."""
    spec = clip_of(number)
    said: Counter[str] = Counter()
    state, noticed_s = None, None
    for index, shown in enumerate(render_clip(spec)):
        truth: dict[str, Any] = shown.truth
        if state is None:
            stated = None if truth["mm_per_px"] is None else (truth["mm_per_px"][0], truth["mm_per_px"][1])
            left = ScreenLeft(truth["screen_left"] or "patient_left")
            state = watch.fresh(profile.AUTO, stated_mm_per_px=stated, stated_screen_left=left)
        captured_ns = truth["captured_ns"]
        state, answer = watch.watch(state, Frame(index, captured_ns, shown.pixels))
        word = answer.reason.name.lower() if isinstance(answer, NoScan) else answer.health.value
        if captured_ns < LIVE_S * NS_PER_S:
            said[word] += 1
        elif word == "frozen" and noticed_s is None:
            noticed_s = captured_ns / NS_PER_S - (LIVE_S - 1 / RATE_HZ)
    return {"seed": number, "layout": spec.layout, "said": dict(said), "noticed_s": noticed_s}


def table(lines: list[dict[str, Any]]) -> Iterator[str]:
    """A row a layout."""
    yield "layout         clips  minutes  said of living frames; still pictures called frozen"
    for name in ["all", *sorted({each["layout"] for each in lines})]:
        own = [each for each in lines if name in ("all", each["layout"])]
        said: Counter[str] = sum((Counter(each["said"]) for each in own), Counter())
        # where there is no scan there is nothing to be called frozen
        scans = [each for each in own if set(each["said"]) & {"live", "frozen"}]
        late = sum(each["noticed_s"] is None or each["noticed_s"] > NOTICED_S for each in scans)
        words = ", ".join(f"{word} {count}" for word, count in said.most_common())
        yield f"{name:14s} {len(own):5d}  {said.total() / RATE_HZ / 60:7.1f}  {words}; {len(scans) - late} of {len(scans)} within {NOTICED_S} s"


def main(arguments: list[str] | None = None) -> int:
    """Exit status 1 where a living picture was called frozen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--out", type=Path, required=True, help="lines of this run and of earlier ones")
    options = parser.parse_args(arguments)
    lines = run(range(-(-round(60 * options.minutes) // round(LIVE_S))), options.out, measure)
    print("\n".join(table(lines)))
    return 1 if any(each["said"].get("frozen") for each in lines) else 0


if __name__ == "__main__":
    sys.exit(main())
