"""Files and folders that are written whole: each is the old one or the new one, never half of either, through a power cut too."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Replaces a file's content as one step, on disk when this returns; a link stays, and what it names is replaced. Raises OSError: the old file is
    then untouched, and a device, pipe or folder is never replaced."""
    with replacing(path) as part:
        part.write_bytes(content)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file to write, of the same ending, that takes the other's place at the end, as one step. Raises OSError: the old file is then untouched."""
    path = replaceable(path)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=path.suffix, dir=path.parent)
    try:
        yield Path(name)
        os.fchmod(descriptor, path.stat().st_mode & 0o777 if path.exists() else 0o644)
        os.fsync(descriptor)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    finally:
        os.close(descriptor)
    sync_folder(path.parent)


@contextlib.contextmanager
def filling(folder: Path) -> Iterator[None]:
    """A new or empty folder, to be filled: what ends by an error leaves nothing in it, and no new folder. Raises OSError (it is not empty)."""
    made = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(errno.EEXIST, "is not empty: name a new folder", str(folder))
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            for path in folder.iterdir():
                path.unlink()
            for each in made:
                each.rmdir()
        raise


def replaceable(path: Path) -> Path:
    """Where a file of this name is or would be, behind any links. Raises OSError where something stands there that is no file."""
    named = Path(os.path.realpath(path))
    # a link that the kernel alone can follow (/dev/stdout on a pipe) names nothing that realpath finds
    if path.exists() and not path.is_file():
        what = "is a folder, not a file" if path.is_dir() else "is a device or a pipe, not a file"
        raise OSError(errno.EINVAL, f"{what}: name another place", str(path))
    if named.is_symlink():
        raise OSError(errno.ELOOP, "is a link that leads to itself: name another place", str(path))
    return named


def spare(path: Path) -> Path:
    """A name beside a file that nothing has yet: mine.toml.1."""
    number = 1
    while (found := path.with_name(f"{path.name}.{number}")).exists():
        number += 1
    return found


def sync_folder(folder: Path) -> None:
    """A new name is on disk only once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
