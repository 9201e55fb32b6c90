#!/bin/sh
# Makes .venv in the checkout with tuffier in it, from a bare Debian or Raspberry Pi OS and a bare Python.
# usage: systemd/set-up.sh [EXTRAS [APT_PACKAGE ...]]      e.g. systemd/set-up.sh dev qemu-system-arm
# TUFFIER_PYTHON names another Python (3.11 or newer), TUFFIER_VENV another folder for the environment.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
python=${TUFFIER_PYTHON:-python3}
venv=${TUFFIER_VENV:-$root/.venv}
extras=${1:-}
[ $# -eq 0 ] || shift

fail() { echo "set-up: $1" >&2; exit 2; }

missing=""
command -v "$python" >/dev/null || missing="$missing python3"
if ! command -v "$python" >/dev/null || ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then missing="$missing python3-venv"; fi
command -v cc >/dev/null || missing="$missing gcc libc6-dev"
for package in "$@"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
if [ -n "$missing" ]; then
  command -v apt-get >/dev/null || fail "please install:$missing"
  sudo=""
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "as root: apt-get install -y$missing"
    sudo=sudo
  fi
  echo "set-up: apt installs$missing"
  $sudo apt-get update -qq || echo "set-up: apt-get update failed, trying with the lists that are there" >&2
  # shellcheck disable=SC2086  # a list of names
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null || fail "apt could not install:$missing"
fi
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "$python is older than 3.11: Debian 12, Raspberry Pi OS Bookworm or newer have it"

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
stamp="$venv/.tuffier-$(cat "$root/pyproject.toml" "$root/systemd/constraints.txt" | cksum | cut -d' ' -f1)-${extras:-run}"
if [ ! -e "$stamp" ]; then
  echo "set-up: pip installs tuffier${extras:+[$extras]} into $venv"
  "$venv/bin/python" -m pip install -q --disable-pip-version-check -c "$root/systemd/constraints.txt" -e "$root${extras:+[$extras]}" ||
    fail "pip failed: is the network there? Nothing else was changed; run it again"
  touch "$stamp"
fi
