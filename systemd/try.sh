#!/bin/sh
# Sets up everything and runs the main job with nothing attached: bundled recording, model, simulated device, read-out in this terminal.
# usage: systemd/try.sh [options of tuffier run]      e.g. systemd/try.sh --once
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
sh "$root/systemd/set-up.sh"
exec "${TUFFIER_VENV:-$root/.venv}/bin/tuffier" run "$@"
