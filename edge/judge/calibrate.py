"""`tuffier calibrate`: finds the scan area and the ruler in a source's frames, shows them on a picture, and writes a scanner profile.

    tuffier calibrate video:scanner.mp4 --name my-scanner --screen-left patient_left --out my-scanner.toml

Only what the frames cannot tell is asked: what is drawn at the screen's left and, where no label or depth is printed, the distance of marks.
Where nothing tells how wide a pixel is, it says so: --pixel-aspect states it.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from edge.board.config import ConfigError
from edge.board.storage import refuse_unwritable
from edge.record.files import replaceable, write_atomically
from edge.record.recording import Recorded
from edge.screen import certain, profile, watch
from edge.screen.area import scan_area
from edge.screen.area.sector import sector_mask
from edge.screen.profile import Profile, ProfileError, RulerPart, ScanPart, VideoPart
from edge.screen.ruler.ruler import Ruler
from edge.screen.ruler.scale import Reading
from edge.source.sources import SourceError, files_of, open_clips
from edge.types import BadFrame, Frame, GrayImage, ScanGeometry, ScreenLeft

FRAMES = 12  # looked at at most, spread over the first MOST_FRAMES: all of a short source
MOST_FRAMES = 8 * FRAMES
AREA_RGB, RULER_RGB, ORIGIN_RGB, MASK_RGB = (255, 64, 64), (64, 160, 255), (64, 255, 64), (255, 200, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """What one frame told: area, the ruler that was read (or the best seen), the reading, its picture, and whether that reads only in a mirror."""

    pixels: GrayImage
    geometry: ScanGeometry
    aspect: float
    seen: Ruler | None
    reading: Reading | None
    why: str
    mirrored: bool = False


def look_at(pixels: GrayImage, known: Profile) -> Finding | None:
    """Area, ruler and scale of one frame, None where there is no scan area."""
    allowed = watch.allowed(pixels, known)
    area = scan_area.find_area(allowed, known.video.pixel_aspect)
    if area is None:
        return None
    looked = watch.look(allowed, area, known)
    read, rulers, mirrored = looked.reading, looked.rulers, looked.mirrored
    if isinstance(read, Reading):
        return Finding(pixels, area.geometry, area.pixel_aspect, read.ruler, read, "", mirrored)
    return Finding(pixels, area.geometry, area.pixel_aspect, rulers[0] if rulers else None, None, read.why, mirrored)


def agreed(findings: list[Finding]) -> Finding:
    """The finding of the most usual scale, and among these the middle one by area."""
    told = [each for each in findings if each.reading is not None] or findings
    usual = Counter(0 if each.reading is None else each.reading.tick_mm for each in told).most_common(1)[0][0]
    same = [each for each in told if (0 if each.reading is None else each.reading.tick_mm) == usual]
    by_size = sorted(same, key=lambda each: (each.geometry.right_px - each.geometry.left_px) * (each.geometry.bottom_px - each.geometry.top_px))
    return by_size[len(by_size) // 2]


def proposed(
    finding: Finding,
    *,
    name: str,
    screen_left: ScreenLeft,
    tick_mm: float,
    latency_ms: float,
    box_px: tuple[int, ...],
    pixel_aspect: float = 0.0,
) -> Profile:
    """The profile that the finding and the operator's answers make."""
    rows, width = finding.pixels.shape
    side: profile.RulerSide = ""
    if finding.seen is not None:
        side = "left" if finding.seen.low_px < (finding.geometry.left_px + finding.geometry.right_px) / 2 else "right"
    # a unit that the screen states is read anew each time; one that it does not is the profile's to state
    return Profile(
        name,
        VideoPart(width, rows, latency_ms, pixel_aspect),
        ScanPart(box_px=box_px),
        RulerPart(side=side, tick_mm=tick_mm, major_every=finding.seen.major_every if tick_mm and finding.seen is not None else -1),
        replace(profile.AUTO.orientation, screen_left=screen_left),
    )


def as_toml(made: Profile, finding: Finding) -> str:
    """The profile as TOML that profile.load reads, what was measured in comments. No writing of the screen is in it."""
    geometry = finding.geometry
    lines = [
        '# Made by "tuffier calibrate".',
        f"# Area then: {geometry.kind}, {geometry.left_px}, {geometry.top_px} to {geometry.right_px}, {geometry.bottom_px}.",
        f"name = {_quoted(made.name)}",
    ]
    lines += ["", "[video]", f"width_px = {made.video.width_px}", f"height_px = {made.video.height_px}"]
    lines += [f"latency_ms = {made.video.latency_ms:g}", f"pixel_aspect = {made.video.pixel_aspect:g}"]
    lines += ["", "[scan]", f"box_px = {list(made.scan.box_px)}", f"masks_px = {[list(each) for each in made.scan.masks_px]}"]
    lines += ["", "[ruler]"]
    if finding.reading is not None:
        lines.append(f"# read then: {finding.reading.mm_per_px_y:.5f} mm per pixel by {', '.join(finding.reading.witnesses)}")
    lines += [f'side = "{made.ruler.side}"', f"tick_mm = {made.ruler.tick_mm:g}", f"major_every = {made.ruler.major_every}"]
    lines += ["", "[orientation]", f'screen_left = "{made.orientation.screen_left.value}"', f'marker = "{made.orientation.marker}"', ""]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return '"' + "".join(each for each in text if each.isprintable() and each not in '"\\') + '"'


def as_png(picture: Image.Image) -> bytes:
    """A picture as a PNG file's content."""
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def picture_of(finding: Finding) -> Image.Image:
    """The frame with area, origin and marks drawn on it; all but the scan and the ruler's strip is blackened, so that no name is kept."""
    rows, width = finding.pixels.shape
    geometry = finding.geometry
    box = geometry.box_px
    mask = sector_mask(geometry, finding.aspect, (0, 0, width, rows))
    inside = np.zeros((rows, width), np.bool_)
    inside[box[1] : box[3], box[0] : box[2]] = True if mask is None else mask[box[1] : box[3], box[0] : box[2]]
    kept = inside.copy()
    marks = finding.seen
    if marks is not None:
        begin, end = max(0, round(marks.first_px - marks.pitch_px / 2)), round(marks.first_px + (marks.count - 0.5) * marks.pitch_px)
        kept[begin:end, max(0, marks.low_px - 2) : marks.high_px + 2] = True
    grey = np.where(kept, finding.pixels, 0).astype(np.uint8)
    colour = np.repeat(grey[:, :, None], 3, axis=2)
    colour[_edge(inside)] = AREA_RGB
    image = Image.fromarray(colour)
    _mark(ImageDraw.Draw(image), finding)
    return image


def _mark(pen: ImageDraw.ImageDraw, finding: Finding) -> None:
    """The origin, and a line at each mark."""
    marks = finding.seen
    u, v = scan_area.origin_of(finding.geometry)
    pen.ellipse([u - 4, v - 4, u + 4, v + 4], outline=ORIGIN_RGB)
    if marks is not None:
        for index in range(marks.count):
            row = marks.first_px + index * marks.pitch_px
            pen.line([marks.low_px - 8, row, marks.low_px - 3, row], fill=RULER_RGB)


def _edge(inside: scan_area.Mask) -> scan_area.Mask:
    """Pixels just outside the area."""
    return np.asarray(scan_area.grow(inside) & ~inside, np.bool_)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tuffier calibrate", description="Finds scan area and ruler, writes a scanner profile.")
    parser.add_argument("source", help="video:F, images:DIR, v4l2:/dev/video0, picamera2:0, ...")
    parser.add_argument("--out", type=Path, help="the profile to write (default: NAME.toml)")
    parser.add_argument("--name", default="my-scanner")
    parser.add_argument("--screen-left", choices=[left.value for left in ScreenLeft], help="what is drawn at the screen's left")
    parser.add_argument("--tick-mm", type=float, default=0.0, help="distance of neighbouring marks, where the screen prints neither labels nor depth")
    parser.add_argument(
        "--pixel-aspect", type=float, default=0.0, help="how wide a pixel is, in its heights: the screen's shape by the video's; 1: square"
    )
    parser.add_argument("--latency-ms", type=float, default=0.0, help="of scanner and grabber")
    parser.add_argument("--box", type=int, nargs=4, metavar=("LEFT", "TOP", "RIGHT", "BOTTOM"), help="look only here")
    parser.add_argument("--picture", type=Path, help="where the check picture goes (default: beside the profile, .png)")
    parser.add_argument("--yes", action="store_true", help="ask nothing")
    return parser


def calibrate_command(argv: list[str]) -> int:
    """The command. 0: a profile was written; 2: nothing was, with why on standard error."""
    options = _parser().parse_args(argv)
    try:
        known = _stated(options)
        out, picture = _places(options)
        frames, unread = spread(options.source)
    except (ConfigError, ProfileError, SourceError) as error:
        return _refused(str(error))
    if not frames:
        return _refused(f"{options.source}: no picture in it" + (f" can be read: {unread[0]}" if unread else ""))
    findings = [finding for pixels in frames if (finding := look_at(pixels, known)) is not None]
    if not findings:
        return _refused("no scan area found: show a live ultrasound picture, or state --box around it" + _also(unread))
    best = agreed(findings)
    doubt = _doubt(best, findings, known)
    if doubt:
        return _refused(doubt)
    if best.reading is None and best.seen is not None and options.tick_mm == 0.0 and not options.yes:
        best, known = _asked_marks(best, best.seen, known)
    made = _made(options, best, known)
    trouble = _put(made, best, out, picture)
    if trouble:
        return _refused(trouble)
    print(_report(best, made, out, picture, len(findings), len(frames), unread))
    return 0


def _put(made: Profile, best: Finding, out: Path, picture: Path) -> str:
    """Writes profile and picture; why one cannot be, empty where both are."""
    text = as_toml(made, best)
    profile.parse(text, name="the new profile")  # what is written can be read
    for path, content in ((picture, as_png(picture_of(best))), (out, text.encode())):
        try:
            write_atomically(path, content)
        except OSError as error:
            return f"{path}: cannot be written: {error.strerror}"
    return ""


def _doubt(best: Finding, findings: list[Finding], known: Profile) -> str:
    """Why no profile can be made of what was found; empty where one can."""
    if best.mirrored:
        return "the picture is a mirror image, its writing reads only in a mirror: turn it round at scanner or grabber, then try again"
    told = contradicted(findings, known)
    if told is None:
        return ""
    by = " and ".join(told.witnesses)
    return f"--tick-mm {known.ruler.tick_mm:g}, but the screen's {by} put marks {told.tick_mm:g} mm apart: leave it out, or look again"


def _asked_marks(best: Finding, seen: Ruler, known: Profile) -> tuple[Finding, Profile]:
    """The finding and what is known once the operator has told the distance of the marks."""
    print(f"{seen.count} marks, {seen.pitch_px:.2f} px apart, but {best.why}.")
    tick_mm = _asked_number("Millimetres between neighbouring marks, the same at every depth (0: not known, or not the same)? ")
    known = replace(known, ruler=RulerPart(tick_mm=tick_mm))
    return look_at(best.pixels, known) or best, known


def _made(options: argparse.Namespace, best: Finding, known: Profile) -> Profile:
    left = ScreenLeft(options.screen_left) if options.screen_left else (ScreenLeft.UNKNOWN if options.yes else _asked_left())
    return proposed(
        best,
        name=options.name,
        screen_left=left,
        tick_mm=known.ruler.tick_mm,
        latency_ms=options.latency_ms,
        box_px=known.scan.box_px,
        pixel_aspect=options.pixel_aspect,
    )


def _stated(options: argparse.Namespace) -> Profile:
    """What the operator states of the screen, as a profile; the rest of the options is checked too, before a long search. Raises ProfileError."""
    checked = profile.checked
    if not _quoted(options.name).strip('"'):
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


def spread(source: str) -> tuple[list[GrayImage], list[str]]:
    """FRAMES pictures at most, equally spread over the source's first MOST_FRAMES, each once; and why others could not be read. Raises SourceError,
    RecordingError."""
    kept: list[GrayImage] = []
    unread: list[str] = []
    count, every = 0, 1
    for item in islice(_pictures(source), MOST_FRAMES):
        if isinstance(item, BadFrame):
            unread.append(item.why)
            continue
        if count % every == 0:
            kept.append(item.pixels)
        count += 1
        if len(kept) > FRAMES:
            kept, every = kept[::2], 2 * every
    return kept, unread


def _pictures(source: str) -> Iterator[Frame | BadFrame]:
    for clip in open_clips(source):
        # one frame is shown several times there
        for item in islice(clip.items, 1 if clip.still else None):
            frame = item.frame if isinstance(item, Recorded) else item
            if frame is not None:
                yield frame


def contradicted(findings: list[Finding], known: Profile) -> Reading | None:
    """What the screen says where as many frames speak against the operator's tick_mm as for it."""
    if not known.ruler.tick_mm:
        return None
    silent = replace(known, ruler=RulerPart())
    agreeing = [each for each in findings if each.reading is not None]
    again = [look_at(each.pixels, silent) for each in findings if each.reading is None]
    against = [each for each in again if each is not None and each.reading is not None]
    return agreed(against).reading if len(against) >= max(1, len(agreeing)) else None


def _also(unread: list[str]) -> str:
    """That pictures could not be read, as the end of a line: the scan may be in those."""
    return f"; {len(unread)} of the pictures cannot be read: {unread[0]}" if unread else ""


def _report(best: Finding, made: Profile, out: Path, picture: Path, found: int, looked: int, unread: list[str]) -> str:
    geometry = best.geometry
    read = f"no scale: {best.why}"
    if best.reading is not None:
        by = ", ".join("your word" if witness == "profile" else witness for witness in best.reading.witnesses)
        read = f"{best.reading.mm_per_px_y:.4f} mm per pixel, marks every {best.reading.tick_mm:g} mm, by {by}"
    lines = [
        f"scan    {geometry.kind}, columns {geometry.left_px} to {geometry.right_px}, rows {geometry.top_px} to {geometry.bottom_px}",
        f"frames  {looked} looked at, a scan in {found}" + _also(unread),
        f"scale   {read}",
        f"pixels  {_pixels(best, made)}",
        f"left    {made.orientation.screen_left.value}",
        f"wrote   {out}; look at {picture}: red the scan, green its origin, blue the marks",
    ]
    return "\n".join(lines)


def _pixels(best: Finding, made: Profile) -> str:
    """How wide pixels are taken to be, and by whose word."""
    if made.video.pixel_aspect:
        return f"{made.video.pixel_aspect:g} times as wide as high, by your word"
    fit = watch.read_screen(best.pixels, made, None)
    if fit is None or fit.mm_per_px is None:
        return fit.why if fit is not None and fit.why in (certain.STRETCHED, watch.NO_SQUARES) else "not known without a scale"
    wide = fit.mm_per_px[0] / fit.mm_per_px[1]
    if best.geometry.kind != "rectangle" or (best.reading is not None and best.reading.mm_per_px_x):
        return f"{wide:.3f} times as wide as high"
    return f"taken for {wide:.3f} times as wide as high: nothing on this screen proves it. Is what is round drawn round? If not, state --pixel-aspect"


def _asked_number(question: str) -> float:
    try:
        value = float(input(question) or "0")
    except (EOFError, ValueError):
        return 0.0
    return value if 0 < value <= 50 else 0.0


def _asked_left() -> ScreenLeft:
    words = ", ".join(left.value for left in ScreenLeft)
    try:
        return ScreenLeft(input(f"What is drawn at the screen's left ({words})? ").strip() or "unknown")
    except (EOFError, ValueError):
        return ScreenLeft.UNKNOWN


def _refused(why: str) -> int:
    print(f"tuffier calibrate: {why}", file=sys.stderr)
    return 2
