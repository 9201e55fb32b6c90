#!/bin/sh
# Builds a release of the last commit into a folder: wheel (with the firmware's images and their hashes), firmware, list of parts, licences, sums.
# usage: systemd/release.sh FOLDER      after systemd/check.sh; TUFFIER_PYTHON names another Python than .venv's, with setuptools and tuffier's packages
# The same commit with the same tools gives the same bytes: times are the commit's, and no path of this machine gets in.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "${1:?usage: systemd/release.sh FOLDER}"
out=$(cd "$1" && pwd)
python=${TUFFIER_PYTHON:-$root/.venv/bin/python}
[ -z "$(ls -A "$out")" ] || { echo "release: $out is not empty" >&2; exit 2; }
SOURCE_DATE_EPOCH=$(git -C "$root" log -1 --format=%ct)
export SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC PYTHONDONTWRITEBYTECODE=1
umask 022
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tree=$scratch/tuffier
mkdir "$tree"
git -C "$root" archive HEAD | tar -x -C "$tree"

images=$tree/firmware_bridge/c/images
mkdir "$images"
(cd "$tree" && "$python" -m edge.cli flash --board pico --build "$images/tuffier-pico.uf2")
(cd "$images" && sha256sum -- *.uf2 >SHA256SUMS)
cp "$images"/*.uf2 "$out/"
(cd "$tree" && "$python" -m edge.cli sbom --out "$out/tuffier.cdx.json" && "$python" -m edge.cli sbom --licences --out "$out/LICENCES.txt")
"$python" -m pip wheel -q --disable-pip-version-check --no-deps --no-index --no-build-isolation -w "$out" "$tree"
cp "$tree/systemd/requirements.txt" "$tree/systemd/requirements-camera.txt" "$out/"
(cd "$out" && sha256sum -- * >"$scratch/SHA256SUMS" && mv "$scratch/SHA256SUMS" .)
cat "$out/SHA256SUMS"
