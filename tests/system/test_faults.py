"""The fault run for a minute, as `python -m tests.system.faults` does it for an hour. TUFFIER_FAULT_MINUTES makes it longer."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edge.sources import BUNDLED
from tests.system import faults

MODEL = faults.ROOT / "models/tuffier.tflite"
MINUTES = float(os.environ.get("TUFFIER_FAULT_MINUTES", "1"))
PATIENCE = 8.0  # this is no measurement: the machine may have other work. The command holds the real limits


@pytest.mark.skipif(shutil.which("cc") is None, reason="the simulated device needs a C compiler")
def test_every_fault_passes_and_nothing_stale_is_shown() -> None:
    assert MODEL.is_file(), "the bundled model is not there"
    scene = faults.pointed_at(BUNDLED, MODEL)
    with faults.bench(scene, model=MODEL) as made:
        found = faults.run(made, scene.normal, minutes=MINUTES, claim=lambda: True, patience=PATIENCE)
        # the run can fail: where the cause does nothing digits stand, and that is told
        idle, noticed = faults.Fault("nothing", lambda _: None, lambda _: None, 1.2), faults.Findings()
        faults.suffer(made, idle, scene.normal, noticed, PATIENCE)
    print(found.report())
    assert {fault.name for fault in faults.FAULTS} == set(found.recovered_s), "not every fault was tried"
    assert faults.failures(found) == []
    assert len(noticed.stale) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_small_disk_that_fills_ends_the_recording_only(tmp_path: Path) -> None:
    """A real file system of 2 MB, in a mount namespace of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    program = tmp_path / "fill.py"
    program.write_text(f"""
from pathlib import Path
from edge import recording
from edge.storage import RollingRecorder, recordings_in
from tests.unit.test_board_storage import SESSION, an_answer
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
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=environment)
    if "unshare" in ended.stderr and ended.returncode != 0:
        pytest.skip("no mount namespace here")
    lines = dict(line.split(" ", 1) for line in ended.stdout.splitlines())
    assert lines["full"].startswith("28 "), ended.stdout + ended.stderr
    assert int(lines["read"]) >= 5
