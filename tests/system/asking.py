"""Somebody on another machine who asks a board's page: a process in a network namespace of its own."""

from __future__ import annotations

import json
import subprocess
import sys

ASK = """
import json, sys, urllib.request
def status(path, headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(sys.argv[1] + path, headers=headers), timeout=20) as reply:
            return reply.status, reply.read().decode("latin-1")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode("latin-1")
token = {"Authorization": "Bearer " + sys.argv[2]} if len(sys.argv) > 2 else {}
print(json.dumps({path: status(path, token) for path in ("/", "/metrics", "/picture", "/healthz")}))
"""
TO_A_STRANGER = {"/": 401, "/metrics": 401, "/picture": 401, "/healthz": 200}


def asked(asker: int, page: str, *token: str) -> dict[str, tuple[int, str]]:
    """Each path's status and text. asker: a process in that network; page: `http://ADDRESS:PORT`. Raises SubprocessError where nobody answers."""
    words = ["nsenter", f"--target={asker}", "--net", sys.executable, "-c", ASK, page, *token]
    found = subprocess.run(words, capture_output=True, text=True, check=True, timeout=120).stdout
    return {path: (status, text) for path, (status, text) in json.loads(found).items()}


def statuses(answers: dict[str, tuple[int, str]]) -> dict[str, int]:
    return {path: status for path, (status, _) in answers.items()}
