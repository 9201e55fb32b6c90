"""A clip on disk: a folder of pictures with truth.jsonl, or an MCAP recording with the scan as the truth states it and no guidance."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

from models.phantom.clip import ClipSpec, render_clip
from models.phantom.dataset import line_of, save_picture, truth_file
from models.phantom.frame import PhantomFrame


def write(spec: ClipSpec, out: Path, *, progress: Callable[[int, int], None] = lambda _done, _of: None) -> int:
    """To a recording where `out` ends with .mcap, else to a folder. Returns the number of frames."""
    return _to_recording(spec, out, progress) if out.suffix == ".mcap" else _to_folder(spec, out, progress)


def _to_folder(spec: ClipSpec, folder: Path, progress: Callable[[int, int], None]) -> int:
    of, done = max(1, round(spec.seconds * spec.rate_hz)), 0
    rendered = render_clip(spec)
    first = next(rendered)  # a spec that makes no sense is told before there is a folder
    with truth_file(folder) as add:
        for done, frame in enumerate(chain([first], rendered), start=1):
            name = f"{done - 1:06d}.png"
            save_picture(frame, folder / name)
            add(line_of(frame, name))
            progress(done, of)
    return done


def _to_recording(spec: ClipSpec, path: Path, progress: Callable[[int, int], None]) -> int:
    """`tuffier replay recording:F?from=frames` then runs a model on it."""
    from edge.catalogue import PLANS, VIEWS
    from edge.guidance.session import Session
    from edge.pipeline import Answer
    from edge.record.recording import Recorder
    from edge.types import Frame, Placing, Withheld
    from firmware_bridge.wire import Procedure, Reason, Side
    from models.phantom.truth import PROCEDURE_OF

    procedure = PROCEDURE_OF[spec.view] if spec.view in VIEWS else Procedure.FACET
    side = Side[(spec.side or "right").upper()] if PLANS[procedure].sided else Side.NONE
    session = Session(procedure, side)
    of, done = max(1, round(spec.seconds * spec.rate_hz)), 0
    source = f"phantom {spec.view} subject {spec.subject_seed} seed {spec.seed}"
    record = {"source": source, "procedure": procedure.name.lower(), "side": side.name.lower()}
    with Recorder(path, record) as recorder:
        for done, made in enumerate(render_clip(spec), start=1):
            at_ns = int(str(made.truth["captured_ns"]))
            frame = Frame(done - 1, at_ns, made.pixels)
            withheld = Withheld(done - 1, at_ns, Reason.STARTING, "recorded without a model")
            recorder.write(frame, Answer(_scan(made, done - 1, at_ns), None, Placing(), None, withheld), session)
            progress(done, of)
    return done


def _scan(made: PhantomFrame, frame_id: int, at_ns: int) -> Any:
    """edge.types.Scan of the truth, or NoScan."""
    from edge.types import Health, NoScan, Scan, ScanGeometry, ScreenLeft
    from firmware_bridge.wire import Reason

    placement = made.placement
    if placement is None:
        return NoScan(frame_id, at_ns, Reason.NO_SCAN_AREA, "no scan on the screen")
    left, top, right, bottom = placement.box_px
    geometry = ScanGeometry(
        placement.kind, left, top, right, bottom, apex_px=placement.apex_px, inner_radius_px=placement.inner_radius_px,
        outer_radius_px=placement.outer_radius_px, half_angle_deg=placement.half_angle_deg, face_radius_mm=placement.face_radius_mm,
        face_half_width_mm=placement.face_half_width_mm,
    )  # fmt: skip
    orientation = ScreenLeft(made.truth["screen_left"] or "unknown")
    mm_x, mm_y = placement.mm_per_px
    return Scan(frame_id, at_ns, geometry, placement.origin_px, mm_x, mm_y, "stated", orientation, Health.LIVE)
