"""Every fault once on each of two boards, as `python -m tests.system.faults` has them for an hour.

TUFFIER_FAULT_MINUTES makes it longer: from five on memory is judged, too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edge.source.sources import BUNDLED
from tests.system import faults

MODEL = faults.ROOT / "models/tuffier.tflite"
MINUTES = float(os.environ.get("TUFFIER_FAULT_MINUTES", "0"))
PATIENCE = 30.0  # this is no measurement: a machine with other work was seen to need 7 s instead of 0.4. The command holds the real limits


@pytest.mark.skipif(shutil.which("cc") is None, reason="the simulated device needs a C compiler")
def test_every_fault_passes_and_nothing_stale_is_shown() -> None:
    assert MODEL.is_file(), "the bundled model is not there"
    plan = faults.Plan(faults.pointed_at(BUNDLED, MODEL), MODEL, faults.RATE_HZ, MINUTES, PATIENCE)
    found = faults.several(2, plan, rounds=1000)
    print(found.report())
    assert {fault.name for fault in faults.FAULTS} == set(found.recovered_s), "not every fault was tried"
    assert faults.failures(found) == []


@pytest.mark.skipif(shutil.which("cc") is None, reason="the simulated device needs a C compiler")
def test_digits_that_stand_through_a_fault_are_told() -> None:
    scene = faults.pointed_at(BUNDLED, MODEL)
    idle, noticed = faults.Fault("nothing", lambda _: None, lambda _: None, 60.0), faults.Findings()
    with faults.bench(scene, model=MODEL) as made:
        faults.steady(made, scene.normal, PATIENCE)
        faults.suffer(made, idle, scene.normal, noticed, patience=1.0)
    assert len(noticed.stale) == 1


def test_memory_is_judged_by_the_least_of_a_long_life() -> None:
    steps = [(40.0 + 3.0 * (index % 7 == 0), 120.0, 11 + index % 2) for index in range(300)]
    leak = [(own + 0.02 * index, mapped, handles + index // 100) for index, (own, mapped, handles) in enumerate(steps)]
    assert faults.Findings(lives=[steps]).growth() == (0.0, 0.0, 0)
    assert faults.Findings(lives=[leak[:100]]).growth() == (0.0, 0.0, 0)  # too short to tell
    own_mb, _, more_handles = faults.Findings(lives=[steps, leak]).growth()
    assert own_mb > faults.GROWTH_MB
    assert more_handles > 0


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_small_disk_that_fills_ends_the_recording_only(tmp_path: Path) -> None:
    """A real file system of 2 MB, in a mount namespace of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    program = tmp_path / "fill.py"
    program.write_text(f"""
from pathlib import Path
from edge.record import recording
from edge.board.storage import RollingRecorder, recordings_in
from tests.unit.board.test_storage import SESSION, an_answer
recorder = RollingRecorder(Path({str(disk)!r}), {{"notice": "x"}}, least_free_bytes=0)
try:
    for number in range(100):
        recorder.write(None, an_answer(number), SESSION)
        recorder._recorder.sync()
except OSError as error:
    print("full", error.errno, number)
try:
    recorder.close()
except OSError:
    pass
((_, path),) = recordings_in(Path({str(disk)!r}))
print("read", len(list(recording.read(path))))
""")
    mount = f"mount -t tmpfs -o size=2m tmpfs {disk} && exec {sys.executable} {program}"
    environment = {**os.environ, "PYTHONPATH": str(faults.ROOT)}
    command = ["unshare", "--mount", "sh", "-c", mount]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, env=environment)
    if "unshare" in ended.stderr and ended.returncode != 0:
        pytest.skip("no mount namespace here")
    lines = dict(line.split(" ", 1) for line in ended.stdout.splitlines())
    assert lines["full"].startswith("28 "), ended.stdout + ended.stderr
    assert int(lines["read"]) >= 5
