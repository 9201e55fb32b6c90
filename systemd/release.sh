#!/bin/sh
# Builds a release of the last commit into a folder: wheel (with the firmware's images and their hashes), firmware, list of parts, licences, sums.
# usage: systemd/release.sh [--sign KEY CERTIFICATE [--image amd64|arm64 IMAGE_WHEELS]] FOLDER [WHEELS]      WHEELS: a folder from systemd/wheels.sh instead of the network; arm-none-eabi-gcc and avr-gcc are needed
# The same commit with the same tools gives the same bytes: times are the commit's, packages come by their hashes, no path of this machine gets in.
# --image: also the card's image with two slots, the signed bundle of the same system, and its list of parts; as root, with what image.sh needs.
# IMAGE_WHEELS: a folder from systemd/wheels.sh for Debian's Python, or "" for the network. Times and identities of its file systems follow from the commit too, and a
# bundle is the same but for its signature, which tells when it was made. Two releases of one commit were the same bytes but for that (SECURITY.md); between
# two days Debian's archive moves on. What is in them is told by the list of parts, and that they are this site's by the sums and signatures.
# --sign: SHA256SUMS and each firmware get a signature beside them (systemd/sign.sh says how keys are made and signatures checked).
set -eu
key="" certificate="" arch="" image_wheels=""
if [ "${1:-}" = --sign ]; then key=$(realpath "$2") certificate=$(realpath "$3"); shift 3; fi
if [ "${1:-}" = --image ]; then
  [ -n "$key" ] || { echo "release: --image needs --sign before it: its bundle is signed" >&2; exit 2; }
  arch=$2 image_wheels=${3:+$(cd "$3" && pwd)}
  shift 3
fi
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
if [ -n "$arch" ]; then
  card=$scratch/card.img
  sh "$tree/systemd/image.sh" --arch "$arch" --slots "$certificate" ${image_wheels:+--wheels "$image_wheels"} --output "$card"
  gzip -n -c "$card" >"$out/tuffier-$arch.img.gz"
  version=$("$scratch/venv/bin/python" -c 'from importlib.metadata import version; print(version("tuffier"))')
  version=$version-$(git -C "$root" rev-parse --short HEAD)
  boot=$card.boot.vfat
  [ -e "$boot" ] || boot=""
  sh "$tree/systemd/bundle.sh" --image "$card.root.ext4" ${boot:+--boot "$boot"} --compatible "tuffier-$arch" --version "$version" \
    --key "$key" --certificate "$certificate" --output "$out/tuffier-$arch.raucb"
  cp "$card.cdx.json" "$out/tuffier-$arch.cdx.json"
fi
(cd "$out" && sha256sum -- * >"$scratch/SHA256SUMS" && mv "$scratch/SHA256SUMS" .)
[ -z "$key" ] || sh "$root/systemd/sign.sh" "$key" "$certificate" "$out/SHA256SUMS" "$out"/*.uf2 "$out"/*.hex
cat "$out/SHA256SUMS"
