"""`tuffier calibrate`: shows what a source's frames tell of the scanner's screen, asks for the rest, and writes a scanner profile.

Only what the frames cannot tell is asked: what is drawn at the screen's left and, where no label or depth is printed, the distance of marks.
Where nothing tells how wide a pixel is, it says so: --pixel-aspect states it.
"""

from __future__ import annotations

import argparse
import json
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge.board import config as configs
from edge.board.config import ConfigError
from edge.board.storage import refuse_unwritable
from edge.options import INSTALLED, add_command, fail
from edge.record.files import replaceable, spare, write_atomically
from edge.screen import profile
from edge.screen.profile import Profile, ProfileError, RulerPart, ScanPart, VideoPart
from edge.source.sources import LIVE_KINDS, files_of, parse_spec
from edge.types import ScreenLeft

if TYPE_CHECKING:
    from edge.board.check.calibration import Finding
    from edge.screen.ruler.ruler import Ruler

MOST_TICK_MM = 50.0
POINTS, CANNOT_POINT = 0, 1


def add(commands: Any) -> None:
    example = "tuffier calibrate scanner.mp4 --name my-scanner --screen-left patient_left"
    text = "shows scan area and ruler of a source, asks for the rest, and writes a scanner profile"
    parser = add_command(commands, "calibrate", _calibrate, text, example)
    parser.add_argument("source", nargs="?", help="a file, a folder of pictures, a camera; default: the configuration's")
    parser.add_argument("--config", type=Path, help=f"whose source is looked at where none is named; default {INSTALLED} where it is there")
    parser.add_argument("--out", type=Path, help="the profile to write (default: NAME.toml); one that is there is kept beside it")
    parser.add_argument("--name", default="my-scanner")
    parser.add_argument("--screen-left", choices=[left.value for left in ScreenLeft], help="what is drawn at the screen's left")
    parser.add_argument("--tick-mm", type=float, default=0.0, help="distance of neighbouring marks, where the screen prints neither labels nor depth")
    text = "how wide a pixel is, in its heights: the screen's shape by the video's; 1: square"
    parser.add_argument("--pixel-aspect", type=float, default=0.0, help=text)
    parser.add_argument("--latency-ms", type=float, default=0.0, help="of scanner and grabber")
    parser.add_argument("--box", type=int, nargs=4, metavar=("LEFT", "TOP", "RIGHT", "BOTTOM"), help="look only here")
    parser.add_argument("--picture", type=Path, help="where the check picture goes (default: beside the profile, .png)")
    parser.add_argument("--yes", action="store_true", help="ask nothing; a profile that is there is replaced, and kept beside the new one")


def _calibrate(options: argparse.Namespace) -> int:
    """0: a profile that can point was written; 1: one was that cannot, with why. Raises ConfigError, ProfileError, SourceError where none was."""
    from edge.board.check import calibration
    from edge.judge import calibrate

    known = _stated(options)
    options.source = options.source or _configured_source(options.config)
    out, picture = _places(options)
    frames, unread = calibrate.spread(options.source)
    if not frames:
        fail(f"{options.source}: no picture in it" + (f" can be read: {unread[0]}" if unread else ""))
    findings = [finding for pixels in frames if (finding := calibration.look_at(pixels, known)) is not None]
    if not findings:
        fail("no scan area found: show a live ultrasound picture, or state --box around it" + _also(unread))
    best = calibration.agreed(findings)
    _refuse_doubt(best, findings, known)
    print("\n".join(_seen(best, findings, len(frames), unread)))
    _write(picture, calibration.as_png(calibration.picture_of(best)))
    print(f"look at {picture}: red the scan, green its origin, blue the marks", flush=True)
    best, known = _asked(options, best, known)
    made = _made(options, best, known)
    return _written(options, best, made, out)


def _configured_source(path: Path | None) -> str:
    """The source of the configuration that is named, or of the installed one. Raises ConfigError."""
    path = path or (INSTALLED if INSTALLED.is_file() else None)
    if path is None:
        examples = "`tuffier calibrate /dev/video0` looks at a camera, `tuffier calibrate clip.mp4` at a file"
        fail(f"no source named, and no configuration installed: {examples}")
    return configs.load(path).source.source


def _refuse_doubt(best: Finding, findings: list[Finding], known: Profile) -> None:
    """Raises ConfigError where no profile can be made of what was found."""
    from edge.judge import calibrate

    if best.mirrored:
        fail("the picture is a mirror image, its writing reads only in a mirror: turn it round at scanner or grabber, then try again")
    told = calibrate.contradicted(findings, known)
    if told is not None:
        by = " and ".join(told.witnesses)
        fail(f"--tick-mm {known.ruler.tick_mm:g}, but the screen's {by} put marks {told.tick_mm:g} mm apart: leave it out, or look again")


def _asked(options: argparse.Namespace, best: Finding, known: Profile) -> tuple[Finding, Profile]:
    """The finding and what is known once the operator has told what the frames do not; the options hold what was said."""
    from edge.board.check import calibration

    if best.reading is None and best.seen is not None and options.tick_mm == 0.0 and not options.yes:
        best, known = _asked_marks(best, best.seen, known)
        print(f"scale   {calibration.scale_words(best)}")
    if not options.yes and not options.screen_left:
        options.screen_left = asked(LEFT_QUESTION, _left_of)
    return best, known


def _asked_marks(best: Finding, seen: Ruler, known: Profile) -> tuple[Finding, Profile]:
    from edge.board.check import calibration

    print(f"{seen.count} marks, {seen.pitch_px:.2f} px apart, but {best.why}.")
    tick_mm = float(asked("Millimetres between neighbouring marks, the same at every depth (0: not known, or not the same)? ", _tick_of))
    known = replace(known, ruler=RulerPart(tick_mm=tick_mm))
    return calibration.look_at(best.pixels, known) or best, known


LEFT_QUESTION = """What is drawn at the screen's left? In transverse views patient_left or patient_right, in sagittal ones cranial or caudal;
Enter where you do not know: """


def asked(question: str, meant: Callable[[str], str]) -> str:
    """What the operator answers, asked again until it means something; an end of the input means what an empty answer does.

    meant: the answer's meaning. It raises ValueError, whose text says what an answer can be."""
    while True:
        try:
            return meant(input(question).strip())
        except EOFError:
            print()
            return meant("")
        except ValueError as error:
            print(error)


def _left_of(answer: str) -> str:
    """Raises ValueError."""
    words = [left.value for left in ScreenLeft]
    if answer and answer not in words:
        raise ValueError(f"{answer!r} is none of {', '.join(words)}.")
    return answer or ScreenLeft.UNKNOWN.value


def _tick_of(answer: str) -> str:
    """Raises ValueError."""
    try:
        value = float(answer or "0")
    except ValueError:
        value = -1.0
    if not 0 <= value <= MOST_TICK_MM:
        raise ValueError(f"{answer!r} is no number of millimetres from 0 to {MOST_TICK_MM:g}.")
    return str(value)


def _made(options: argparse.Namespace, best: Finding, known: Profile) -> Profile:
    from edge.board.check import calibration

    return calibration.proposed(
        best,
        name=options.name,
        screen_left=ScreenLeft(options.screen_left or ScreenLeft.UNKNOWN.value),
        tick_mm=known.ruler.tick_mm,
        latency_ms=options.latency_ms,
        box_px=known.scan.box_px,
        pixel_aspect=options.pixel_aspect,
    )


def _written(options: argparse.Namespace, best: Finding, made: Profile, out: Path) -> int:
    """Writes the profile, with what it is worth and what comes next said; the exit status. Raises ConfigError."""
    from edge.board.check import calibration

    text = calibration.as_toml(made, best)
    profile.parse(text, name="the new profile")  # what is written can be read
    if out.exists() and not options.yes and not _yes(f"{out} is there. Replace it (it is kept as {spare(out)})? y or n: "):
        fail(f"{out} is as it was: name another one with --out")
    if out.exists():
        kept = spare(out)
        _write(kept, out.read_bytes())
        print(f"kept    {kept}: the profile that was there")
    _write(out, text.encode())
    lacks, warns = _worth(best, made)
    print("\n".join([*_said(best, made), *warns, f"wrote   {out}", *_next(options.source, out)]))
    if lacks:
        print(f"CANNOT POINT: {lacks}")
    return CANNOT_POINT if lacks else POINTS


def _yes(question: str) -> bool:
    def meant(answer: str) -> str:
        if answer.lower() not in ("", "y", "yes", "n", "no"):
            raise ValueError("Say y or n.")
        return answer.lower()[:1]

    return asked(question, meant) == "y"


def _write(path: Path, content: bytes) -> None:
    """Raises ConfigError."""
    try:
        write_atomically(path, content)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from error


def _worth(best: Finding, made: Profile) -> tuple[str, list[str]]:
    """Why this profile lets nothing be pointed at on the frames that it was made from, empty where it does; and what it leaves out."""
    from edge.board.check import calibration

    why = calibration.worth(best, made)
    lacks = f"{why}. Show the depth scale with its labels, or state --tick-mm and --pixel-aspect, and calibrate again" if why else ""
    unsided = made.orientation.screen_left is ScreenLeft.UNKNOWN
    return lacks, ["WARNING what is drawn left is not known: every procedure with a side is withheld; say --screen-left"] if unsided else []


def _next(source: str, out: Path) -> list[str]:
    """What comes after this, as lines to copy."""
    line = f"profile = {json.dumps(str(out.absolute()))}"
    if parse_spec(source).kind in LIVE_KINDS:
        then = f"        then `tuffier doctor --config {INSTALLED}`"
        return [f"next    into the configuration ({INSTALLED}), under [source]:", f"          {line}", then]
    command = shlex.join(["tuffier", "replay", source, "--profile", str(out)])
    return [f"next    `{command}`", "        on a board, into the configuration, under [source]:", f"          {line}"]


def _stated(options: argparse.Namespace) -> Profile:
    """What the operator states of the screen, as a profile; the rest of the options is checked too, before a long search. Raises ProfileError."""
    from edge.board.check.calibration import quoted

    checked = profile.checked
    if not quoted(options.name).strip('"'):
        raise ProfileError(f"--name {options.name!r}: it must be a word")
    checked("--latency-ms", "latency_ms", options.latency_ms)
    video = VideoPart(pixel_aspect=checked("--pixel-aspect", "pixel_aspect", options.pixel_aspect))
    box, tick_mm = checked("--box", "box_px", options.box or []), checked("--tick-mm", "tick_mm", options.tick_mm)
    return replace(profile.AUTO, video=video, scan=ScanPart(box_px=box), ruler=RulerPart(tick_mm=tick_mm))


def _places(options: argparse.Namespace) -> tuple[Path, Path]:
    """Where profile and picture go. Raises ConfigError, SourceError."""
    out = options.out or Path(f"{options.name}.toml")
    kept = {"the source": files_of(options.source)}
    _refuse_place(out, kept)
    picture = options.picture or out.with_suffix(".png")
    _refuse_place(picture, {**kept, "the profile": [out]})
    return out, picture


def _refuse_place(path: Path, kept: dict[str, list[Path]]) -> None:
    refuse_unwritable(path, kept)
    try:
        replaceable(path)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error


def _also(unread: list[str]) -> str:
    """That pictures could not be read, as the end of a line: the scan may be in those."""
    return f"; {len(unread)} of the pictures cannot be read: {unread[0]}" if unread else ""


def _seen(best: Finding, findings: list[Finding], looked: int, unread: list[str]) -> list[str]:
    """What the frames tell, before anything is asked."""
    from edge.board.check import calibration

    geometry = best.geometry
    differ = calibration.disagreements(findings)
    return [
        f"scan    {geometry.kind}, columns {geometry.left_px} to {geometry.right_px}, rows {geometry.top_px} to {geometry.bottom_px}",
        f"frames  {looked} looked at, a scan in {len(findings)}" + _also(unread),
        *(f"WARNING frames disagree: {each}: show one depth and one layout, or check the picture well" for each in differ),
        f"scale   {calibration.scale_words(best)}",
    ]


def _said(best: Finding, made: Profile) -> list[str]:
    """What the profile rests on, once all is answered."""
    return [f"pixels  {_pixels(best, made)}", f"left    {made.orientation.screen_left.value}"]


def _pixels(best: Finding, made: Profile) -> str:
    """How wide pixels are taken to be, and by whose word."""
    from edge.screen import certain, watch

    if made.video.pixel_aspect:
        return f"{made.video.pixel_aspect:g} times as wide as high, by your word"
    fit = watch.read_screen(best.pixels, made, None)
    if fit is None or fit.mm_per_px is None:
        return fit.why if fit is not None and fit.why in (certain.STRETCHED, watch.NO_SQUARES) else "not known without a scale"
    wide = fit.mm_per_px[0] / fit.mm_per_px[1]
    if best.geometry.kind != "rectangle" or (best.reading is not None and best.reading.mm_per_px_x):
        return f"{wide:.3f} times as wide as high"
    return f"taken for {wide:.3f} times as wide as high: nothing on this screen proves it. Is what is round drawn round? If not, state --pixel-aspect"
