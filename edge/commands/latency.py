"""`tuffier latency`: how long a picture takes from a screen through the grabber, measured with a page that shows the time."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from edge.board.config import ConfigError
from edge.judge.latency import Delay, Latency, latency_of
from edge.options import add_command
from edge.record.files import write_atomically
from edge.screen import profile as profiles
from edge.source.sources import LIVE_KINDS, parse_spec

MOST_LATENCY_MS = profiles.RANGES["latency_ms"][1]


def add(commands: Any) -> None:
    text = "how long a picture takes through the grabber, for the profile's latency_ms"
    parser = add_command(commands, "latency", _latency, text, "tuffier latency v4l2:/dev/video0 --profile my-scanner.toml")
    parser.add_argument("source", help="v4l2:DEV or picamera2:N, connected to a screen instead of the scanner")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long to measure once the pattern is seen")
    parser.add_argument("--listen", default="127.0.0.1:8643", help="where the page is served; 0.0.0.0:8643 for a browser on another computer")
    parser.add_argument("--profile", type=Path, help="a profile of your own, whose latency_ms is set to what was measured")
    parser.add_argument("--json", action="store_true")


def _latency(options: argparse.Namespace) -> int:
    # only here: no other command waits for a web server's modules
    from edge.judge.latency_page import items_of, seen, served

    if parse_spec(options.source).kind not in LIVE_KINDS:
        raise ConfigError(f"{options.source} is no camera: a file has no delay; name the grabber, e.g. v4l2:/dev/video0")
    if options.profile:
        profiles.load(options.profile)  # what cannot be written to is told before anything is measured
        if profiles.path_of(options.profile) != options.profile:
            raise ConfigError(f"{options.profile} comes with the program: name a profile of your own (`tuffier calibrate` writes one)")
    with served(options.listen) as page:
        print(f"open {page.url} on the screen that the grabber takes, and click it: it fills the screen", file=sys.stderr)
        found = latency_of(seen(items_of(options.source), options.seconds))
    if found is None:
        print(f"tuffier latency: the pattern was not seen: open {page.url} full-screen there, mirrored to no other size", file=sys.stderr)
        return 1
    print(json.dumps(fields(found, page.half_ms)) if options.json else words(found, page.half_ms))
    return _stated(found, options.profile)


def _stated(found: Latency, path: Path | None) -> int:
    """Into the profile, where there is one. Exit status 1 for what a profile cannot state."""
    if found.stated_ms > MOST_LATENCY_MS:
        print(f"tuffier latency: a profile states {MOST_LATENCY_MS:.0f} ms at most: this grabber is too slow", file=sys.stderr)
        return 1
    if path:
        write_atomically(path, with_latency(path.read_text(encoding="utf-8"), found.stated_ms).encode())
        profiles.load(path)
        print(f"written to {path}", file=sys.stderr)
    return 0


def fields(found: Latency, half_ms: float) -> dict[str, Any]:
    """For --json."""
    rows = {name: {"median": each.median_ms, "p5": each.low_ms, "p95": each.high_ms} for name, each in _delays(found)}
    return {"ms": rows, "pictures": found.pictures, "unread": found.unread, "clock_within_ms": half_ms, "latency_ms": found.stated_ms}


def words(found: Latency, half_ms: float) -> str:
    """For a person, with the profile's lines at the end."""
    lines = [f"{name:32} {each.median_ms:6.1f} ms  (5 to 95 %: {each.low_ms:.1f} to {each.high_ms:.1f})" for name, each in _delays(found)]
    lines.append(f"{found.pictures - found.unread} of {found.pictures} pictures read; the page's clock is right within {half_ms:.1f} ms")
    return "\n".join([*lines, "", "in the profile:", "[video]", f"latency_ms = {found.stated_ms}"])


def _delays(found: Latency) -> tuple[tuple[str, Delay], ...]:
    return ("screen to the kernel's time", found.capture), ("screen to the program", found.whole)


def with_latency(text: str, latency_ms: int) -> str:
    """A profile's text with [video] latency_ms as stated; all else, comments too, stays."""
    lines, table, place = text.splitlines(), "", None
    for index, line in enumerate(lines):
        if line.strip().startswith("["):
            table = line.split("#")[0].strip()
            place = index + 1 if table == "[video]" else place
        elif table == "[video]" and line.split("=")[0].strip() == "latency_ms":
            lines[index] = f"latency_ms = {latency_ms}"
            return "\n".join(lines) + "\n"
    if place is None:
        return "\n".join([*lines, "", "[video]", f"latency_ms = {latency_ms}"]) + "\n"
    return "\n".join([*lines[:place], f"latency_ms = {latency_ms}", *lines[place:]]) + "\n"
