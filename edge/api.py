"""The way for a Python program: a guide for one procedure and side takes pictures and answers each with its Guidance.

Rule 1: what is stated or pushed is checked at once, and what is wrong is told with its cure. Rule 2: a picture gets the same answer here as in
`tuffier replay`.
"""

from __future__ import annotations

import difflib
from math import isfinite
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image, ImageOps

from edge.catalogue import PLANS, Approach
from edge.guidance.session import Needle, Session, checked
from edge.model import runner
from edge.model.manifest import ModelError
from edge.pipeline import Answer, Course, PathState, answer
from edge.screen import profile as profiles
from edge.screen import watch
from edge.screen.profile import Profile, ProfileError
from edge.source import pictures
from edge.source.sources import FILE_RATE_HZ, NS_PER_S, STILL_PERIOD_NS, STILL_REPEATS
from edge.types import Frame, GrayImage, Guidance, ScreenLeft
from firmware_bridge.wire import Procedure, Side

SCALES_MM_PER_PX = 0.005, 2.0
LEAST_PX, MOST_PX = 16, 16384  # of a picture's side: a thumbnail has no ruler to read; a whole number of more is no video's
CURES = {
    "bool": "a mask is no picture: push the grey picture itself",
    "uint16": "scale it to 8 bits: (image >> 8).astype(numpy.uint8) where 65535 is white",
    "int8": "push grey levels from 0 to 255 as numpy.uint8",
    "float": "scale it to 8 bits: (image * 255).round().astype(numpy.uint8) where 1.0 is white",
    "int": "push grey levels from 0 to 255: image.astype(numpy.uint8), once you know that they lie there",
}


class GuideError(ValueError):
    """What a guide was told, or a picture that it was given, cannot be used; the text names the cure."""


class Guide:
    """Guidance for one procedure and side, picture by picture.

    procedure: a name that `tuffier procedures` lists. side: the PATIENT's, "left" or "right"; None where the procedure has none. screen_left: what is
    drawn at the left of the screen; without it, and without a profile that says it, a sided procedure is withheld. mm_per_px: the scale, one number
    or (x, y); None: it is read off the screen's ruler. profile: a shipped scanner profile's name, or a file's path. model: a model file's path; None:
    the bundled one. approach: None: the procedure's own. Raises GuideError. Not for two threads at once.
    """

    def __init__(
        self,
        procedure: str,
        side: Literal["left", "right"] | None = None,
        *,
        screen_left: Literal["patient_left", "patient_right", "cranial", "caudal"] | None = None,
        mm_per_px: float | tuple[float, float] | None = None,
        profile: str | Path | None = None,
        model: str | Path | None = None,
        approach: Approach | None = None,
    ) -> None:
        session = _session(procedure, side, approach)
        self._scale, self._left, self._profile = _scale(mm_per_px), _left(screen_left), _profile(profile)
        try:
            self._model = runner.load(runner.BUNDLED if model is None else Path(model))
        except ModelError as error:
            raise GuideError(str(error)) from error
        self._course = Course(session, self._model.manifest)
        self._answer: Answer | None = None
        self.restart()

    def restart(self) -> None:
        """Forgets all pictures: call it between two clips, or when the probe was put down."""
        self._state, self._pushed, self._newest_ns = self._fresh(still=False), 0, 0

    def push(self, image: Any, *, captured_ns: int | None = None, now_ns: int | None = None) -> Guidance:
        """The next picture of a clip: a numpy array or Pillow image, grey (rows, columns) or RGB (rows, columns, 3), of uint8 (OpenCV's BGR:
        image[..., ::-1]). Three agreeing pictures bring a number, so the first two never do.

        captured_ns: when it was captured; None: pictures follow each other at 30 Hz. now_ns: the time now, on the same clock: an older picture than
        200 ms is withheld; None: its age is not looked at. Raises GuideError.
        """
        pixels = grey_of(image)
        captured_ns = self._pushed * NS_PER_S // FILE_RATE_HZ if captured_ns is None else captured_ns
        if captured_ns < self._newest_ns:
            raise GuideError(f"captured_ns {captured_ns} lies before the last picture's, {self._newest_ns}: call restart() between two clips")
        frame = Frame(self._pushed, captured_ns, pixels)
        self._pushed, self._newest_ns = self._pushed + 1, captured_ns
        return self._answered(frame, captured_ns if now_ns is None else now_ns)

    def still(self, image: Any) -> Guidance:
        """One picture that stands alone, as `tuffier score` takes it: presented five times, the last answer counts. Forgets all pictures before and
        after. Raises GuideError."""
        pixels = grey_of(image)
        self._state = self._fresh(still=True)
        for turn in range(STILL_REPEATS):
            said = self._answered(Frame(0, turn * STILL_PERIOD_NS, pixels), turn * STILL_PERIOD_NS)
        self.restart()
        return said

    @property
    def answer(self) -> Answer | None:
        """All that was said of the newest picture: its scan, its landmarks, its guidance; None before the first."""
        return self._answer

    def _fresh(self, *, still: bool) -> PathState:
        return PathState(watch.fresh(self._profile, stated_mm_per_px=self._scale, stated_screen_left=self._left, still=still))

    def _answered(self, frame: Frame, now_ns: int) -> Guidance:
        self._state, self._answer = answer(self._state, frame, self._course, self._model.invoke, now_ns=now_ns)
        return self._answer.guidance


def grey_of(image: Any) -> GrayImage:
    """A picture of one's own, grey (rows, columns), of a grey or RGB one: numpy array or Pillow image. Raises GuideError."""
    pixels = np.asarray(_shown(image) if isinstance(image, Image.Image) else image)
    if pixels.dtype != np.uint8:
        raise GuideError(f"the picture is of {pixels.dtype}, not uint8: {_cure(pixels)}")
    match pixels.shape:
        case (_, _):
            grey = pixels
        case (_, _, 1):
            grey = pixels[..., 0]
        case (_, _, 3):
            grey = np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).convert("L"))
        case _:
            raise GuideError(f"the picture is of shape {pixels.shape}, not (rows, columns) or (rows, columns, 3): {_reshaped(pixels.shape)}")
    if not all(LEAST_PX <= size <= MOST_PX for size in grey.shape):
        raise GuideError(f"the picture is of {grey.shape[1]}x{grey.shape[0]} pixels: push the scanner's whole screen, {LEAST_PX} to {MOST_PX} a side")
    # the caller may fill its buffer anew
    return np.array(grey, dtype=np.uint8, order="C")


def _shown(image: Image.Image) -> Any:
    """A Pillow image as a viewer shows it: turned as it says, over black where it is transparent. Raises GuideError."""
    try:
        in_8_bits = image.mode in ("L", "P", "1", "CMYK", "YCbCr", "RGB", "RGBA", "LA", "PA")
        return pictures.grey_of(image) if in_8_bits else ImageOps.exif_transpose(image)
    except ValueError as error:
        raise GuideError(f"the picture: {error}") from error


def _cure(pixels: Any) -> str:
    kind = {"f": "float", "i": "int", "u": "int", "b": "bool"}.get(pixels.dtype.kind, "")
    return CURES.get(pixels.dtype.name) or CURES.get(kind) or "push a numpy array or a Pillow image of grey levels"


def _reshaped(shape: tuple[int, ...]) -> str:
    match shape:
        case (_, _, 4):
            return "drop its alpha: image[..., :3]"
        case (1 | 3, _, _):
            return "put its channels last: numpy.moveaxis(image, 0, -1)"
        case (_, _, _, _):
            return "push a batch's pictures one by one"
        case _:
            return "push one whole picture"


def _session(procedure: str, side: str | None, approach: Approach | None) -> Session:
    names = [known.name.lower() for known in PLANS]
    if procedure not in names:
        near = difflib.get_close_matches(str(procedure), names, n=1, cutoff=0.0)
        raise GuideError(f"unknown procedure {procedure!r}: did you mean {near[0]!r}? There are {', '.join(names)}")
    chosen = Procedure[procedure.upper()]
    if side not in ("left", "right", None) or (side is None and PLANS[chosen].sided):
        raise GuideError(f"{procedure} with side {side!r}: say side='left' or side='right', the patient's")
    if approach not in ("in_plane", "out_of_plane", None):
        raise GuideError(f"approach {approach!r}: it can be 'in_plane' or 'out_of_plane'")
    return checked(chosen, Side.NONE if side is None else Side[side.upper()], Needle(approach=approach))


def _scale(stated: Any) -> tuple[float, float] | None:
    if stated is None:
        return None
    least, most = SCALES_MM_PER_PX
    try:
        x, y = (float(each) for each in (stated if np.ndim(stated) else (stated, stated)))
    except (TypeError, ValueError):
        raise GuideError(f"mm_per_px {stated!r}: give one number, or (x, y), in millimetres a pixel") from None
    if not all(isfinite(each) and least <= each <= most for each in (x, y)):
        raise GuideError(f"mm_per_px {stated!r}: it must lie from {least:g} to {most:g} millimetres a pixel")
    return x, y


def _left(stated: str | None) -> ScreenLeft | None:
    known = [left.value for left in ScreenLeft if left is not ScreenLeft.UNKNOWN]
    if stated is not None and stated not in known:
        raise GuideError(f"screen_left {stated!r}: it can be {', '.join(known)}")
    return None if stated is None else ScreenLeft(stated)


def _profile(stated: str | Path | None) -> Profile:
    try:
        return profiles.AUTO if stated is None else profiles.load(stated)
    except ProfileError as error:
        raise GuideError(str(error)) from error
