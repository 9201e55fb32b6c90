"""Several architectures on the same frames with the same short training: the table in models/CARD.md that the choice rests on.

    python -m models.training.compare --work DIR --steps 2500

DIR is a --work folder of models.training.train, whose rendered frames are used; each architecture keeps its checkpoint below it. A sixth as
many steps follow with activations rounded as int8 rounds them.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from edge.catalogue import NO_VIEW
from edge.model import runner
from models.training import calibrate, evaluate, export, fit, network, shards
from models.training.settings import GRID, vocabulary
from models.training.shards import Samples
from models.training.train import calibration_grids, open_calibration

DEFAULT = ("separable", "inverted", "dense", "hybrid_a")
ROUNDED_PART = 6  # as in the committed model's training: without them some architectures lose their heatmaps to int8


def compared(name: str, sets: dict[str, Samples], folder: Path, *, steps: int, seed: int) -> dict[str, Any]:
    """One architecture: its cost and what it gives on the test frames, int8, before any threshold."""
    folder.mkdir(parents=True, exist_ok=True)
    words = sets["train"].words
    started = time.monotonic()
    with open(folder / "train.log", "a", encoding="utf-8") as log:
        schedule = fit.Schedule(steps=steps, rounded_steps=steps // ROUNDED_PART, seed=seed)
        made = fit.fit(sets["train"], architecture=name, schedule=schedule, folder=folder, log=log)
    quantised = export.quantise(made, calibration_grids(sets["train"], seed))
    fields = export.fields_of_model(quantised, words) | {"version": "0", "training": {}} | open_calibration(words.views, words.landmarks)
    path = folder / "model.tflite"
    export.write(path, export.packed((quantised.content,), fields))
    model = runner.load(path)
    seen = list(calibrate.run(model, sets["test"]))
    errors = np.concatenate([rows[:, 1] for rows in calibrate.peaks(seen, sets["test"], model.manifest).values()])
    right = [calibrate.view_of(one, model.manifest)[0] == one.true_view for one in seen]
    held = [one.true_view != NO_VIEW for one in seen]
    return {
        "architecture": name,
        "steps": steps,
        "mega_multiply_adds": round(network.multiply_adds(made, rows=GRID.rows, columns=GRID.columns) / 1e6, 1),
        "kilobytes": round(path.stat().st_size / 1000),
        "views_right": round(float(np.mean(right)), 4),
        "views_right_where_held": round(float(np.mean([r for r, h in zip(right, held, strict=True) if h])), 4),
        "landmark_median_mm": round(float(np.median(errors)), 3),
        "landmark_p95_mm": round(float(np.percentile(errors, 95)), 2),
        "int8_gap": evaluate.int8_gap_mm([made], seen[:200], sets["test"], model.manifest),
        "minutes": round((time.monotonic() - started) / 60, 1),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: one JSON line an architecture, as each is done. Exit status 2 where DIR has no frames."""
    parser = argparse.ArgumentParser(prog="python -m models.training.compare", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--architectures", default=",".join(DEFAULT), help=f"of {', '.join(network.ARCHITECTURES)}; by comma")
    parser.add_argument("--steps", type=int, default=2500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.architectures.split(",")) - set(network.ARCHITECTURES))
    if unknown:
        parser.error(f"no architecture {', '.join(unknown)}")
    paths = {name: sorted((options.work / name).glob("*.npz")) for name in ("train", "test")}
    if not all(paths.values()):
        print(f"compare: {options.work} holds no rendered frames: run models.training.train with this --work first", file=sys.stderr)
        return 2
    torch.set_num_threads(options.threads)
    sets = {name: shards.narrowed(shards.load(found), vocabulary()) for name, found in paths.items()}
    for name in options.architectures.split(","):
        print(json.dumps(compared(name, sets, options.work / "compare" / name, steps=options.steps, seed=options.seed)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
