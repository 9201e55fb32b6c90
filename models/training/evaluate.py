"""What a model is worth: landmarks and views on samples of subjects it never saw, and `tuffier score`'s figures on folders of screens.

`python -m models.training.evaluate --frames DIR` gives exactly what `tuffier score DIR` gives; `--shards DIR` is the quick look that training prints.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from math import hypot
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.catalogue import PLANS
from edge.model import runner
from edge.model.decode import decode
from edge.model.manifest import Manifest
from edge.types import Int8Tensor, Landmarks
from models.training import shards
from models.training.calibrate import IDENTITY, WRONG_MM, Seen, Shown, moved, peaks, run, through_path, view_of
from models.training.settings import GRID, Vocabulary
from models.training.shards import Samples


def summary(seen: list[Seen], samples: Samples, manifest: Manifest) -> dict[str, Any]:
    """Views, landmarks and procedures as JSON-ready values."""
    shown = list(through_path(seen, samples, manifest))
    return {
        "frames": len(seen),
        "subjects": len(set(samples.subjects.tolist())),
        "views": view_figures(seen, manifest),
        "landmarks": landmark_figures(seen, samples, manifest),
        "procedures": {
            procedure.name.lower(): procedure_figures(own)
            for procedure in PLANS
            if (own := [one for one in shown if one.procedure is procedure]) and any(one.held for one in own)
        },
    }


def view_figures(seen: list[Seen], manifest: Manifest) -> dict[str, Any]:
    """Sensitivity and specificity of each view, and the confusion as counts."""
    pairs = [(one.true_view, view_of(one, manifest)[0]) for one in seen]
    figures: dict[str, Any] = {}
    for view in manifest.views:
        own = [guess == view for true, guess in pairs if true == view]
        rest = [guess != view for true, guess in pairs if true != view]
        seen_as = {name: sum(1 for true, guess in pairs if true == view and guess == name) for name in manifest.views}
        figures[view] = {
            "frames": len(own),
            "sensitivity": round(float(np.mean(own)), 4) if own else None,
            "specificity": round(float(np.mean(rest)), 4) if rest else None,
            "seen_as": {name: count for name, count in seen_as.items() if count},
        }
    return figures


def landmark_figures(seen: list[Seen], samples: Samples, manifest: Manifest) -> dict[str, Any]:
    """Errors of peaks over their thresholds, on frames whose view was seen right."""
    figures = {}
    for name, rows in peaks(seen, samples, manifest).items():
        errors = rows[:, 1]
        if len(errors):
            figures[name] = {
                "peaks": len(errors),
                "median_mm": round(float(np.median(errors)), 2),
                "p95_mm": round(float(np.percentile(errors, 95)), 2),
                "over_5_mm": round(float((errors > WRONG_MM).mean()), 4),
            }
    return figures


def procedure_figures(rows: list[Shown]) -> dict[str, Any]:
    """As DESIGN.md defines them, without the screen's share of the error."""
    held, shown = [one for one in rows if one.held], [one for one in rows if one.shown]
    errors = np.array([one.error_mm for one in shown if one.error_mm is not None])
    depth = np.array([one.depth_error_mm for one in shown if one.depth_error_mm is not None])
    inside = [one.error_mm <= one.interval_mm for one in shown if one.error_mm is not None]
    wrong = sum(one.wrong or one.dim for one in shown)
    if not len(errors):
        return {"held": len(held), "shown": len(shown), "wrong": wrong}
    return {
        "held": len(held),
        "shown": len(shown),
        "wrong": wrong,
        "median_mm": round(float(np.median(errors)), 2),
        "p95_mm": round(float(np.percentile(errors, 95)), 2),
        "depth_bias_mm": round(float(depth.mean()), 2),
        "shown_share": round(sum(one.shown for one in held) / max(1, len(held)), 3),
        "wrong_share": round(wrong / len(shown), 4),
        "coverage": round(float(np.mean(inside)), 3),
        "interval_mean_mm": round(float(np.mean([one.interval_mm for one in shown])), 2),
    }


def int8_gap_mm(networks: Sequence[Any], seen: list[Seen], samples: Samples, manifest: Manifest) -> dict[str, float]:
    """How far apart int8 model and float networks put the same landmark, over peaks that both hold for one. networks: one for each turn, in
    evaluation mode; a sample is asked of each."""
    gaps: list[float] = []
    for one in seen:
        for number, (network, raw) in enumerate(zip(networks, one.raws, strict=False)):
            sheet = moved(samples.grids[one.index], *manifest.placings[number])
            other = replace(raw, heatmaps_int8=_float_heatmaps(network, sheet, manifest))
            gaps += _apart_mm(decode(raw, IDENTITY, manifest), decode(other, IDENTITY, manifest))
    return {
        "landmarks": len(gaps),
        "median_mm": round(float(np.median(gaps)), 3),
        "p95_mm": round(float(np.percentile(gaps, 95)), 3),
        "largest_mm": round(max(gaps), 2),
    }


def _float_heatmaps(network: Any, sheet: NDArray[np.uint8], manifest: Manifest) -> Int8Tensor:
    """What the float network says, in int8's steps."""
    import torch

    with torch.no_grad():
        heat, _ = network(torch.from_numpy(sheet[None, None].astype(np.float32) / 255))
    scaled = torch.sigmoid(heat[0]).permute(1, 2, 0).numpy() / manifest.heatmap.scale + manifest.heatmap.zero_point
    return np.clip(np.round(scaled), -128, 127).astype(np.int8)


def _apart_mm(ours: Landmarks, theirs: Landmarks) -> list[float]:
    """Between landmarks that both have."""
    alike = [name for name in set(ours.points) & set(theirs.points) if len(ours.points[name]) == len(theirs.points[name])]
    pairs = [pair for name in alike for pair in zip(ours.points[name], theirs.points[name], strict=True)]
    return [hypot(a.x_px - b.x_px, a.y_px - b.y_px) * GRID.mm_per_cell for a, b in pairs]


def table(figures: dict[str, Any]) -> str:
    """The summary for a person."""
    lines = [f"{figures['frames']} frames, {figures['subjects']} subjects"]
    lines.append(f"{'view':28}{'frames':>7}{'sens':>8}{'spec':>8}  seen as")
    for view, row in figures["views"].items():
        lines.append(f"{view:28}{row['frames']:>7}{row['sensitivity'] or 0:>8.3f}{row['specificity'] or 0:>8.3f}  {row['seen_as']}")
    lines.append(f"{'landmark':28}{'peaks':>7}{'median':>8}{'p95':>8}{'>5 mm':>8}")
    for name, row in figures["landmarks"].items():
        lines.append(f"{name:28}{row['peaks']:>7}{row['median_mm']:>8.2f}{row['p95_mm']:>8.2f}{row['over_5_mm']:>8.3f}")
    for name, row in figures["procedures"].items():
        lines.append(f"{name}: {json.dumps(row)}")
    return "\n".join(lines)


def evaluated(model_path: Path, samples: Samples) -> dict[str, Any]:
    """The summary of the model in a file."""
    model = runner.load(model_path)
    words = Vocabulary(model.manifest.views, model.manifest.landmarks)
    samples = shards.narrowed(samples, words)
    return summary(list(run(model, samples)), samples, model.manifest)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Exit status 2 on wrong arguments."""
    parser = argparse.ArgumentParser(prog="python -m models.training.evaluate", description=__doc__)
    parser.add_argument("--model", type=Path, default=runner.BUNDLED)
    parser.add_argument("--frames", type=Path, help="a folder with truth.jsonl: the whole path, as tuffier score")
    parser.add_argument("--shards", type=Path, help="a folder of rendered samples, as training keeps them")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    if options.frames:
        from edge.cli import main as tuffier

        return tuffier(["score", str(options.frames), "--model", str(options.model), *(["--json"] if options.json else [])])
    if not options.shards:
        parser.error("--frames DIR or --shards DIR")
    figures = evaluated(options.model, shards.load(sorted(options.shards.glob("*.npz"))))
    print(json.dumps(figures, indent=1) if options.json else table(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
