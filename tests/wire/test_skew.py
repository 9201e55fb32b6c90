"""Host and device of different versions: each refuses the other by name, and nothing is misread. The other version is made from wire.toml."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from core import C_FOLDER, COMPILER, NO_COMPILER
from test_link import Host, wait_for

from firmware_bridge import generate, wire
from firmware_bridge.link import Connected, Refused
from firmware_bridge.sim import SimDevice, build

DESCRIPTION = generate.PACKAGE / "wire.toml"
CHANGES = [
    ("a reason more", '  "host_fault",', '  "host_fault",\n  "late_news",'),
    ("a field more", 'confidence_percent = {', 'colour = { type = "u8", text = "" }\nconfidence_percent = {'),
    ("another unit", "depth_tenths_mm = {", "depth_um100 = {"),
    ("a wider range", "least = 0, most = 2000", "least = 0, most = 2500"),
    ("two fields in the other order", 'procedure = { type = "Procedure", text = "the host\'s" }\nside = { type = "Side", text = "the host\'s" }',
     'side = { type = "Side", text = "the host\'s" }\nprocedure = { type = "Procedure", text = "the host\'s" }'),
    ("a longer Hello", 'slew_most_tenths_deg_per_s = {', 'battery_mv = { type = "u16", text = "" }\nslew_most_tenths_deg_per_s = {'),
    ("another dead-man", "deadman_ms = { value = 250", "deadman_ms = { value = 260"),
]  # fmt: skip


def other_wire(folder: Path, old: str, new: str) -> generate.Wire:
    text = DESCRIPTION.read_text()
    assert text.count(old) >= 1, old
    path = folder / "wire.toml"
    path.write_text(text.replace(old, new, 1))
    return generate.read_wire(path)


@pytest.mark.parametrize(("name", "old", "new"), CHANGES, ids=[case[0] for case in CHANGES])
def test_any_change_changes_the_layout(name: str, old: str, new: str, tmp_path: Path) -> None:  # noqa: ARG001
    assert other_wire(tmp_path, old, new).layout != wire.LAYOUT


def test_a_change_of_words_does_not(tmp_path: Path) -> None:
    assert other_wire(tmp_path, "Why there is no number.", "Why no number is there.").layout == wire.LAYOUT


@pytest.mark.skipif(COMPILER is None, reason=NO_COMPILER)
@pytest.mark.parametrize("name", ["a field more", "a longer Hello"])
def test_both_sides_refuse_by_name(name: str, tmp_path: Path) -> None:
    old, new = next((old, new) for case, old, new in CHANGES if case == name)
    shutil.copytree(C_FOLDER, tmp_path / "c")
    other = other_wire(tmp_path, old, new)
    (tmp_path / "c" / "src" / "tuffier_wire.h").write_text(generate.c_source(other))
    program = build(tmp_path / "c", cache=tmp_path, flags=("-std=c11", "-O1"))
    with SimDevice(program=program) as device:
        host = Host(device.port_path)
        host.link.start()
        try:
            wait_for(lambda: host.link.state.problem, "a refusal")
            wait_for(lambda: "UPDATE HOST OR DEVICE" in "".join(device.screen_lines()), "the device's words")
            assert f"{other.layout:08X}" in host.link.state.problem
            assert "tuffier flash" in host.link.state.problem
            assert {type(event) for event in host.events if isinstance(event, Refused | Connected)} == {Refused}
            assert not host.link.state.connected
            assert host.link.state.counters.guidance_sent == 0
            assert not any(letter.isdigit() for letter in "".join(device.screen_lines()[1:5]))
        finally:
            host.link.stop()
