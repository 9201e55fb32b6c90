#!/bin/sh
# Collects the Python packages that a board needs into a folder, on any machine with a network: for boards without one, and for images.
# usage: systemd/wheels.sh FOLDER [PYTHON_VERSION [MACHINE]]      e.g. systemd/wheels.sh wheels 3.13 aarch64
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:?usage: systemd/wheels.sh FOLDER [PYTHON_VERSION [MACHINE]]} version=${2:-3.13} machine=${3:-aarch64}
python=${TUFFIER_PYTHON:-python3}
platforms=""
for glibc in 2_17 2_24 2_26 2_27 2_28 2_31 2_34 2_36; do platforms="$platforms --platform manylinux_${glibc}_$machine"; done
needed=$(sed -n '/^dependencies = \[/,/^\]/s/^  "\([a-zA-Z0-9_-]*\).*/\1/p' "$root/pyproject.toml" | grep -v tflite | sort -u)
mkdir -p "$folder"
# shellcheck disable=SC2086  # lists of names
"$python" -m pip download -q --disable-pip-version-check --only-binary=:all: --implementation cp --python-version "$version" --abi "cp$(echo "$version" | tr -d .)" \
  --abi abi3 --abi none $platforms --platform "manylinux2014_$machine" -d "$folder" -c "$root/systemd/constraints.txt" $needed 'setuptools>=77' wheel
echo "wheels: $(find "$folder" -name '*.whl' | wc -l) in $folder for Python $version on $machine"
