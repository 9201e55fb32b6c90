#!/bin/sh
# Collects the Python packages that a board needs into a folder, on any machine with a network: for boards without one, and for images.
# Only files whose hash stands in requirements.txt are taken; install.sh asks for the same hashes again.
# usage: systemd/wheels.sh FOLDER [PYTHON_VERSION [MACHINE [camera]]]      e.g. systemd/wheels.sh wheels 3.13 aarch64
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:?usage: systemd/wheels.sh FOLDER [PYTHON_VERSION [MACHINE [camera]]]} version=${2:-3.13} machine=${3:-aarch64} camera=${4:+-camera}
python=${TUFFIER_PYTHON:-python3}
platforms=""
for glibc in 2_17 2_24 2_26 2_27 2_28 2_31 2_34 2_36; do platforms="$platforms --platform manylinux_${glibc}_$machine"; done
mkdir -p "$folder"
# shellcheck disable=SC2086  # lists of names
"$python" -m pip download -q --disable-pip-version-check --only-binary=:all: --implementation cp --python-version "$version" --abi "cp$(echo "$version" | tr -d .)" \
  --abi abi3 --abi none $platforms --platform "manylinux2014_$machine" -d "$folder" --no-deps --require-hashes -r "$root/systemd/requirements$camera.txt"
echo "wheels: $(find "$folder" -name '*.whl' | wc -l) in $folder for Python $version on $machine"
