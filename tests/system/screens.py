"""How often screens that the phantom draws are read right: python -m tests.system.screens --frames 5000 --out screens.jsonl

One line a frame goes to --out, so that a run that was stopped goes on where it was; the table is made of all lines. Seeds begin at the
demonstration subjects; the test set's subjects are refused. Upside-down and torn frames have no truth of a scan and are left out.

With --profiled each frame is read with the profile that a technician has made of its screen: how wide pixels are, how far apart the ruler's marks and
which of them are larger. Then all whose marks are seen count as readable.

With --changes each seed is a screen whose depth changes by one press of a key, between the fifth frame and the sixth: does the sixth still give
the old scale as live?
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.catalogue import VIEWS
from edge.screen import profile, watch
from edge.screen.area.sector import sector_mask
from edge.types import Frame, Health, Scan, ScreenLeft
from models.phantom.canvas import Canvas, grey_of
from models.phantom.frame import _SCREEN, FrameSpec, examine, render_exam, stream
from models.phantom.glyphs import words
from models.phantom.layouts import fitted_mm_per_px, sample_layout
from models.phantom.look import BoneLook
from models.phantom.screen import furnish

FIRST_SEED = 3_000_000
TEST_SUBJECTS = (2_000_000, 2_000_200)
RIGHT_SCALE, WRONG_UNIT, WRONG_ORIGIN_MM = 0.005, 0.2, 1.0
LEFT_OUT = ("upside_down", "torn")
WAYS = ("read", "stated")  # the scale from the screen, and from whoever states it
LEAST_CAPITAL_PX, LEAST_DIGIT_PX, LEAST_PITCH_PX = 5.0, 3.0, 4.0  # as delivered: smaller is not read with certainty
LEAST_INK = 30  # grey levels between writing or marks and what is behind them
MOST_COVERED = 0.06  # of a text's box that something else is drawn in
DEPTH_STEPS_MM = (-20.0, -10.0, -5.0, 5.0, 10.0, 20.0)
FRAME_NS, FRAMES_BEFORE = 33_000_000, 5


def spec_of(seed: int) -> FrameSpec:
    """Three quarters of the frames show a view, a quarter none; four frames a subject."""
    rng = np.random.default_rng(seed)
    views = list(VIEWS)
    view = views[int(rng.integers(len(views)))] if rng.uniform() < 0.75 else "none"
    return FrameSpec(seed // 4, view, seed)


def told(exam: Any) -> bool:
    """Whether a ruler was drawn beside the scan and something of its unit: two labels, or a printed depth with its unit."""
    down = [each for each in exam.layout.rulers if each.side in ("left", "right")]
    labels = any(each.label_mm and _labels(exam, each) >= 2 for each in down)
    return bool(down) and (labels or any(_is_depth(each) for each in exam.layout.texts))


def _is_depth(text: Any) -> bool:
    return bool(text.text.endswith(("cm", " mm")))


def _labels(exam: Any, ruler: Any) -> int:
    """How many labels a ruler has: they stand at its marks."""
    at = np.arange(int(exam.probe.depth_mm / ruler.minor_mm + 1e-6) + 1) * ruler.minor_mm / ruler.label_mm
    return int((np.abs(at - np.round(at)) < 1e-6).sum()) - (not ruler.label_zero)


def delivered(exam: Any) -> tuple[float, float, tuple[int, int, int, int]]:
    """How much the video chain stretches columns and rows, and the part of the drawn screen that overscan leaves: left, top, right, bottom."""
    width, height, fault = exam.layout.width_px, exam.layout.height_px, exam.fault
    du, dv = round(width * fault.overscan), round(height * fault.overscan)
    across, down = width / (width - 2 * du), height / (height - 2 * dv)
    if fault.scale_to is not None:
        to = fault.scale_to[0] / width, fault.scale_to[1] / height
        across, down = across * (min(to) if fault.bars else to[0]), down * (min(to) if fault.bars else to[1])
    return across, down, (du, dv, width - du, height - dv)


def readable(exam: Any) -> bool:
    """Whether a person could read the scale with certainty: `told`, and not hidden by the layout's accidents or the video chain. Marks stand far
    enough apart and in the picture; of the labels, or of one printed depth, all is in the picture, large enough and not drawn over; and columns
    are as wide as rows are high, or a ruler across or an arc tells how wide. Writing on the scan and interlaced writing count as readable."""
    across, down, window = delivered(exam)
    stretched = abs(across / down - 1) > 2 * RIGHT_SCALE
    if not told(exam) or (stretched and exam.probe.kind == "linear" and not any(each.side in ("above", "below") for each in exam.layout.rulers)):
        return False
    labels = [each for each in exam.layout.rulers if each.side in ("left", "right") and each.label_mm and _labels_legible(exam, each)]
    if any(_labels(exam, each) >= 4 for each in labels):
        return True
    marks = any(_marks_seen(exam, each) for each in exam.layout.rulers if each.side in ("left", "right"))
    depth = any(_is_depth(each) and _legible(exam, each, window, across, down) for each in exam.layout.texts)
    return marks and (depth or any(_labels(exam, each) >= 2 for each in labels))


def _in_picture(exam: Any, ruler: Any, reach_px: float) -> bool:
    """Whether overscan leaves the marks of a ruler at the picture's edge, and reach_px more inwards."""
    cut = delivered(exam)[2][0]
    return bool(ruler.place != "frame" or ruler.offset_px - (ruler.major_px / 2 if ruler.style != "ticks" else 0) + reach_px >= cut)


def _marks_seen(exam: Any, ruler: Any) -> bool:
    _, down, _ = delivered(exam)
    pitch_px = ruler.minor_mm / fitted_mm_per_px(exam.probe, exam.layout.box_px, exam.layout.overfill) * down
    return _in_picture(exam, ruler, 0) and pitch_px >= LEAST_PITCH_PX and _ink(exam, ruler.colour, exam.layout.background) >= LEAST_INK


def _labels_legible(exam: Any, ruler: Any) -> bool:
    across, down, _ = delivered(exam)
    large = ruler.label_px * down >= LEAST_CAPITAL_PX and 0.65 * ruler.label_px * across >= LEAST_DIGIT_PX
    return large and _in_picture(exam, ruler, ruler.major_px + 4) and _ink(exam, ruler.colour, exam.layout.background) >= LEAST_INK


def _ink(exam: Any, colour: Any, background: Any) -> float:
    black, white = exam.fault.levels
    return float(abs(grey_of(colour) - grey_of(background)) * (white - black) / 255)


def _legible(exam: Any, text: Any, window: tuple[int, int, int, int], across: float, down: float) -> bool:
    """Whether all of a text is delivered, large enough, and stands on one grey with nothing drawn into it."""
    layout, capital = exam.layout, max(5, round(text.height_px))
    if capital * down < LEAST_CAPITAL_PX or 0.65 * capital * across < LEAST_DIGIT_PX:
        return False
    width = words(text.text, capital, text.weight).shape[1]
    left = round(text.x - {"left": 0.0, "middle": width / 2, "right": float(width)}[text.anchor])
    top = round(text.y)
    if left < window[0] or top < window[1] or left + width > window[2] + 0.2 * capital or top + capital > window[3]:
        return False
    canvas = Canvas.blank(layout.width_px, layout.height_px, layout.background, coloured=False)
    furnish(canvas, replace(layout, texts=tuple(each for each in layout.texts if each is not text)), 0)
    behind = canvas.grey[top : top + capital, left : left + width].astype(np.float64)
    usual = float(np.median(behind))
    ink = grey_of(text.colour) - usual
    covered = float((np.abs(behind - usual) > abs(ink) / 2).mean())
    return abs(ink) * (exam.fault.levels[1] - exam.fault.levels[0]) / 255 >= LEAST_INK and covered <= MOST_COVERED


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


def found_mask(fit: watch.Fit, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Pixels of the frame, (rows, columns), that the reading takes for the scan."""
    shape_px = fit.geometry
    box = shape_px.box_px
    part = sector_mask(shape_px, fit.aspect, box)
    found = np.zeros(shape, np.bool_)
    found[box[1] : box[3], box[0] : box[2]] = True if part is None else part
    return found


def judged(fit: watch.Fit | None, truth: dict[str, Any]) -> dict[str, Any]:
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


def profile_of(exam: Any, truth: dict[str, Any]) -> profile.Profile:
    """What `tuffier calibrate` writes of a screen when all is told that it asks."""
    video = profile.VideoPart(pixel_aspect=truth["mm_per_px"][0] / truth["mm_per_px"][1])
    down = next((each for each in exam.layout.rulers if each.side in ("left", "right")), None)
    if down is None:
        return replace(profile.AUTO, video=video)
    every = round(down.major_mm / down.minor_mm)
    return replace(profile.AUTO, video=video, ruler=profile.RulerPart(tick_mm=down.minor_mm, major_every=every if every > 1 else 0))


def measure(seed: int, *, profiled: bool = False, ways: tuple[str, ...] = WAYS, look: BoneLook | None = None) -> dict[str, Any]:
    """One frame, read with its own ruler, profiled: and its screen's profile, and again with the scale stated. ways: which of both. look: of the scan
    inside; None draws one."""
    exam = examine(replace(spec_of(seed), look=look))
    frame = render_exam(exam)
    line: dict[str, Any] = {"seed": seed, "layout": exam.layout.name, "kind": frame.kind}
    truth: dict[str, Any] = frame.truth
    if frame.kind in LEFT_OUT:
        return line | {"left_out": True}
    known = profile_of(exam, truth) if profiled and truth.get("mm_per_px") else profile.AUTO
    if truth.get("origin_px") is None:
        read = watch.read_screen(frame.pixels, known, None)
        return line | {"ghost": read is not None and read.measures}
    read = watch.read_screen(frame.pixels, known, None) if "read" in ways else None
    scale = truth["mm_per_px"][0], truth["mm_per_px"][1]
    stated = watch.read_screen(frame.pixels, profile.AUTO, scale) if "stated" in ways else None
    legible = any(_marks_seen(exam, each) for each in exam.layout.rulers if each.side in ("left", "right")) if profiled else readable(exam)
    line |= {"told": told(exam), "readable": legible, "read": judged(read, truth), "stated": judged(stated, truth), "iou": 0.0}
    if stated is not None:
        shape = (frame.pixels.shape[0], frame.pixels.shape[1])
        true, found = true_mask(exam, truth, frame.scan_box_px, shape), found_mask(stated, shape)
        line["iou"] = float((true & found).sum() / max(1, (true | found).sum()))
    return line


def other_depth(exam: Any, seed: int) -> Any:
    """The same examination after one press of the depth key."""
    step = float(np.random.default_rng([seed, 1]).choice(DEPTH_STEPS_MM))
    depth_mm = exam.probe.depth_mm + (step if exam.probe.depth_mm + step >= 25 else abs(step))
    probe = replace(exam.probe, depth_mm=depth_mm)
    return replace(exam, probe=probe, layout=sample_layout(stream(exam.spec, _SCREEN), probe, exam.layout.name))


def measure_change(seed: int) -> dict[str, Any]:
    """One change of depth. before: whether the first depth was live when it came; stale: whether the first frame after it is live with a scale
    that is not its own."""
    exam = examine(spec_of(seed))
    first = render_exam(exam)
    line: dict[str, Any] = {"seed": seed, "layout": exam.layout.name, "before": False, "stale": False}
    if first.truth.get("origin_px") is None:
        return line
    state = watch.fresh(profile.AUTO, stated_mm_per_px=None, stated_screen_left=ScreenLeft.PATIENT_LEFT)
    said: Any = None
    for number in range(FRAMES_BEFORE):
        state, said = watch.watch(state, Frame(number, number * FRAME_NS, first.pixels))
        if not isinstance(said, Scan):
            break
    if not isinstance(said, Scan) or said.health is not Health.LIVE:
        return line
    second = render_exam(other_depth(exam, seed))
    _, after = watch.watch(state, Frame(FRAMES_BEFORE, FRAMES_BEFORE * FRAME_NS, second.pixels))
    truth: Any = second.truth
    live = isinstance(after, Scan) and after.health is Health.LIVE
    apart = abs(after.mm_per_px_y / truth["mm_per_px"][1] - 1) if isinstance(after, Scan) else 0.0
    ratio = truth["mm_per_px"][1] / said.mm_per_px_y
    return line | {"before": True, "stale": bool(live and apart > RIGHT_SCALE), "live": bool(live), "ratio": ratio}


def changes_table(lines: list[dict[str, Any]]) -> Iterator[str]:
    """Changes that came while the first depth was live, and those after which the old scale was still given."""
    yield "layout         changes   stale"
    came = [each for each in lines if each["before"]]
    for name in ("all", *sorted({each["layout"] for each in came})):
        part = [each for each in came if name in ("all", each["layout"])]
        yield f"{name:14s} {len(part):7d} {sum(each['stale'] for each in part):7d}"
    for each in came:
        if each["stale"]:
            yield "stale: " + json.dumps(each)


def off(reading: dict[str, Any]) -> bool:
    """Whether a reading that was given puts the origin somewhere else."""
    return bool(reading["given"]) and max(abs(reading["depth_off_mm"]), abs(reading["lateral_off_mm"])) > WRONG_ORIGIN_MM


def row_of(name: str, lines: list[dict[str, Any]]) -> str:
    """One row of the table: counts over the frames that show a scan."""
    legible = [each for each in lines if each["readable"]]
    given = [each for each in lines if each["read"]["given"]]
    right = sum(each["read"]["given"] and each["read"]["scale_error"] <= RIGHT_SCALE for each in legible)
    unit = sum(each["read"]["depth_scale_error"] > WRONG_UNIT for each in given)
    scale = sum(each["read"]["scale_error"] > 2 * RIGHT_SCALE for each in given)
    stated = [each for each in lines if each["stated"]["given"]]
    fits = sum(each["iou"] >= 0.98 for each in lines)
    return (
        f"{name:14s} {len(lines):6d} {right:6d}/{len(legible):<6d} {unit:5d} {scale:6d} {sum(off(e['read']) for e in lines):5d}/{len(given):<6d}"
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


def run(seeds: range, out: Path, measure: Callable[[int], dict[str, Any]]) -> list[dict[str, Any]]:
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
    parser.add_argument("--profiled", action="store_true", help="read each frame with its screen's profile")
    parser.add_argument("--changes", action="store_true", help="measure changes of depth instead")
    parser.add_argument("--out", type=Path, required=True, help="lines of this run and of earlier ones")
    options = parser.parse_args(arguments)
    seeds = range(options.first, options.first + options.frames)
    if seeds.start // 4 < TEST_SUBJECTS[1] and seeds.stop // 4 >= TEST_SUBJECTS[0]:
        parser.error("these seeds touch the test set's subjects: choose --first from 12000000 on")
    if options.changes:
        changes = run(seeds, options.out, measure_change)
        print("\n".join(changes_table(changes)))
        return 1 if any(each["stale"] for each in changes) else 0
    lines = run(seeds, options.out, partial(measure, profiled=options.profiled))
    print("\n".join(table(lines)))
    wrong = [each for each in lines if each.get("ghost") or ("read" in each and each["read"].get("depth_scale_error", 0) > WRONG_UNIT)]
    for each in wrong:
        print("wrong:", json.dumps(each), file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
