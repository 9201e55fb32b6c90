"""Drawings of the ten views: what is seen when the probe lies right, and where the target lies.

Each is an SVG with a small rendered picture in it (JPEG); names and target are drawn over it. A reader of the hint "move to the transverse facet
view" sees here what is meant.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from PIL import Image, ImageFilter

from edge.catalogue import VIEWS
from models.phantom.frame import DEMONSTRATION_SUBJECTS, FrameSpec, PhantomFrame, render_frame
from models.phantom.look import PLAIN_LOOK
from models.phantom.pose import ScreenLeft, Sweep
from models.phantom.probe import ProbeKind
from models.phantom.truth import PROCEDURE_OF

WIDTH_PX, MOST_HEIGHT_PX = 400, 330
HEAD_PX, FOOT_PX = 26, 24
JPEG_QUALITY = 42
SPECKLE_PX = 0.7  # blur: what is finer costs bytes and tells nobody anything
MOST_BYTES = 20_000
BMI_KG_M2 = 22.0
SUBJECTS = {  # of the demonstration split: people of whom the view shows as many of its landmarks as it can
    "transverse_facet": 8, "transverse_process": 8, "transverse_sacral_ala": 0, "transverse_interlaminar": 0, "paramedian_oblique": 7,
    "transverse_sacral_hiatus": 0, "longitudinal_sacral_hiatus": 0, "transverse_foramen": 1, "transverse_s1": 17, "transverse_sacroiliac": 0,
}  # fmt: skip
PLANE = {"transverse": ("patient's left", "patient's right"), "sagittal": ("cranial", "caudal")}
STYLE = (
    "text{font:600 13px system-ui,sans-serif;paint-order:stroke;stroke:#000;stroke-width:3px;fill:#ffe89a}"
    ".head{font-size:15px;fill:#fff}.foot{font-weight:400;fill:#c6ccd2}.target{fill:#9df0ba}"
    ".ring,.way{fill:none;stroke:#ffd54a;stroke-width:1.6}.way{stroke-width:.8}.aim{fill:none;stroke:#7fe0a0;stroke-width:2.4}"
)


@dataclass(frozen=True, slots=True)
class Placed:
    """The picture on the drawing: scale and corner of the part of the frame that is shown."""

    factor: float
    left_px: float
    top_px: float

    def at(self, point: list[float]) -> tuple[float, float]:
        """A pixel of the frame on the drawing."""
        return (point[0] + 0.5 - self.left_px) * self.factor, (point[1] + 0.5 - self.top_px) * self.factor + HEAD_PX


def spec_of(view: str) -> FrameSpec:
    """The exact view, of a clean screen."""
    probe: ProbeKind = "linear" if "hiatus" in view else "convex"
    left: ScreenLeft = "cranial" if VIEWS[view].plane == "sagittal" else "patient_left"
    return FrameSpec(
        DEMONSTRATION_SUBJECTS + SUBJECTS[view], view, 1, probe=probe, layout="bare", side="right", screen_left=left, bmi_kg_m2=BMI_KG_M2,
        water=False, offset=Sweep(), faults=False, look=PLAIN_LOOK,
    )  # fmt: skip


def drawing_of(view: str) -> str:
    """The SVG's text."""
    frame = render_frame(spec_of(view))
    left, top, right, bottom = frame.scan_box_px
    factor = min(WIDTH_PX / (right - left), MOST_HEIGHT_PX / (bottom - top))
    width, height = round((right - left) * factor), round((bottom - top) * factor)
    placed = Placed(factor, left - (WIDTH_PX - width) / 2 / factor, top)
    cut = Image.fromarray(frame.pixels[top:bottom, left:right]).filter(ImageFilter.GaussianBlur(SPECKLE_PX / factor))
    picture = _packed(cut.resize((width, height), Image.Resampling.BOX))
    whole = height + HEAD_PX + FOOT_PX
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_PX} {whole}" width="{WIDTH_PX}" height="{whole}" role="img">',
        f"<title>{_title(view)}</title><style>{STYLE}</style>",
        f'<rect width="{WIDTH_PX}" height="{whole}" fill="#000"/>',
        f'<image x="{(WIDTH_PX - width) / 2:g}" y="{HEAD_PX}" width="{width}" height="{height}" href="data:image/jpeg;base64,{picture}"/>',
        *_words(view, whole),
        *_marks(frame, placed),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _packed(picture: Image.Image) -> str:
    packed = io.BytesIO()
    picture.save(packed, format="JPEG", quality=JPEG_QUALITY, optimize=True)
    return base64.b64encode(packed.getvalue()).decode()


def _title(view: str) -> str:
    procedure = PROCEDURE_OF[view].name.lower().replace("_", " ")
    return escape(f"{view.replace('_', ' ')}: the view for {procedure}, drawn from the phantom")


def _words(view: str, whole: int) -> list[str]:
    left, right = (escape(word) for word in PLANE[VIEWS[view].plane])
    procedure = PROCEDURE_OF[view].name.lower().replace("_", " ")
    return [
        f'<text class="head" x="8" y="18">{view.replace("_", " ")}</text>',
        f'<text class="foot" x="{WIDTH_PX - 8}" y="18" text-anchor="end">{procedure}</text>',
        f'<text class="foot" x="8" y="{whole - 7}">{left}</text>',
        f'<text class="foot" x="{WIDTH_PX / 2:g}" y="{whole - 7}" text-anchor="middle">synthetic phantom</text>',
        f'<text class="foot" x="{WIDTH_PX - 8}" y="{whole - 7}" text-anchor="end">{right}</text>',
    ]


def _marks(frame: PhantomFrame, placed: Placed) -> list[str]:
    """A ring a landmark, its name once, and the target."""
    landmarks, target = frame.truth["landmarks"], frame.truth["target"]
    assert isinstance(landmarks, dict)
    assert isinstance(target, list)
    aim = placed.at(target)
    parts, taken = [], [(aim[0] + 12, aim[1] - 12)]
    for name, points in landmarks.items():
        for point in points:
            x, y = placed.at(point)
            parts.append(f'<circle class="ring" cx="{x:.1f}" cy="{y:.1f}" r="5"/>')
        x, y = placed.at(points[0])
        column, row = _free(x, y, name, taken)
        taken.append((column, row))
        end = column - 2 if column > x else column + wide_px(name) + 2
        parts.append(f'<path class="way" d="M{x + (5 if column > x else -5):.1f} {y:.1f}L{end:.1f} {row - 4:.1f}"/>')
        parts.append(f'<text x="{column:.1f}" y="{row:.1f}">{name.replace("_", " ")}</text>')
    x, y = aim
    parts.append(f'<path class="aim" d="M{x - 14:.1f} {y:.1f}h9m10 0h9M{x:.1f} {y - 14:.1f}v9m0 10v9"/>')
    parts.append(f'<text class="target" x="{x + 12:.1f}" y="{y - 10:.1f}">target</text>')
    return parts


def wide_px(name: str) -> float:
    """About so much room a name takes."""
    return 7.4 * len(name)


def _free(x: float, y: float, name: str, taken: list[tuple[float, float]]) -> tuple[float, float]:
    """Where a name stands beside its ring, clear of the names before it and of the drawing's edge."""
    wide = wide_px(name)
    column = x + 14 if x + 14 + wide < WIDTH_PX else x - 14 - wide
    rows = [y + 4 + by for by in (0, 16, -16, 32, -32, 48, -48)]
    clear = [row for row in rows if all(abs(row - other) > 14 or not -150 < column - at < 150 for at, other in taken)]
    return column, (clear or rows)[0]


def write(folder: Path) -> dict[str, int]:
    """Every view's drawing into a folder, VIEW.svg; their sizes in bytes. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    sizes = {}
    for view in VIEWS:
        content = drawing_of(view).encode()
        (folder / f"{view}.svg").write_bytes(content)
        sizes[view] = len(content)
    return sizes
