"""`tuffier score`: the figures for a folder with truth.jsonl."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from edge.catalogue import PLANS
from edge.options import add_command, configured, fail, model_of, profile_of
from firmware_bridge.wire import Procedure


def add(commands: Any) -> None:
    score = add_command(commands, "score", _score, "the figures for a folder with truth.jsonl", "tuffier score test-frames --json > figures.json")
    score.add_argument("folder", type=Path)
    score.add_argument("--json", action="store_true", help="all figures as JSON")
    score.add_argument("--procedure", action="append", help="only this one (may be repeated)")
    score.add_argument("--scale", choices=["screen", "truth"], default="screen", help="read the scale off the screen (default), or state the truth's")
    score.add_argument("--model", type=Path)
    score.add_argument("--profile", default="")


def _score(options: argparse.Namespace) -> int:
    from edge.judge.score import score_folder, score_table
    from edge.source.truth import TruthError

    config = configured(argparse.Namespace(model=options.model, profile=options.profile or None))
    model = model_of(config)
    try:
        figures = score_folder(
            options.folder,
            manifest=model.manifest,
            invoke=model.invoke,
            profile=profile_of(config),
            procedures=_chosen(options.procedure),
            scale_from_truth=options.scale == "truth",
            progress=_progress,
        )
    except TruthError as error:
        fail(str(error))
    print(json.dumps(figures, indent=1) if options.json else score_table(figures))
    return 0


def _chosen(names: list[str] | None) -> list[Procedure]:
    """The procedures of these names, all where there are none."""
    known = {procedure.name: procedure for procedure in PLANS}
    for name in names or ():
        if name.upper() not in known:
            fail(f"unknown procedure {name!r}: `tuffier procedures` lists them")
    return [known[name.upper()] for name in names or known]


def _progress(done: int, of: int) -> None:
    if sys.stderr.isatty() and (done % 20 == 0 or done == of):
        print(f"\r{done}/{of}", end="" if done < of else "\n", file=sys.stderr, flush=True)
