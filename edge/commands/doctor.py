"""`tuffier doctor`: what works here, and the cure where something does not."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from edge.options import INSTALLED, add_command


def add(commands: Any) -> None:
    example = "tuffier doctor --config /etc/tuffier/tuffier.toml"
    doctor = add_command(commands, "doctor", _doctor, "what works here, and the cure where something does not", example)
    doctor.add_argument("--config", type=Path, help=f"default: {INSTALLED} where it is there")
    doctor.add_argument("--source")
    doctor.add_argument("--device")
    doctor.add_argument("--model", type=Path)


def _doctor(options: argparse.Namespace) -> int:
    from edge.board.check.doctor import doctor, doctor_table

    config = options.config or (INSTALLED if INSTALLED.is_file() else None)
    rows = doctor(config, source=options.source, device=options.device, model=options.model)
    print(doctor_table(rows))
    return max(row.status.value for row in rows)
