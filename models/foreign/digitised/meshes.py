"""Where the digitised bones lie on this machine, and their triangles. Nothing of them is kept in this repository."""

from __future__ import annotations

import os
from importlib import metadata
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Triangles: TypeAlias = NDArray[np.float64]  # (triangles, 3 corners, 3: right, cranial, dorsal), mm

DISTRIBUTION = "myo-sim"
FOLDER_VARIABLE = "TUFFIER_BONES"  # a folder with lumbar1.stl to lumbar5.stl, in the place of the installed distribution
CURE = f"install the digitised bones with `pip install --no-deps {DISTRIBUTION}`, or name their folder in {FOLDER_VARIABLE}"
_INSIDE = "myo_sim/models/meshes"
_COUNT, _HEAD = 80, 84  # bytes before the number of triangles, and before the first
_RECORD = np.dtype([("normal", "<3f4"), ("corners", "<9f4"), ("attribute", "<u2")])


def folder() -> Path:
    """The folder of the meshes; myo_sim itself is never imported. Raises FileNotFoundError that names the cure."""
    stated = os.environ.get(FOLDER_VARIABLE)
    found = Path(stated) if stated else _installed()
    if found is None or not (found / "lumbar1.stl").is_file():
        raise FileNotFoundError(f"no bones{f' in {found}' if found else ''}: {CURE}")
    return found


def _installed() -> Path | None:
    try:
        return Path(str(metadata.distribution(DISTRIBUTION).locate_file(_INSIDE)))
    except metadata.PackageNotFoundError:
        return None


def triangles(name: str) -> Triangles:
    """A mesh of the folder. A file's axes are forward, up, right in metres. Raises FileNotFoundError, and ValueError where it is no binary STL."""
    path = folder() / f"{name}.stl"
    content = path.read_bytes()
    count = int.from_bytes(content[_COUNT:_HEAD], "little")
    if not count or len(content) != _HEAD + count * _RECORD.itemsize:
        raise ValueError(f"{path}: damaged, or no binary STL: {CURE}")
    records = np.frombuffer(content, _RECORD, count=count, offset=_HEAD)
    forward, up, right = np.moveaxis(records["corners"].reshape(-1, 3, 3).astype(float) * 1000, 2, 0)
    return np.stack([right, up, -forward], axis=2)
