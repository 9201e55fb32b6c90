"""The phantom's command: frames with their truth, a clip, a contact sheet, its own speed. `python -m models.phantom --help` explains each."""

from __future__ import annotations

import argparse
import errno
import math
import os
import sys
from collections.abc import Callable
from pathlib import Path

# one thread a process: the work is spread over processes, and sums then come in one order (set before NumPy loads)
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

EXAMPLES = """examples:
  python -m models.phantom frames out --view transverse_facet,none --count 200 --seed 1
  python -m models.phantom frames out --split test --subjects 20      the first 20 of the 200 test subjects, all views, probes and negatives
  python -m models.phantom clip out --view transverse_interlaminar --seconds 6
  python -m models.phantom clip out.mcap --view transverse_facet --side right
  python -m models.phantom sheet sheet.png --real FOLDER_OF_REAL_FRAMES      every view, negatives, bones in water, beside real frames
  python -m models.phantom sheet probes.png --probe each --columns 6          every view with linear, convex and phased probe in turn
  python -m models.phantom drawings edge/drawings                             the ten views with names and target, as small SVGs
  python -m models.phantom speed --count 60

Synthetic frames only. Nobody has validated anything made with them on patients."""


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0; 2 for arguments that make no sense; 1 for a disk that takes no more, or an extra that is missing; 130 for Ctrl-C."""
    options = _parser().parse_args(arguments)
    try:
        done: int = options.run(options)
    except ValueError as error:
        print(f"phantom: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        kept = f": make room{KEPT[options.run]}" if error.errno == errno.ENOSPC else ""
        print(f"phantom: {where}{error.strerror or error}{kept}", file=sys.stderr)
        return 1
    except ImportError as error:
        print(f"phantom: needs {error.name}: `{sys.executable} -m pip install {error.name}`", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\nphantom: interrupted{KEPT[options.run]}", file=sys.stderr)
        return 130
    return done


def _number(kind: Callable[[str], float], least: float, most: float = math.inf) -> Callable[[str], float]:
    """A number within bounds, for argparse."""

    def number(text: str) -> float:
        value = kind(text)
        if not least <= value <= most or math.isinf(value):
            raise argparse.ArgumentTypeError(f"{text}: from {least:g}" + (f" to {most:g}" if most < math.inf else " up"))
        return value

    number.__name__ = "number"  # what argparse calls text that is none
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m models.phantom",
        description="Synthetic lumbosacral ultrasound with exact truth.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    frames = commands.add_parser("frames", help="a folder of PNGs with truth.jsonl")
    frames.add_argument("folder", type=Path, help="a new or empty one")
    frames.add_argument("--view", default="", help="views, with commas between; none among them (default: all ten, with --none-share)")
    frames.add_argument("--count", type=_number(int, 1), default=100)
    frames.add_argument("--split", choices=("training", "validation", "test", "demonstration"), default="demonstration")
    frames.add_argument("--subjects", type=_number(int, 1, 200), default=None, help="with --split test: so many subjects of the fixed test set")
    frames.add_argument("--probe", choices=("linear", "convex", "phased"), default=None, help="this probe alone")
    frames.add_argument("--none-share", type=_number(float, 0, 1), default=0.3)
    frames.add_argument("--seed", type=_number(int, 0), default=0)
    frames.add_argument("--workers", type=_number(int, 1), default=os.cpu_count() or 1)
    frames.set_defaults(run=_frames)
    clip = commands.add_parser("clip", help="a clip as a folder of PNGs with truth.jsonl, or as a recording (.mcap)")
    clip.add_argument("out", type=Path, help="a new or empty folder, or FILE.mcap")
    clip.add_argument("--view", default="transverse_facet")
    clip.add_argument("--subject", type=_number(int, 0), default=3_000_000)
    clip.add_argument("--seed", type=_number(int, 0), default=0)
    clip.add_argument("--seconds", type=_number(float, 0.01, 3600), default=6.0)
    clip.add_argument("--rate", type=_number(float, 0.1, 240), default=15.0, help="frames a second")
    clip.add_argument("--motion", choices=("sweep", "hold", "rock", "press"), default="sweep")
    clip.add_argument("--side", choices=("left", "right"), default=None, help="the patient's")
    clip.add_argument("--bmi", type=_number(float, 15, 60), default=None)
    clip.add_argument("--layout", default=None)
    clip.add_argument("--probe", choices=("linear", "convex", "phased"), default=None)
    clip.set_defaults(run=_clip)
    sheet = commands.add_parser("sheet", help="a contact sheet of every view beside real frames")
    sheet.add_argument("out", type=Path)
    default = os.environ.get("TUFFIER_REAL_FRAMES")
    sheet.add_argument("--real", type=Path, default=default, help="folder of real frames (default: TUFFIER_REAL_FRAMES)")
    sheet.add_argument("--columns", type=_number(int, 1, 40), default=5)
    sheet.add_argument("--seed", type=_number(int, 0), default=0)
    sheet.add_argument("--probe", choices=("linear", "convex", "phased", "each"), default=None, help="of the views' rows; each: the three in turn")
    sheet.add_argument("--unmarked", action="store_true", help="without the landmarks")
    sheet.set_defaults(run=_sheet)
    drawings = commands.add_parser("drawings", help="the ten views with names and target, as small SVGs")
    drawings.add_argument("folder", type=Path, help="edge/drawings are the shipped ones")
    drawings.set_defaults(run=_drawings)
    speed = commands.add_parser("speed", help="frames a second on one core, by stage")
    speed.add_argument("--count", type=_number(int, 1), default=60)
    speed.set_defaults(run=_speed)
    return parser


def _bar(done: int, of: int) -> None:
    """A progress bar on the terminal, lines a tenth where there is none."""
    if sys.stderr.isatty():
        full = 40 * done // max(of, 1)
        print(f"\r[{'#' * full}{'.' * (40 - full)}] {done}/{of}", end="\n" if done == of else "", file=sys.stderr, flush=True)
    elif done == of or done % max(1, of // 10) == 0:
        print(f"{done}/{of}", file=sys.stderr, flush=True)


def _frames(options: argparse.Namespace) -> int:
    from dataclasses import replace

    from edge.catalogue import NO_VIEW, VIEWS
    from models.phantom import dataset
    from models.phantom.probe import PROBE_KINDS

    if options.subjects and options.split != "test":
        raise ValueError("--subjects goes with --split test: it counts subjects of the fixed test set")
    if options.subjects and options.view:
        raise ValueError("--subjects gives every view of the fixed test set: leave out --view, or leave out --subjects")
    if options.subjects:
        probes = (options.probe,) if options.probe else PROBE_KINDS
        specs = list(dataset.specs_of_test_set(options.subjects, probes=probes))
    else:
        names = tuple(name for name in options.view.split(",") if name) or tuple(VIEWS)
        for name in set(names) - set(VIEWS) - {NO_VIEW}:  # before there is a folder
            raise ValueError(f"view {name!r}: one of {', '.join(VIEWS)} or {NO_VIEW}")
        views = tuple(name for name in names if name != NO_VIEW)
        share = options.none_share if not options.view or NO_VIEW in names else 0.0
        if not views:
            views, share = tuple(VIEWS), 1.0
        specs = list(dataset.random_specs(options.count, split=options.split, seed=options.seed, views=views, none_share=share))
        specs = [replace(spec, probe=options.probe) for spec in specs]
    made = dataset.write_set(specs, options.folder, workers=options.workers, progress=_bar)
    print(f"{made} frames and {dataset.TRUTH_FILE} in {options.folder}")
    return 0


def _clip(options: argparse.Namespace) -> int:
    from models.phantom import recorded
    from models.phantom.clip import ClipSpec

    spec = ClipSpec(
        options.subject, options.view, options.seed, seconds=options.seconds, rate_hz=options.rate, motion=options.motion,
        bmi_kg_m2=options.bmi, side=options.side, probe=options.probe, layout=options.layout,
    )  # fmt: skip
    made = recorded.write(spec, options.out, progress=_bar)
    print(f"{made} frames in {options.out}")
    return 0


def _sheet(options: argparse.Namespace) -> int:
    from PIL import Image

    from models.phantom.probe import PROBE_KINDS
    from models.phantom.sheet import contact_sheet

    real = Path(options.real) if options.real else None
    if real is not None and not real.is_dir():
        raise ValueError(f"--real {real}: no such folder")
    if options.out.suffix.lower() not in {".png", ".jpg", ".jpeg"}:
        raise ValueError(f"{options.out}: a sheet is a .png or .jpg")
    if not options.out.parent.is_dir():
        raise ValueError(f"{options.out.parent}: no such folder")
    kinds = PROBE_KINDS if options.probe == "each" else (options.probe,)
    sheet = contact_sheet(columns=options.columns, seed=options.seed, real=real, marked=not options.unmarked, probes=kinds)
    Image.fromarray(sheet).save(options.out)
    print(f"{options.out}" + ("" if real else ": without real frames (--real FOLDER)"))
    return 0


def _drawings(options: argparse.Namespace) -> int:
    from models.phantom import drawings

    sizes = drawings.write(options.folder)
    print(f"{len(sizes)} drawings in {options.folder}, the largest of {max(sizes.values())} bytes")
    return 0


def _speed(options: argparse.Namespace) -> int:
    from models.phantom.speed import measured

    for line in measured(options.count):
        print(line)
    return 0


KEPT: dict[Callable[[argparse.Namespace], int], str] = {  # what stands on the disk after an early end
    _frames: ": truth.jsonl lists the frames that stand whole",
    _clip: ": what is written up to here can be used",
    _sheet: ": no sheet is written",
    _drawings: ": those that are written are whole",
    _speed: "",
}


if __name__ == "__main__":
    sys.exit(main())
