"""How often screens that the phantom draws are read right: python -m tests.system.screens --frames 5000 --out screens.jsonl

One line a frame goes to --out, so that a run that was stopped goes on where it was; the table is made of all lines. Seeds begin at the
demonstration subjects; the test set's subjects are refused. Upside-down and torn frames have no truth of a scan and are left out.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge import profile, screen
from edge.catalogue import VIEWS
from edge.crop import sector_mask
from models.phantom.frame import FrameSpec, examine, render_exam

FIRST_SEED = 3_000_000
TEST_SUBJECTS = (2_000_000, 2_000_200)
RIGHT_SCALE, WRONG_UNIT, WRONG_ORIGIN_MM = 0.005, 0.2, 1.0
LEFT_OUT = ("upside_down", "torn")


def spec_of(seed: int) -> FrameSpec:
    """Three quarters of the frames show a view, a quarter none; four frames a subject."""
    rng = np.random.default_rng(seed)
    views = list(VIEWS)
    view = views[int(rng.integers(len(views)))] if rng.uniform() < 0.75 else "none"
    return FrameSpec(seed // 4, view, seed)


def readable(exam: Any) -> bool:
    """Whether a ruler stands beside the scan and the screen tells its unit: two labels, or a printed depth with its unit."""
    down = [each for each in exam.layout.rulers if each.side in ("left", "right")]
    labels = any(each.label_mm and int(exam.probe.depth_mm / each.label_mm + 1e-6) + bool(each.label_zero) >= 2 for each in down)
    return bool(down) and (labels or any(each.text.endswith(("cm", " mm")) for each in exam.layout.texts))


def true_mask(exam: Any, truth: dict[str, Any], box: tuple[int, int, int, int], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Pixels of the frame, (rows, columns), that the scan was drawn on."""
    (u0, v0), (across, down), probe = truth["origin_px"], truth["mm_per_px"], exam.probe
    x, z = (np.arange(shape[1]) - u0) * across, (np.arange(shape[0])[:, None] - v0) * down
    if probe.kind == "linear":
        inside = (np.abs(x) <= probe.face_half_width_mm) & (z >= 0) & (z <= probe.depth_mm)
    else:
        reach = np.hypot(x, z + probe.apex_radius_mm) - probe.apex_radius_mm
        angle = np.abs(np.degrees(np.arctan2(x, z + probe.apex_radius_mm)))
        inside = (reach >= 0) & (reach <= probe.depth_mm) & (angle <= probe.half_angle_deg)
    shown = np.zeros(shape, np.bool_)
    shown[max(0, box[1]) : box[3], max(0, box[0]) : box[2]] = True
    return np.asarray(inside & shown)


def found_mask(fit: screen.Fit, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Pixels of the frame, (rows, columns), that the reading takes for the scan."""
    shape_px = fit.geometry
    box = (shape_px.left_px, shape_px.top_px, shape_px.right_px, shape_px.bottom_px)
    part = sector_mask(shape_px, fit.aspect, box)
    found = np.zeros(shape, np.bool_)
    found[box[1] : box[3], box[0] : box[2]] = True if part is None else part
    return found


def judged(fit: screen.Fit | None, truth: dict[str, Any]) -> dict[str, Any]:
    """One reading against the truth: what it says, and its errors where it says something."""
    if fit is None or not fit.measures or fit.mm_per_px is None:
        why = "no area" if fit is None else (fit.why or "no scale")
        return {"given": False, "why": why}
    (u0, v0), (across, down) = truth["origin_px"], truth["mm_per_px"]
    wrong = max(abs(fit.mm_per_px[0] / across - 1), abs(fit.mm_per_px[1] / down - 1))
    return {
        "given": True,
        "scale_error": wrong,
        "depth_scale_error": abs(fit.mm_per_px[1] / down - 1),
        "depth_off_mm": (fit.origin_px[1] - v0) * down,
        "lateral_off_mm": (fit.origin_px[0] - u0) * across,
    }


def measure(seed: int) -> dict[str, Any]:
    """One frame, read with its own ruler and again with the scale stated."""
    exam = examine(spec_of(seed))
    frame = render_exam(exam)
    line: dict[str, Any] = {"seed": seed, "layout": exam.layout.name, "kind": frame.kind}
    truth: dict[str, Any] = frame.truth
    if frame.kind in LEFT_OUT:
        return line | {"left_out": True}
    read = screen.read_screen(frame.pixels, profile.AUTO, None)
    if truth.get("origin_px") is None:
        return line | {"ghost": read is not None and read.measures}
    stated = screen.read_screen(frame.pixels, profile.AUTO, (truth["mm_per_px"][0], truth["mm_per_px"][1]))
    line |= {"readable": readable(exam), "read": judged(read, truth), "stated": judged(stated, truth), "iou": 0.0}
    if stated is not None:
        shape = (frame.pixels.shape[0], frame.pixels.shape[1])
        true, found = true_mask(exam, truth, frame.scan_box_px, shape), found_mask(stated, shape)
        line["iou"] = float((true & found).sum() / max(1, (true | found).sum()))
    return line


def off(reading: dict[str, Any]) -> bool:
    """Whether a reading that was given puts the origin somewhere else."""
    return bool(reading["given"]) and max(abs(reading["depth_off_mm"]), abs(reading["lateral_off_mm"])) > WRONG_ORIGIN_MM


def row_of(name: str, lines: list[dict[str, Any]]) -> str:
    """One row of the table: counts over the frames that show a scan."""
    told = [each for each in lines if each["readable"]]
    given = [each for each in lines if each["read"]["given"]]
    right = sum(each["read"]["given"] and each["read"]["scale_error"] <= RIGHT_SCALE for each in told)
    unit = sum(each["read"]["depth_scale_error"] > WRONG_UNIT for each in given)
    scale = sum(each["read"]["scale_error"] > 2 * RIGHT_SCALE for each in given)
    stated = [each for each in lines if each["stated"]["given"]]
    fits = sum(each["iou"] >= 0.98 for each in lines)
    return (
        f"{name:14s} {len(lines):6d} {right:6d}/{len(told):<6d} {unit:5d} {scale:6d} {sum(off(e['read']) for e in lines):5d}/{len(given):<6d}"
        f" {sum(off(e['stated']) for e in lines):5d}/{len(stated):<6d} {len(lines) - len(stated):6d} {fits:6d}"
    )


def table(lines: list[dict[str, Any]]) -> Iterator[str]:
    """The figures, in all and for each layout; then what withheld and what had nothing to show."""
    scans = [each for each in lines if "read" in each]
    yield "layout         frames  scale <= 0.5 %  unit  > 1 %  origin off (read)  (stated)  withheld  IoU >= 0.98"
    yield row_of("all", scans)
    for name in sorted({each["layout"] for each in scans}):
        yield row_of(name, [each for each in scans if each["layout"] == name])
    for way in ("read", "stated"):
        causes = Counter(each[way]["why"] for each in scans if not each[way]["given"] and (way == "stated" or each["readable"]))
        yield f"{way}, withheld: " + "; ".join(f"{count} {why}" for why, count in causes.most_common())
    none = [each for each in lines if "ghost" in each]
    yield f"without a scan: {len(none)} frames, {sum(each['ghost'] for each in none)} measured; left out: {sum('left_out' in e for e in lines)}"


def lines_of(path: Path) -> list[dict[str, Any]]:
    """Whole lines of an earlier run; one cut short by a stop is not counted."""
    if not path.exists():
        return []
    return [json.loads(each) for each in path.read_text().splitlines(keepends=True) if each.endswith("\n")]


def run(seeds: range, out: Path) -> list[dict[str, Any]]:
    """Measures what is not yet in the file and returns all of these seeds."""
    lines = lines_of(out)
    out.write_text("".join(json.dumps(each) + "\n" for each in lines))
    done = {each["seed"] for each in lines}
    with out.open("a") as file:
        for seed in seeds:
            if seed not in done:
                lines.append(measure(seed))
                file.write(json.dumps(lines[-1]) + "\n")
                file.flush()
    return [each for each in lines if each["seed"] in seeds]


def main(arguments: list[str] | None = None) -> int:
    """Exit status 1 where a unit is wrong or something is measured where there is no scan."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=5000)
    parser.add_argument("--first", type=int, default=4 * FIRST_SEED, help="first seed; subjects are a quarter of it")
    parser.add_argument("--out", type=Path, required=True, help="lines of this run and of earlier ones")
    options = parser.parse_args(arguments)
    seeds = range(options.first, options.first + options.frames)
    if seeds.start // 4 < TEST_SUBJECTS[1] and seeds.stop // 4 >= TEST_SUBJECTS[0]:
        parser.error("these seeds touch the test set's subjects: choose --first from 12000000 on")
    lines = run(seeds, options.out)
    print("\n".join(table(lines)))
    wrong = [each for each in lines if each.get("ghost") or ("read" in each and each["read"].get("depth_scale_error", 0) > WRONG_UNIT)]
    for each in wrong:
        print("wrong:", json.dumps(each), file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
