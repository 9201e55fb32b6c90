"""The documents: every link leads somewhere, every picture is small and has words for who cannot see it, and every one says what this device is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [path for folder in (".", "docs", "edge", "systemd", "firmware_bridge", "models") for path in sorted((ROOT / folder).glob("*.md"))]
MOST_PICTURE_BYTES = 120_000


def anchors(path: Path) -> set[str]:
    """Its headings as links name them."""
    heads = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", DOCUMENTS, ids=[str(path.relative_to(ROOT)) for path in DOCUMENTS])
def test_every_link_leads_somewhere(path: Path) -> None:
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    wrong = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if not link.startswith(("http://", "https://")):
            name, _, anchor = link.partition("#")
            found = path.parent / name if name else path
            if not found.exists() or (anchor and anchor not in anchors(found)):
                wrong.append(link)
    assert wrong == []
    assert [words for words in re.findall(r"!\[(.*?)\]", text) if len(words) < 20] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=[str(path.relative_to(ROOT)) for path in DOCUMENTS])
def test_every_document_says_what_this_device_is(path: Path) -> None:
    assert re.search(r"validated", path.read_text(encoding="utf-8"))


def test_the_pictures_are_small() -> None:
    pictures = [path for path in (ROOT / "docs").iterdir() if path.suffix in (".jpg", ".png", ".svg")]
    assert {path.name for path in pictures} >= {"first-screen.jpg", "overlay.jpg"}
    assert [path.name for path in pictures if path.stat().st_size > MOST_PICTURE_BYTES] == []
