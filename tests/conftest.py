"""Real frames: found by TUFFIER_REAL_FRAMES, counted in the closing lines, and never skipped in silence where the folder is there."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

VARIABLE = "TUFFIER_REAL_FRAMES"
# the black box of every run that a test starts
os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="tuffier-state-")
atexit.register(shutil.rmtree, os.environ["XDG_STATE_HOME"], ignore_errors=True)


# hypothesis gives an example 0.2 s otherwise, and no test may depend on how fast the machine is
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def real_frames() -> Path:
    """The folder of real frames; the test is skipped, saying so, without it."""
    folder = os.environ.get(VARIABLE, "")
    if not folder:
        pytest.skip(f"{VARIABLE} names no folder of real frames")
    path = Path(folder).resolve()  # a truth.jsonl in another folder names its pictures
    if not path.is_dir():
        pytest.fail(f"{VARIABLE} is {folder}, and there is no such folder")
    return path


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    run, skipped = _counts(terminalreporter)
    terminalreporter.write_line(f"real frames: {run} run, {skipped} skipped")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A real-frames test that skips although the folder is there fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if isinstance(reporter, pytest.TerminalReporter) and os.environ.get(VARIABLE) and _counts(reporter)[1] and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _counts(reporter: pytest.TerminalReporter) -> tuple[int, int]:
    def marked(kind: str) -> int:
        return sum("real_frames" in report.keywords for report in reporter.stats.get(kind, []) if getattr(report, "when", "") in ("call", "setup"))

    return marked("passed") + marked("failed"), marked("skipped")
