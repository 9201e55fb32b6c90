"""Whether somebody is being guided: nothing is restarted then.

Rule 1: free is only what says so. A job that tells nothing of its bracket counts as in use. Rule 2: numbers come and go while a probe is held: free
is what was free at every look for some seconds. systemd/install.sh holds the same rules for a board without two slots; tests/system/test_in_use.py
runs both over one table.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from edge.update.trial import service_state

QUIET_S = 5.0
POLL_S = 1.0  # as often as the main job tells its state
STOPPED = ("ActiveState=inactive", "ActiveState=failed")


def in_use(state: str) -> str:
    """Why nothing may be restarted now; empty where nobody is guided. state: systemctl show's ActiveState and StatusText."""
    if "ActiveState=" not in state:
        return "the service manager says nothing of the main job"
    if any(stopped in state for stopped in STOPPED):
        return ""
    # up to what the device itself may say behind it
    device = re.search(r"; device connected([^;]*)", state)
    if "StatusText=pointing;" in state or (device and ", shows digits" in device[1]):
        return "numbers are shown"
    if device is None:
        return ""
    bracket = re.search(r", bracket (\w+)", device[1])
    if bracket is None:
        return "the device does not say how its bracket stands"
    return "" if bracket[1] == "disarmed" else f"the bracket is {bracket[1]}"


def found(look: Callable[[], str] = service_state, *, quiet_s: float = QUIET_S) -> str:
    """Why it is in use, or empty after quiet_s of looks that were all free."""
    end_s = time.monotonic() + quiet_s
    while not (why := in_use(look())):
        left_s = end_s - time.monotonic()
        if left_s <= 0:
            return ""
        time.sleep(min(POLL_S, left_s))
    return why


def wait(look: Callable[[], str] = service_state, *, quiet_s: float = QUIET_S) -> None:
    """Until nobody is guided, however long that takes."""
    told = ""
    while why := found(look, quiet_s=quiet_s):
        if why != told:
            print(f"update: the restart waits: {why}", flush=True)
        told = why
        time.sleep(min(POLL_S, quiet_s))
