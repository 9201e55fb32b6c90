"""What is installed: every file of data is named, and the names edge and models leave a user's own folders alone as far as they can."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SETUPTOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]


def test_what_the_packages_name_as_data_is_there_and_no_data_is_left_out() -> None:
    for package, patterns in SETUPTOOLS["package-data"].items():
        assert [pattern for pattern in patterns if not list((ROOT / package).glob(pattern))] == [], package
    named = {path for pattern in SETUPTOOLS["package-data"]["edge"] for path in (ROOT / "edge").glob(pattern)}
    kept = {path for path in (ROOT / "edge").rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc", ".md")}
    assert kept == named


# an editable install finds what is missing in a package of that name, wherever that package lies; a wheel's does not
AS_A_WHEEL = "import sys; sys.meta_path[:] = [finder for finder in sys.meta_path if 'Editable' not in repr(finder)]\n"


def run(code: str, folder: Path) -> str:
    """What a program in a folder of the user's own prints; tuffier is installed behind it."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", AS_A_WHEEL + code], cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_folder_models_of_the_users_is_seen_beside_ours(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "mine.py").write_text("NAME = 'mine'\n")
    assert run("import models.mine, models.phantom.probe; print(models.mine.NAME)", tmp_path) == "mine"


def test_a_package_models_of_the_users_is_theirs_and_named_where_it_hides_ours(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "__init__.py").write_text("NAME = 'mine'\n")
    code = """
import edge, models
from edge.source.sources import SourceError, open_clips
edge.Guide("caudal")  # the bundled model is found by its path
try:
    open_clips("phantom:facet")
except SourceError as error:
    print(models.NAME, error)
"""
    assert run(code, tmp_path).splitlines()[-1] == (
        f"mine phantom: tuffier's own package models is hidden by {tmp_path / 'models' / '__init__.py'}: start it from another folder, "
        "or rename that package"
    )
