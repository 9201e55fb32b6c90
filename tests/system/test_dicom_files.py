"""The ultrasound files of pydicom, and of pydicom-data where it is installed, are read as another viewer shows them, or refused with the reason."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

pytest.importorskip("pydicom", reason="the dicom extra is not installed")

from tests.system import dicom_files

OWN, *MORE = dicom_files.folders()
MOST_LEVELS = 2  # between two decoders of the same bytes: they round in their own ways


@pytest.mark.parametrize(
    "folder",
    [OWN, *(pytest.param(folder, marks=pytest.mark.slow) for folder in MORE)],
    ids=["pydicom", *("pydicom-data" for _ in MORE)],
)
def test_each_file_is_shown_as_dcmtk_shows_it(folder: Path) -> None:
    rows = [dicom_files.row_of(path, made) for path, made in dicom_files.ultrasound_in(folder)]
    assert len(rows) >= 5
    for row in rows:
        assert row.frames or row.refused, row
        assert not row.refused or len(row.refused) > 20, row
        if shutil.which(dicom_files.VIEWER) and not row.refused:
            assert row.apart is not None, row
            assert row.apart[1] <= MOST_LEVELS, row
