"""The model on two machines: what goes in is the same to the byte, what comes out within 2 LSB.

    python -m tests.system.raw_outputs FILE              keeps model inputs and raw outputs of the bundled recording's frames
    python -m tests.system.raw_outputs FILE --compare    runs the model here and compares; the exit status says whether they agree
"""

from __future__ import annotations

import argparse
import platform
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.model import runner
from edge.model.tensor import to_grid
from edge.record import recording
from edge.source.sources import BUNDLED
from edge.types import Scan

MOST_LSB = 2
FRAMES = 24


def outputs() -> dict[str, NDArray[Any]]:
    """Model inputs (n, ...) and both raw outputs of some frames, evenly over the recording."""
    model = runner.load(runner.BUNDLED, threads=1)
    frames = [(each.frame, each.scan) for each in recording.read(BUNDLED) if each.frame is not None and isinstance(each.scan, Scan)]
    tensors, heatmaps, views = [], [], []
    for turn, (frame, scan) in enumerate(frames[:: max(1, len(frames) // FRAMES)]):
        made = to_grid(frame.pixels, scan, model.manifest.grid, mirrored=False, offset_px=frame.offset_px, turn=turn)
        raw = model.invoke(made)
        tensors.append(made.tensor.copy())
        heatmaps.append(raw.heatmaps_int8.copy())
        views.append(raw.view_logits_int8.copy())
    return {"tensors": np.stack(tensors), "heatmaps": np.stack(heatmaps), "views": np.stack(views)}


def apart(here: NDArray[Any], there: NDArray[Any]) -> int:
    """The largest difference in LSB."""
    return int(np.abs(here.astype(np.int16) - there.astype(np.int16)).max())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--compare", action="store_true")
    parser.add_argument("--keep", type=Path, help="with --compare: keep this machine's in another file")
    options = parser.parse_args()
    here = outputs()
    if not options.compare:
        np.savez_compressed(options.file, **here)  # type: ignore[arg-type]  # numpy's stubs take the arrays for its options
        return 0
    if options.keep is not None:
        np.savez_compressed(options.keep, **here)  # type: ignore[arg-type]
    with np.load(options.file) as kept:
        there = dict(kept)
    found = {name: apart(here[name], there[name]) for name in here}
    close = [float((np.abs(here["heatmaps"].astype(np.int16) - there["heatmaps"]) <= most).mean()) for most in (0, MOST_LSB)]
    count = len(here["tensors"])
    print(
        f"{platform.machine()}: {count} frames, largest difference in LSB: {found}; "
        f"heatmaps the same in {100 * close[0]:.4f} % of their values, within {MOST_LSB} LSB in {100 * close[1]:.4f} %"
    )
    return int(found["tensors"] != 0 or max(found["heatmaps"], found["views"]) > MOST_LSB)


if __name__ == "__main__":
    sys.exit(main())
