#!/bin/sh
# Writes requirements.txt and requirements-camera.txt anew: what install.sh puts on a board, each file of it by its SHA-256, no address in it.
# usage: systemd/lock.sh      with uv (pip install uv) in the PATH, after a change of pyproject.toml or constraints*.txt
set -eu
here=$(cd "$(dirname "$0")" && pwd)
lock() { # lock CONSTRAINTS OUT [options]
  constraints=$1 out=$2; shift 2
  scratch=$(mktemp)
  # what the main job needs, and what its page does
  { sed -n '/^dependencies = \[/,/^\]/s/^  "\(.*\)",$/\1/p; s/^page = \["\(.*\)"\]$/\1/p' "$here/../pyproject.toml" | sed 's/", "/\n/g'; echo 'setuptools>=77'; } |
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-package colorama \
      -c "$constraints" "$@" - >"$scratch"
  { echo "# Written by systemd/lock.sh from pyproject.toml and $(basename "$constraints"): do not edit."; cat "$scratch"; } >"$out"
  rm -f "$scratch"
}
lock "$here/constraints.txt" "$here/requirements.txt"
# numpy stays as apt has it: it is no line of the camera's list
camera=$(mktemp -d)
grep -v '^numpy' "$here/constraints-camera.txt" >"$camera/constraints-camera.txt"
lock "$camera/constraints-camera.txt" "$here/requirements-camera.txt" --no-emit-package numpy
rm -rf "$camera"
