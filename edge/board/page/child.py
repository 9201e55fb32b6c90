"""The page as a process beside the main job, where no service manager starts it."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
from pathlib import Path

from edge.board.page import address as addresses
from edge.board.page.address import AddressError
from edge.board.page.feed.feed import SOCKET_NAME

END_S = 5.0


class Child:
    """Serves from the start to close(); socket is where it listens for the main job, url where browsers find it, token included."""

    def __init__(self, page: str) -> None:
        """Raises AddressError; the process itself has said more."""
        addresses.address(page)
        self._folder = tempfile.TemporaryDirectory(prefix="tuffier-page-")
        self.socket = Path(self._folder.name) / SOCKET_NAME
        words = [sys.executable, "-m", "edge.cli", "page", "--page", page, "--socket", str(self.socket)]
        # in a session of its own: Ctrl-C is the main job's, which ends the page by closing the pipe
        self._job = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
        assert self._job.stdout is not None
        said = self._job.stdout.readline()
        self.url = said.removeprefix("page: ").strip()
        if not self.url:
            self.close()
            raise AddressError(f"page {page}: it did not start: what it said stands above")

    def close(self) -> None:
        assert self._job.stdin is not None
        assert self._job.stdout is not None
        self._job.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._job.wait(END_S)
        if self._job.poll() is None:
            self._job.kill()
            self._job.wait()
        self._job.stdout.close()
        self._folder.cleanup()
