"""A tree to install into: a stand-in Python makes environments, a stand-in service manager says whether a version is ready. Not a test."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

# what belongs to a version, and where it is met
BELONGS = {"tuffier.service": "systemd/system", "70-tuffier.rules": "udev/rules.d", "tuffier-record.service": "systemd/system"}
ROOT = Path(__file__).resolve().parents[2]
PYTHON = """#!/bin/sh
# -m venv DIR | -m pip ... | -m compileall ... | -c CODE
case "$*" in
  *"-m venv"*) for last; do :; done; mkdir -p "$last/bin" "$last/lib"; cp "$0" "$last/bin/python"
    keeps='mkdir -p "${XDG_STATE_HOME:-$HOME/.local/state}/tuffier"'
    printf '#!/bin/sh\\n# %s\\n%s\\nexit %s\\n' "$(cat "$CHECKOUT/edge/types.py")" "$keeps" "${PLAYS:-0}" >"$last/bin/tuffier"
    chmod +x "$last/bin/tuffier"; echo "$*" >"$last/made" ;;
  *"-m pip"*) echo "$*" >>"$(dirname "$0")/../pip"; exit "${PIP:-0}" ;;
esac
"""
MANAGER = """#!/bin/sh
# a service that is ready unless the version that `current` points to is named in $BAD; one named with a + says BAD_STATE and BAD_TEXT
echo "$*" >>"$CALLS"
case $1 in
  show)
    case " $BAD " in
      *" $(readlink "$OPT/current") "*) echo "ActiveState=activating"; echo "StatusText="; echo "NRestarts=3" ;;
      *" $(readlink "$OPT/current")+"*) echo "ActiveState=${BAD_STATE:-active}"; echo "StatusText=${BAD_TEXT:-}"; echo "NRestarts=0" ;;
      *) echo "ActiveState=${STATE:-active}"; echo "StatusText=${TEXT:-$WELL}"; echo "NRestarts=0" ;;
    esac ;;
esac
"""
# the installer counts how often it looked; what it waits for between is here ready or never
SLEEP = """#!/bin/sh
exec /bin/sleep 0.02
"""
DISARMED = "device connected, firmware 0.1.0, serial number 0badcafe, shows words, bracket disarmed, 9 sent, 0 bad"
WELL = f"wrong_view; 30 frames/s, 41 ms from capture to link, 0 overtaken; {DISARMED}"


@dataclass
class Board:
    """A tree to install into, and a checkout to install from."""

    tree: Path
    checkout: Path
    programs: Path

    def path(self, name: str) -> Path:
        """Where a file of the tree is, its links followed inside the tree."""
        path = self.tree / name
        for _ in range(9):
            for part in [path, *path.parents][:-1]:
                if part.is_symlink() and self.tree in part.parents:
                    to = os.readlink(part)
                    path = (self.tree / to.lstrip("/") if to.startswith("/") else part.parent / to) / path.relative_to(part)
                    break
            else:
                break
        return path

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        settings = {
            **os.environ,
            "TUFFIER_PYTHON": str(self.programs / "python3"),
            "TUFFIER_SYSTEMCTL": str(self.programs / "systemctl"),
            "TUFFIER_READY_S": "2",
            "TUFFIER_SETTLE_S": "1",
            "TUFFIER_HOLD_S": "0",
            "TUFFIER_QUIET_S": "2",
            "WELL": WELL,
            "CHECKOUT": str(self.checkout),
            "PATH": f"{self.programs}:{os.environ['PATH']}",
            "CALLS": str(self.programs / "calls"),
            "OPT": str(self.tree / "opt/tuffier"),
            "BAD": "",
            **environment,
        }
        command = ["sh", str(self.checkout / "systemd/install.sh"), "--root", str(self.tree), *words]
        return subprocess.run(command, env=settings, capture_output=True, text=True, check=False, timeout=120, start_new_session=True)

    @property
    def current(self) -> str:
        return os.readlink(self.tree / "opt/tuffier/current")

    def files(self) -> dict[str, str]:
        """What stands where, links included; times are left out."""
        found = {}
        for path in sorted(self.tree.rglob("*")):
            if path.is_symlink():
                found[str(path.relative_to(self.tree))] = f"-> {os.readlink(path)}"
            elif path.is_file():
                found[str(path.relative_to(self.tree))] = path.read_text(errors="replace")
        return found

    def new_version(self, mark: str) -> None:
        """Another program, with units and rules of its own."""
        (self.checkout / "edge/types.py").write_text(f"# {mark}\n")
        for name in BELONGS:
            (self.checkout / "systemd" / name).write_text(f"{(ROOT / 'systemd' / name).read_text()}# {mark}\n")

    def stands(self) -> dict[str, str]:
        """What of the version a running board would meet, each by its way through /etc: absent ones are left out."""
        files = {name: self.path(f"etc/{folder}/{name}") for name, folder in BELONGS.items()}
        files["program"] = self.path("usr/local/bin/tuffier")
        return {name: path.read_text() for name, path in files.items() if path.exists()}

    def copied(self, to: Path) -> Board:
        """The same board in another tree, whose checkout and programs are shared."""
        shutil.copytree(self.tree, to, symlinks=True)
        return replace(self, tree=to)


def make_board(tmp_path: Path) -> Board:
    """A bare board and a checkout that holds its first version."""
    made = Board(tmp_path / "tree", tmp_path / "checkout", tmp_path / "programs")
    for folder in (made.tree, made.programs, made.checkout / "edge", made.checkout / "firmware_bridge", made.checkout / "models"):
        folder.mkdir(parents=True)
    shutil.copytree(ROOT / "systemd", made.checkout / "systemd")
    shutil.copy(ROOT / "pyproject.toml", made.checkout)
    made.new_version("first")
    for name, text in (("python3", PYTHON), ("systemctl", MANAGER), ("sync", "#!/bin/sh\n"), ("sleep", SLEEP)):
        (made.programs / name).write_text(text)
        (made.programs / name).chmod(0o755)
    return made


def a_pi(board: Board, model: str) -> Path:
    tree = board.tree / "proc/device-tree"
    tree.mkdir(parents=True)
    (tree / "model").write_bytes(model.encode() + b"\0")
    boot = board.tree / "boot/firmware"
    boot.mkdir(parents=True)
    (boot / "config.txt").write_text("arm_64bit=1\n[cm4]\notg_mode=1\n")
    (boot / "cmdline.txt").write_text("console=serial0,115200 console=tty1 root=PARTUUID=1-02 rootwait\n")
    return boot
