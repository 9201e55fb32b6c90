"""The one command: renders phantom frames, trains, calibrates, exports and reports: `python -m models.training.train`.

With --frames DIR --from models/tuffier.weights.npz it goes on from the bundled model with labelled frames mixed in: --steps 0
--rounded-steps 3000 --train-frames 4000 --none-frames 0 is a start (its weights have met int8's rounding and must not forget it), and a --work
folder of its own.

With --calibrate MODEL the network of a model made before is kept, and only what is behind it is measured again, on the validation frames that its
manifest names: what all of the command gives after a change of the path, in ten minutes. With several MODELs their networks become one model's, which
take turns frame by frame: networks that learned apart err apart. Where their weights stand beside them, these are copied beside --out.

Stopped at any point and started again with the same --work folder, it goes on where it was. The same options give the same frames and the same
order of steps; the model's own bytes may differ between machines, since sums of floats do.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from edge.catalogue import VIEWS
from edge.model import manifest as manifests
from edge.model import runner
from edge.model.manifest import Manifest, ModelError, Networks
from edge.screen import profile as profiles
from edge.screen.profile import ProfileError
from edge.source.truth import TruthError
from models.foreign import TAUGHT
from models.training import calibrate, evaluate, export, fit, labelled, looks, memory, pictures, real, shards
from models.training.bounds import CALIBRATION_FRAMES, refuse_unusable
from models.training.fit import Schedule
from models.training.network import ARCHITECTURES
from models.training.samples import Order, rendered
from models.training.settings import (
    DRAWN_TRAINING,
    DRAWN_VALIDATION,
    GRID,
    TEST_SUBJECTS,
    TRAINING_SUBJECTS,
    VALIDATION_SUBJECTS,
    Vocabulary,
    vocabulary,
)
from models.training.shards import Samples

ROOT = Path(__file__).resolve().parents[2]
HELD_BACK_NONE = 0.3  # share of the validation and test frames without a view
DRAWN_NONE, DRAWN_SEED = 0.25, 5  # the same of drawn frames, and what draws their views: so that more phantom frames leave them as they are
REAL_REPEATS = 6  # real frames without a spine are few: a tenth of the frames without a view should be such
VERSIONED = ("torch", "litert-torch", "ai-edge-quantizer", "ai-edge-litert", "numpy", "scipy", "pillow")


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command's options; the defaults are those of the committed model."""
    parser = argparse.ArgumentParser(prog="python -m models.training.train", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "models" / "tuffier.tflite")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "tuffier-training", help="frames, checkpoints and logs")
    parser.add_argument("--views", default=",".join(VIEWS), help="which views, by comma")
    parser.add_argument("--architecture", default="hybrid_a")
    parser.add_argument("--train-frames", type=int, default=10_000, help="training frames to render")
    parser.add_argument("--none-frames", type=int, default=0, help="more of them that show no view: what is hard is looked for among these too")
    parser.add_argument("--drawn-frames", type=int, default=5_000, help="training frames of each renderer of models/foreign that may teach")
    parser.add_argument("--first-subject", type=int, default=TRAINING_SUBJECTS, help="of the phantom's training frames: later stages see new people")
    parser.add_argument("--drawn-first", type=int, default=DRAWN_TRAINING, help="the same of drawn frames")
    parser.add_argument("--real", type=Path, metavar="DIR", help="laid out as TUFFIER_REAL_FRAMES is: frames without a spine teach none")
    parser.add_argument("--validation-frames", type=int, default=2_000)
    parser.add_argument("--test-frames", type=int, default=2_000)
    parser.add_argument("--steps", type=int, default=7_000)
    parser.add_argument("--hard-share", type=float, default=0.4, help="of the batches that wear the hardest looks")
    parser.add_argument("--plain-share", type=float, default=0.4, help="of the other batches, that wear next to no look")
    parser.add_argument("--lowest-share", type=float, default=0.3, help="of the rate, where those steps end")
    parser.add_argument("--average", type=float, default=0.9995, help="what the weights' running average keeps at each step")
    parser.add_argument("--rounded-steps", type=int, default=1_500, help="steps after those, with activations rounded as int8 rounds them")
    parser.add_argument("--settled-steps", type=int, default=700, help="steps after those, with batch norm as in the exported model, too")
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--none-share", type=float, default=0.2, help="of the training frames")
    parser.add_argument("--workers", type=int, default=2, help="processes that render")
    parser.add_argument("--threads", type=int, default=1, help="threads that learn; one more makes batches, and on two cores more wait for it")
    parser.add_argument("--rate", type=float, default=Schedule(steps=0).rate, help="the highest learning rate")
    parser.add_argument("--calibrate", type=Path, nargs="+", metavar="MODEL", help="keep the networks of these models, and join them")
    tuning = parser.add_argument_group("fine-tuning, for those who have frames")
    tuning.add_argument("--frames", type=Path, metavar="DIR", help="labelled frames (truth.jsonl) to mix with the phantom's")
    tuning.add_argument("--labelled-share", type=float, default=0.5, help="of each view's training frames")
    tuning.add_argument("--profile", default="", help="the scanner profile that reads DIR's screens")
    tuning.add_argument("--from", dest="start_from", type=Path, metavar="WEIGHTS", help="models/tuffier.weights.npz, or a checkpoint.pt")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Exit status 0 once the model is written, 1 where the disk takes no more, 2 on wrong arguments or frames that cannot be used."""
    options = parsed(arguments)
    try:
        refuse_unusable(vars(options))
        if options.architecture not in ARCHITECTURES:
            raise ValueError(f"--architecture {options.architecture!r}: it can be {', '.join(ARCHITECTURES)}")
        if not os.access(options.out.parent, os.W_OK | os.X_OK):
            raise ValueError(f"--out {options.out}: {options.out.parent} is no folder that can be written")
        if options.calibrate:
            _calibrated_again(options)
        else:
            _trained(options)
    except (ValueError, ProfileError, TruthError, ModelError) as error:
        print(f"train: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"train: {error.filename or options.work}: {error.strerror or error}", file=sys.stderr)
        return 1
    return 0


def _trained(options: argparse.Namespace) -> None:
    views = tuple(view for view in VIEWS if view in options.views.split(","))
    words = vocabulary(views)
    # what cannot be used is told before hours of rendering, and before the folder is bound to it
    tuning = _tuning_frames(options, words) if options.frames else None
    if options.start_from:
        fit.read_weights(options.start_from)
    _bound_to(options.work / "options.json", _stated(options))
    with open(options.work / "train.log", "a", encoding="utf-8") as log:
        sets = {name: _rendered_set(name, options, views) for name in ("train", "test")}
        sets["validation"] = _validation_set(options, views)
        if options.none_frames:
            sets["train"] = labelled.joined(sets["train"], _rendered_set("none", options, views))
        sets["train"] = _with_others(sets["train"], options, views)
        if tuning is not None:
            sets["train"] = labelled.mixed(sets["train"], tuning.train, share=options.labelled_share)
            sets["validation"] = labelled.joined(sets["validation"], tuning.validation)
            sets["labelled"] = tuning.test
        network = _fitted(sets["train"], options, log)
        content = _exported(network, sets, options, started=time.time())
        fit.write_weights(weights_path(options.out, 1), network)
        for name in ("test", "labelled") if tuning is not None else ("test",):
            report = f"{name} frames\n{reported([network], options.out, sets[name], options.work / f'report_{name}.json')}"
            print(report)
            print(report, file=log)
        print(f"{options.out}: {len(content)} bytes")


def _with_others(samples: Samples, options: argparse.Namespace, views: tuple[str, ...]) -> Samples:
    """Training frames with those among them that the phantom did not draw: the drawn renderers', and real ones without a spine."""
    parts = [samples]
    for renderer in TAUGHT if options.drawn_frames else ():
        parts.append(_drawn_set(renderer, options.drawn_first, options.drawn_frames, options, views))
    if options.real:
        own = shards.narrowed(real.none_samples(options.real, teaching=True), vocabulary(views))
        parts.append(own.picked(np.resize(np.arange(len(own)), REAL_REPEATS * len(own))))
    return labelled.joined(*parts)


def _validation_set(options: argparse.Namespace, views: tuple[str, ...]) -> Samples:
    """The phantom's validation frames, and of each renderer that teaches a quarter as many."""
    parts = [_rendered_set("validation", options, views)]
    for renderer in TAUGHT if options.drawn_frames else ():
        parts.append(_drawn_set(renderer, DRAWN_VALIDATION, max(1, options.validation_frames // 4), options, views))
    return labelled.joined(*parts)


def _drawn_set(renderer: str, first: int, frames: int, options: argparse.Namespace, views: tuple[str, ...]) -> Samples:
    order = Order(options.work / f"{renderer}_{first}", first, frames, views, DRAWN_NONE, 1, DRAWN_SEED, renderer)
    return shards.narrowed(shards.load(rendered(order, workers=options.workers)), vocabulary(views))


def _calibrated_again(options: argparse.Namespace) -> None:
    """The validation frames of the first model's own training through today's path; options and frames stay in the manifest, with the commit of
    this."""
    models = [export.unpacked(path) for path in options.calibrate]
    networks, fields = export.joined(models)
    stated = argparse.Namespace(**(vars(options) | fields["training"].get("options", {})))
    tuned = [path for path, (_, each) in zip(options.calibrate, models, strict=True) if each["training"].get("options", {}).get("frames") is not None]
    if tuned:
        raise ValueError(f"{tuned[0]}: made with labelled frames, which calibrate it too: train it again with them")
    _bound_to(options.work / "options.json", _stated(stated))
    views = tuple(fields["views"][1:])
    samples = _validation_set(stated, views)
    content = _packed_calibrated(networks, fields | {"training": fields["training"] | {"calibrated": _commit()}}, options, samples)
    if len(networks) == len(models) > 1 and all(weights_path(path, 1).is_file() for path in options.calibrate):
        _weights_joined(options, fields, _rendered_set("test", stated, views))
    print(f"{options.out}: {len(content)} bytes")


def weights_path(model: Path, number: int) -> Path:
    """Where the float weights of a model's networks stand, 1 the first."""
    return model.with_name(f"{model.stem}{'' if number == 1 else f'-{number}'}.weights.npz")


def _weights_joined(options: argparse.Namespace, fields: dict[str, Any], samples: Samples) -> None:
    """The weights copied beside the model, and the report of a training, with them."""
    sources = [weights_path(path, 1).read_bytes() for path in options.calibrate]
    records = (fields["training"], *fields["training"]["others"])
    networks = []
    for number, (content, record) in enumerate(zip(sources, records, strict=True), start=1):
        path = weights_path(options.out, number)
        export.write(path, content)
        networks.append(fit.loaded(path, record["options"]["architecture"], samples.words))
    print(f"test frames\n{reported(networks, options.out, samples, options.work / 'report_test.json')}")


def _bound_to(path: Path, stated: dict[str, Any]) -> None:
    """A work folder belongs to one set of options: frames or a checkpoint made with others would be taken for this run's. Raises ValueError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file():
        before = json.loads(path.read_text(encoding="utf-8"))
        other = [f"{key} {before.get(key)!r} there, {value!r} now" for key, value in stated.items() if before.get(key) != value]
        if other:
            raise ValueError(f"{path.parent} holds a training with other options ({'; '.join(other)}): give another --work, or empty it")
    else:
        path.write_text(json.dumps(stated, indent=1), encoding="utf-8")


def _stated(options: argparse.Namespace) -> dict[str, Any]:
    """The options that the result depends on."""
    named = {key: value for key, value in vars(options).items() if key not in ("out", "work", "workers", "threads", "calibrate")}
    return {key: str(value) if isinstance(value, Path) else value for key, value in named.items()}


def _tuning_frames(options: argparse.Namespace, words: Vocabulary) -> labelled.Split:
    profile = profiles.load(options.profile) if options.profile else profiles.AUTO
    found = labelled.read(options.frames, profile)
    parts = (shards.narrowed(part, words) for part in (found.train, found.validation, found.test))
    found = labelled.Split(*parts, found.withheld)
    counts = [f"{len(part)} frames of {len(set(part.subjects.tolist()))} subjects to {word}" for part, word in
              ((found.train, "learn from"), (found.validation, "calibrate on"), (found.test, "test on"))]  # fmt: skip
    print(f"{options.frames}: {', '.join(counts)}; withheld by the screen stage: {found.withheld}", flush=True)
    return found


def reported(networks: Sequence[Any], path: Path, samples: Samples, to: Path) -> str:
    """The figures on test subjects, as text; as JSON in a file, and its failures as a picture beside it. networks: the float ones."""
    model = runner.load(path)
    seen = list(calibrate.run(model, samples))
    pictures.write(seen, samples, model.manifest, to.with_suffix(".jpg"))
    figures = evaluate.summary(seen, samples, model.manifest)
    figures["int8_against_float"] = evaluate.int8_gap_mm(networks, seen[:400], samples, model.manifest)
    to.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    return f"{evaluate.table(figures)}\nint8 against float: {json.dumps(figures['int8_against_float'])}"


def _rendered_set(name: str, options: argparse.Namespace, views: tuple[str, ...]) -> Samples:
    first, frames, repeats, none_share = {
        "train": (options.first_subject, options.train_frames, 1, options.none_share),
        "none": (options.first_subject + options.train_frames, options.none_frames, 1, 1.0),
        "validation": (VALIDATION_SUBJECTS, options.validation_frames, 2, HELD_BACK_NONE),
        "test": (TEST_SUBJECTS, options.test_frames, max(1, -(-options.test_frames // 200)), HELD_BACK_NONE),
    }[name]
    order = Order(options.work / name, first, frames, views, none_share, repeats, options.seed)
    return shards.narrowed(shards.load(rendered(order, workers=options.workers)), vocabulary(views))


def _fitted(samples: Samples, options: argparse.Namespace, log: Any) -> Any:
    memory.keep()
    torch.set_num_threads(options.threads)
    torch.set_num_interop_threads(1)
    lenders = samples.grids[np.flatnonzero(samples.subtypes == real.KIND)]
    schedule = Schedule(
        steps=options.steps,
        hard_share=options.hard_share,
        plain_share=options.plain_share,
        lowest_share=options.lowest_share,
        average=options.average,
        rounded_steps=options.rounded_steps,
        settled_steps=options.settled_steps,
        rate=options.rate,
        seed=options.seed,
    )
    return fit.fit(
        samples,
        architecture=options.architecture,
        schedule=schedule,
        folder=options.work,
        start_from=options.start_from,
        log=log,
        borrowed=looks.borrowed_of(torch.from_numpy(np.unique(lenders, axis=0))) if len(lenders) else None,
    )


def _exported(network: Any, sets: dict[str, Samples], options: argparse.Namespace, *, started: float) -> bytes:
    """Quantised, calibrated on validation subjects, packed and written."""
    words = sets["train"].words
    quantised = export.quantise(network, calibration_grids(sets["train"], options.seed))
    fields = export.fields_of_model(quantised, words) | {"version": time.strftime("%Y.%m.%d", time.gmtime(started))}
    fields |= {"training": training_record(options, sets)}
    return _packed_calibrated((quantised.content,), fields, options, sets["validation"])


def _packed_calibrated(networks: Networks, fields: dict[str, Any], options: argparse.Namespace, samples: Samples) -> bytes:
    """Quantised networks calibrated on validation samples, with fields as their manifest, packed and written."""
    fields |= open_calibration(fields["views"], fields["landmarks"])
    provisional = options.work / "uncalibrated.tflite"
    export.write(provisional, export.packed(networks, fields))
    model = runner.load(provisional)
    manifest, _ = calibrate.calibrated(model.manifest, model, samples)
    content = export.packed(networks, fields | calibration_fields(manifest))
    manifests.parse(content)
    export.write(options.out, content)
    return content


def calibration_grids(samples: Samples, seed: int) -> Any:
    """The frames whose ranges quantisation takes: uint8 (CALIBRATION_FRAMES, rows, columns)."""
    pick = np.random.Generator(np.random.PCG64(seed)).choice(len(samples), CALIBRATION_FRAMES, replace=False)
    return samples.grids[np.sort(pick)]


def open_calibration(views: Sequence[str], landmarks: Sequence[str]) -> dict[str, Any]:
    """The manifest's calibration before there is one: everything passes, nothing is certain."""
    return {
        "temperature": 1.0,
        "view_evidence": {"weight": 0.0, "none": 0.0},
        "thresholds": {"view_confidence": dict.fromkeys(views, 0.0), "peak": dict.fromkeys(landmarks, 0.0)},
        "intervals": {name: [[0.0, calibrate.WIDEST_MM], [1.0, calibrate.WIDEST_MM]] for name in landmarks},
        "target_factor": {},
        "target_risk": asdict(calibrate.ALL_PASS),
    }


def calibration_fields(manifest: Manifest) -> dict[str, Any]:
    """What calibrate measured, as the manifest's fields."""
    return {
        "temperature": manifest.temperature,
        "view_evidence": {"weight": manifest.evidence_weight, "none": manifest.evidence_none},
        "thresholds": {
            "view_confidence": dict(manifest.view_threshold),
            "peak": dict(manifest.peak_threshold),
        },
        "intervals": {name: [list(row) for row in table] for name, table in manifest.intervals.items()},
        "target_factor": dict(manifest.target_factor),
        "target_risk": asdict(manifest.target_risk),
    }


def training_record(options: argparse.Namespace, sets: dict[str, Samples]) -> dict[str, Any]:
    """Where the model came from."""
    return {
        "command": "python -m models.training.train",
        "options": _stated(options),
        "commit": _commit(),
        "frames": {name: len(samples) for name, samples in sets.items()},
        "subjects": {name: len(set(samples.subjects.tolist())) for name, samples in sets.items()},
        "first_subject": {"train": options.first_subject, "validation": VALIDATION_SUBJECTS, "test": TEST_SUBJECTS},
        "grid": asdict(GRID),
        "versions": {name: _version(name) for name in VERSIONED} | {"python": sys.version.split()[0]},
    }


def _commit() -> str:
    """The commit of the code, with "+" where the tree holds more than it."""
    try:
        head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
        changed = subprocess.run(
            ["git", "status", "--porcelain", "--untracked-files=no", "models", "edge"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return os.environ.get("TUFFIER_COMMIT", "unknown")
    return head + ("+" if changed.strip() else "")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


if __name__ == "__main__":
    sys.exit(main())
