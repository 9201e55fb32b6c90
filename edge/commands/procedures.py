"""`tuffier procedures`: the catalogue."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any

from edge.catalogue import PLANS
from edge.options import NOTICE, add_command


def add(commands: Any) -> None:
    procedures = add_command(commands, "procedures", _procedures, "the catalogue of procedures", "tuffier procedures")
    procedures.add_argument("--json", action="store_true")


def _procedures(options: argparse.Namespace) -> int:
    rows = [{**asdict(plan), "procedure": plan.procedure.name.lower()} for plan in PLANS.values()]
    if options.json:
        print(json.dumps(rows, indent=1))
        return 0
    print(NOTICE)
    for plan in PLANS.values():
        least, most = plan.depth_gate_mm
        print(
            f"{plan.procedure.name.lower():24} {'sided' if plan.sided else 'midline':8} {plan.approach:13} {least:.0f}-{most:.0f} mm  "
            f"{' + '.join(plan.target)} in {' or '.join(plan.views)}" + (f"  [{plan.notice}]" if plan.notice else "")
        )
    return 0
