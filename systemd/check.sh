#!/bin/sh
# Sets up everything and runs every check: lint, types, generated files, tests.
# usage: systemd/check.sh [options of pytest]         e.g. systemd/check.sh -m slow
# Without options two tests run at once, each file's in order: much of the run waits for live jobs, emulators and browsers.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
sh "$root/systemd/set-up.sh" dev,igtl python3-dev gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm gcc-avr avr-libc arduino-core-avr libsimavr-dev libelf-dev rauc dbus squashfs-tools clang libclang-rt-14-dev chromium || {
  echo "check: not everything could be set up (above): going on without the emulated device, the sketch, the fuzzer, the browser and OpenIGTLink's other end, whose tests skip" >&2
  sh "$root/systemd/set-up.sh" dev
}
# the emulator of the Pico's chip; without it those tests skip
venv=${TUFFIER_VENV:-$root/.venv}
if command -v npm >/dev/null && [ ! -d "$venv/js/node_modules/rp2040js" ]; then
  npm install --silent --no-audit --no-fund --prefix "$venv/js" rp2040js@1.4.1 >/dev/null || echo "check: no rp2040js: the emulated Pico's tests skip" >&2
fi
cd "$root"
bin=${TUFFIER_VENV:-$root/.venv}/bin
# the bones of models/foreign/digitised; without them its tests skip
"$bin/python" -m pip install -q --disable-pip-version-check --no-deps -c systemd/constraints.txt myo-sim || echo "check: no myo-sim: the digitised bones' tests skip" >&2
"$bin/ruff" check .
"$bin/mypy"
"$bin/python" -m firmware_bridge.generate --check
if [ $# -eq 0 ] && "$bin/python" -c "import xdist" 2>/dev/null; then set -- -n 2 --dist loadfile; fi
"$bin/python" -m pytest -q "$@"
