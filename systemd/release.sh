#!/bin/sh
# Builds a release of the last commit into a folder: wheel (with the firmware's images and their hashes), firmware, list of parts, licences, sums.
# usage: systemd/release.sh [--sign KEY CERTIFICATE] FOLDER [WHEELS]      WHEELS: a folder from systemd/wheels.sh instead of the network; arm-none-eabi-gcc and avr-gcc are needed
# The same commit with the same tools gives the same bytes: times are the commit's, packages come by their hashes, no path of this machine gets in.
# --sign: SHA256SUMS and each firmware get a signature beside them (systemd/sign.sh says how keys are made and signatures checked).
set -eu
key="" certificate=""
if [ "${1:-}" = --sign ]; then key=$(realpath "$2") certificate=$(realpath "$3"); shift 3; fi
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "${1:?usage: systemd/release.sh [--sign KEY CERTIFICATE] FOLDER [WHEELS]}"
out=$(cd "$1" && pwd) wheels=${2:+$(cd "$2" && pwd)}
[ -z "$(ls -A "$out")" ] || { echo "release: $out is not empty" >&2; exit 2; }
SOURCE_DATE_EPOCH=$(git -C "$root" log -1 --format=%ct)
export SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC PYTHONDONTWRITEBYTECODE=1
umask 022
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tree=$scratch/tuffier
mkdir "$tree"
git -C "$root" archive HEAD | tar -x -C "$tree"
"${TUFFIER_PYTHON:-python3}" -m venv "$scratch/venv"
python=$scratch/venv/bin/python
pip() { "$python" -m pip "$@" -q --disable-pip-version-check --no-deps; }
pip install --require-hashes --only-binary :all: ${wheels:+--no-index --find-links "$wheels"} -r "$tree/systemd/requirements.txt"
pip install --no-index --no-build-isolation "$tree"
rm -rf "$tree/build" "$tree"/*.egg-info

images=$tree/firmware_bridge/c/images
mkdir "$images"
for built in pico:tuffier-pico.uf2 arduino-mega:tuffier-mega.hex; do
  (cd "$tree" && "$python" -m edge.cli flash --board "${built%%:*}" --build "$images/${built#*:}" >/dev/null)
done
(cd "$images" && sha256sum -- *.uf2 *.hex >SHA256SUMS)
cp "$images"/*.uf2 "$images"/*.hex "$out/"
"$scratch/venv/bin/tuffier" sbom --out "$out/tuffier.cdx.json"
"$scratch/venv/bin/tuffier" sbom --licences --out "$out/LICENCES.txt"
pip wheel --no-index --no-build-isolation -w "$out" "$tree"
cp "$tree"/systemd/requirements*.txt "$out/"
(cd "$out" && sha256sum -- * >"$scratch/SHA256SUMS" && mv "$scratch/SHA256SUMS" .)
[ -z "$key" ] || sh "$root/systemd/sign.sh" "$key" "$certificate" "$out/SHA256SUMS" "$out"/*.uf2 "$out"/*.hex
cat "$out/SHA256SUMS"
