"""`tuffier bench`: time per stage beside the bare invoke."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from edge.options import add_command, configured, model_of


def add(commands: Any) -> None:
    bench = add_command(commands, "bench", _bench, "time per stage, bare invoke beside the whole path, as JSON", "tuffier bench --frames 500")
    bench.add_argument("--frames", type=int, default=300)
    bench.add_argument("--model", type=Path)
    bench.add_argument("--threads", type=int, default=1)


def _bench(options: argparse.Namespace) -> int:
    from edge.judge.bench import bench

    config = configured(options)
    print(json.dumps(bench(model_of(config), frames=max(20, options.frames)), indent=1))
    return 0
