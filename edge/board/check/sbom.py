"""`tuffier sbom`: what is on this board, as CycloneDX 1.5: tuffier, its Python packages, model, device core, and with --system Debian's packages.

Rule 1: what is listed is what is installed here, not what was wished for. Rule 2: the same installation gives the same bytes: no time, no chance.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from hashlib import sha256
from importlib import metadata
from pathlib import Path

from edge.record.files import write_atomically

Component = dict[str, object]
NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")  # RFC 4122's for names that are addresses
SPEC = "1.5"
LICENCE_FILE = re.compile(r"^(licen[cs]e|copying|notice)", re.IGNORECASE)
TOP = Path(__file__).resolve().parents[3]


def sbom_command(argv: Sequence[str]) -> int:
    """`tuffier sbom`. Exit status 0, 1 where the file could not be written."""
    parser = argparse.ArgumentParser(
        prog="tuffier sbom",
        description="A list of all that tuffier brings and needs here, with versions and licences, as CycloneDX JSON.",
        epilog="example: tuffier sbom --system --out /tmp/board-7.cdx.json",
    )
    parser.add_argument("--out", type=Path, help="default: standard output")
    parser.add_argument("--licences", action="store_true", help="the licences' texts instead, as the Python packages bring them")
    parser.add_argument("--system", action="store_true", help="Debian's packages of this system too (needs dpkg-query)")
    options = parser.parse_args(list(argv))
    text = licence_texts() if options.licences else document(with_system=options.system)
    if options.out is None:
        print(text, end="")
        return 0
    try:
        write_atomically(options.out, text.encode())
    except OSError as error:
        print(f"tuffier sbom: {options.out}: {error.strerror}: name a place with --out", file=sys.stderr)
        return 1
    return 0


def document(*, with_system: bool = False) -> str:
    """The whole document."""
    needed = sorted(closure("tuffier"))
    root, *others = [python_component(name) for name in ["tuffier", *(name for name in needed if name != "tuffier")]]
    components = [*others, *parts(), *(debian() if with_system else [])]
    depends = [{"ref": ref(name), "dependsOn": sorted(ref(other) for other in requirements(name))} for name in needed]
    body = {"components": components, "dependencies": depends, "metadata": {"component": root}}
    serial = uuid.uuid5(NAMESPACE, json.dumps(body, sort_keys=True))
    head = {"bomFormat": "CycloneDX", "specVersion": SPEC, "serialNumber": f"urn:uuid:{serial}", "version": 1}
    return json.dumps({**head, **body}, indent=1, sort_keys=True) + "\n"


def canonical(name: str) -> str:
    """PEP 503's form of a package's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements(name: str) -> set[str]:
    """The packages that one needs and that are installed. Those of its extras count only where its marker says nothing of an extra."""
    needs = metadata.requires(name) or []
    names = {canonical(re.split(r"[^\w.-]", need.strip())[0]) for need in needs if "extra ==" not in need}
    return {found for found in names if installed(found)}


def installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def closure(name: str) -> set[str]:
    """A package and all that it needs, however far down."""
    found: set[str] = set()
    waiting = {name}
    while waiting:
        found |= waiting
        waiting = {other for each in waiting for other in requirements(each)} - found
    return found


def ref(name: str) -> str:
    return f"pkg:pypi/{name}@{metadata.version(name)}"


def python_component(name: str) -> Component:
    """One Python package."""
    kind = "application" if name == "tuffier" else "library"
    made: Component = {"type": kind, "bom-ref": ref(name), "name": name, "version": metadata.version(name), "purl": ref(name)}
    words = licence(name)
    return {**made, "licenses": [{"license": {"name": words}}]} if words else made


def licence(name: str) -> str:
    """What the package says of its licence: an expression, a classifier, or the first line of a free text; empty where it says nothing."""
    said = metadata.metadata(name)
    classifiers = [text.rpartition(" :: ")[2] for text in said.get_all("Classifier") or [] if text.startswith("License ::")]
    free = [line for text in said.get_all("License") or [] for line in text.strip().splitlines()]
    return ", ".join(said.get_all("License-Expression") or classifiers) or (free[0][:80] if free else "")


def licence_texts() -> str:
    """Of every Python package the files that speak of its licence; where it brings none, what it says of itself."""
    made = []
    for name in sorted(closure("tuffier")):
        texts = [path.read_text() for path in metadata.files(name) or [] if LICENCE_FILE.search(path.name) and path.suffix not in (".py", ".pyc")]
        title = f"{name} {metadata.version(name)}: {licence(name) or 'says nothing'}"
        made.append("\n\n".join([title + "\n" + "=" * len(title), *texts]))
    return "\n\n\n".join(made) + "\n"


def parts() -> Iterator[Component]:
    """What is no Python package: the model, and the device's C core by the sum of its sources."""
    version = metadata.version("tuffier")
    for path in sorted((TOP / "models").glob("*.tflite")):
        digest = sha256(path.read_bytes()).hexdigest()
        yield {"type": "machine-learning-model", "bom-ref": path.name, "name": path.name, "version": version, "hashes": hashes(digest)}
    sources = b"".join(sha256(path.read_bytes()).digest() for path in sorted((TOP / "firmware_bridge/c").rglob("*.[chS]")))
    digest = sha256(sources).hexdigest()
    yield {"type": "firmware", "bom-ref": "tuffier-device", "name": "tuffier-device", "version": version, "hashes": hashes(digest)}


def hashes(digest: str) -> list[dict[str, str]]:
    return [{"alg": "SHA-256", "content": digest}]


def debian() -> Iterator[Component]:
    """Debian's installed packages. Raises OSError without dpkg-query."""
    form = "${Package} ${Version} ${Architecture} ${db:Status-Status}\n"
    listed = subprocess.run(["dpkg-query", "--show", f"--showformat={form}"], capture_output=True, text=True, check=True).stdout
    for name, version, architecture, status in sorted(tuple(line.split()) for line in listed.splitlines() if len(line.split()) == 4):
        if status == "installed":
            purl = f"pkg:deb/debian/{name}@{version}?arch={architecture}"
            yield {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
