"""What one frame tells of a scanner's screen, the profile that this makes with what an operator states, and a picture to check both by: for
`tuffier calibrate` and for the page."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw

from edge.screen import profile, watch
from edge.screen.area import scan_area
from edge.screen.area.sector import sector_mask
from edge.screen.profile import Profile, RulerPart, ScanPart, VideoPart
from edge.screen.ruler.ruler import Ruler
from edge.screen.ruler.scale import Reading
from edge.types import GrayImage, ScanGeometry, ScreenLeft

SAME_PLACE = 0.1  # of a scan's width: its dark corners are found a little elsewhere in each frame
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


def disagreements(findings: list[Finding]) -> list[str]:
    """What differs from frame to frame, in words: a profile is of one depth's ruler, and of one layout."""
    scales = Counter("no scale" if each.reading is None else f"marks every {each.reading.tick_mm:g} mm" for each in findings)
    shapes = Counter(each.geometry.kind for each in findings)
    lefts, rights = ([getattr(each.geometry, name) for each in findings] for name in ("left_px", "right_px"))
    found = [", ".join(f"{name} in {count}" for name, count in told.most_common()) for told in (scales, shapes) if len(told) > 1]
    if max(np.ptp(lefts), np.ptp(rights)) > SAME_PLACE * (rights[0] - lefts[0]):
        found.append(f"the scan begins at columns {min(lefts)} to {max(lefts)} and ends at {min(rights)} to {max(rights)}")
    return found


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
        f"name = {quoted(made.name)}",
    ]
    lines += ["", "[video]", f"width_px = {made.video.width_px}", f"height_px = {made.video.height_px}"]
    lines += [f"latency_ms = {made.video.latency_ms:g}", f"pixel_aspect = {made.video.pixel_aspect:g}"]
    lines += ["", "[scan]", f"box_px = {list(made.scan.box_px)}", f"masks_px = {[list(each) for each in made.scan.masks_px]}"]
    lines += ["", "[ruler]"]
    if finding.reading is not None:
        lines.append(f"# read then: {finding.reading.mm_per_px_y:.5f} mm per pixel by {', '.join(finding.reading.witnesses)}")
    lines += [f'side = "{made.ruler.side}"', f"tick_mm = {made.ruler.tick_mm:g}", f"major_every = {made.ruler.major_every}"]
    if made.ruler.mm_per_px:
        lines.append(f"mm_per_px = [{', '.join(f'{each:.5f}' for each in made.ruler.mm_per_px)}]  # at this depth and picture size only")
    lines += ["", "[orientation]", f'screen_left = "{made.orientation.screen_left.value}"', f'marker = "{made.orientation.marker}"', ""]
    return "\n".join(lines)


def scale_words(finding: Finding) -> str:
    """What the screen tells of its scale, or why it tells none."""
    if finding.reading is None:
        return f"none: {finding.why}"
    by = ", ".join("your word" if witness == "profile" else witness for witness in finding.reading.witnesses)
    return f"{finding.reading.mm_per_px_y:.4f} mm per pixel, marks every {finding.reading.tick_mm:g} mm, by {by}"


def quoted(text: str) -> str:
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


def worth(finding: Finding, made: Profile) -> str:
    """Why this profile lets nothing be pointed at on the frame that it was made from; empty where it does."""
    fit = watch.read_screen(finding.pixels, made, None)
    if fit is not None and fit.measures:
        return ""
    return fit.why if fit is not None and fit.why else "the scale is not known"
