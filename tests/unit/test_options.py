"""The command line over a configuration file: what it does not say stays as the file has it."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path

import pytest

from edge.board import config as configs
from edge.board.config import Config
from edge.options import configured

FILE = """
[source]
source = "v4l2:/dev/video0"
[device]
device = "/dev/tuffier-device"
[procedure]
procedure = "caudal"
[bracket]
angle_least_deg = -20
slew_deg_per_s = 5
[model]
threads = 2
[gate]
max_age_ms = 150
[monitor]
page = "127.0.0.1:8700"
"""


def test_no_section_of_the_file_is_lost(tmp_path: Path) -> None:
    """The bracket's had been: its narrower limits never reached the device."""
    path = tmp_path / "tuffier.toml"
    path.write_text(FILE)
    assert configured(argparse.Namespace(config=path)) == configs.load(path)
    assert [field.name for field in fields(Config) if getattr(configs.load(path), field.name) == getattr(Config(), field.name)] == []


SAID = [
    ({"source": "clip.mp4"}, "source", "source", "clip.mp4"),
    ({"device": "sim:"}, "device", "device", "sim:"),
    ({"procedure": "facet"}, "procedure", "procedure", "facet"),
    ({"threads": 1}, "model", "threads", 1),
    ({"igtl": "127.0.0.1:18944"}, "monitor", "igtl", "127.0.0.1:18944"),
]


@pytest.mark.parametrize(("said", "section", "key", "value"), SAID)
def test_what_is_said_goes_over_the_file(said: dict[str, object], section: str, key: str, value: object, tmp_path: Path) -> None:
    path = tmp_path / "tuffier.toml"
    path.write_text(FILE)
    made = configured(argparse.Namespace(config=path, **said))
    assert getattr(getattr(made, section), key) == value
    assert made.bracket.slew_deg_per_s == 5
