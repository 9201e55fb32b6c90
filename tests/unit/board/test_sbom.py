"""The list of parts: what is installed, all of it, the same bytes each time."""

from __future__ import annotations

import json
import re
from importlib import metadata
from pathlib import Path

import pytest

from edge.board.check.sbom import closure, document, licence, licence_texts, sbom_command


def test_every_package_that_tuffier_needs_is_listed_with_its_version_and_licence() -> None:
    said = json.loads(document())
    assert (said["bomFormat"], said["specVersion"]) == ("CycloneDX", "1.5")
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", said["serialNumber"])
    listed = {part["name"]: part for part in said["components"] if part.get("purl", "").startswith("pkg:pypi/")}
    assert set(listed) == closure("tuffier") - {"tuffier"}
    assert {"numpy", "pyserial", "cobs", "pillow", "mcap", "lz4"} <= set(listed)
    assert not {"pytest", "torch", "av"} & set(listed), "what an extra needs is not needed"
    for name, part in listed.items():
        assert part["version"] == metadata.version(name)
        assert part["licenses"][0]["license"]["name"]
    references = {part["bom-ref"] for part in said["components"]} | {said["metadata"]["component"]["bom-ref"]}
    assert all(other in references for entry in said["dependencies"] for other in (entry["ref"], *entry["dependsOn"]))


def test_model_and_device_core_are_listed_by_their_sums() -> None:
    kinds = {part["type"]: part for part in json.loads(document())["components"]}
    for kind in ("machine-learning-model", "firmware"):
        assert re.fullmatch(r"[0-9a-f]{64}", kinds[kind]["hashes"][0]["content"])


def test_the_same_installation_gives_the_same_bytes(tmp_path: Path) -> None:
    assert sbom_command(["--out", str(tmp_path / "a.json")]) == 0
    assert sbom_command(["--out", str(tmp_path / "b.json")]) == 0
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_licences_are_given_as_texts() -> None:
    assert licence("numpy") in licence_texts()
    assert "Permission is hereby granted" in licence_texts()


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sbom_command(["--out", str(tmp_path / "absent/a.json")]) == 1
    assert "name a place with --out" in capsys.readouterr().err
