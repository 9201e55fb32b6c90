#!/bin/sh
# The core of the test suite on aarch64: a Debian arm64 tree under qemu-user, set up by the README's own command. As root; takes tens of minutes.
# usage: tests/system/aarch64.sh [--suite bookworm|trixie] [--mirror URL] [--work DIR] [--tar FILE] [pytest words]
# bookworm has Python 3.11, trixie 3.13. Without --mirror: the archive that this machine's apt uses. --tar keeps or reuses the bare tree. Needs: mmdebstrap qemu-user-static binfmt-support.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
suite=bookworm mirror="" work=/var/tmp/tuffier-aarch64 tar=""
while [ $# -gt 0 ]; do
  case $1 in
    --suite) suite=$2; shift 2 ;;
    --mirror) mirror=$2; shift 2 ;;
    --work) work=$2; shift 2 ;;
    --tar) tar=$2; shift 2 ;;
    *) break ;;
  esac
done
[ "$(id -u)" -eq 0 ] || { echo "aarch64: as root" >&2; exit 2; }
tree=$work/$suite
tar=${tar:-$work/$suite.tar}
mkdir -p "$work"
[ -e /proc/sys/fs/binfmt_misc/status ] || mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
[ -e /proc/sys/fs/binfmt_misc/qemu-aarch64 ] || update-binfmts --enable qemu-aarch64
if [ ! -e "$tar" ]; then
  mirror=${mirror:-$(sh "$root/systemd/mirror.sh")}
  mmdebstrap --arch=arm64 --variant=minbase --include=python3,python3-venv,gcc,libc6-dev,ca-certificates "$suite" "$tar" "$mirror"
fi
if [ ! -e "$tree/.unpacked" ]; then
  rm -rf "$tree"
  mkdir -p "$tree"
  tar -C "$tree" -xf "$tar"
  touch "$tree/.unpacked"
fi
# the network's settings of this machine; the model's runtime reads the processor's features here, and a PC's make it crash
cp /etc/resolv.conf "$tree/etc/resolv.conf"
[ ! -e /etc/ssl/certs/ca-certificates.crt ] || cp -L /etc/ssl/certs/ca-certificates.crt "$tree/etc/ssl/certs/ca-certificates.crt"
cp "$root/systemd/image/cpuinfo.cortex-a72" "$tree/cpuinfo"
rm -rf "$tree/srv/tuffier/edge" "$tree/srv/tuffier/tests"
mkdir -p "$tree/srv/tuffier"
tar -C "$root" --exclude=.git --exclude=.venv --exclude=build --exclude='*cache*' -cf - . | tar -C "$tree/srv/tuffier" -xf -

# what the model says here, to be compared inside
python=${TUFFIER_VENV:-$root/.venv}/bin/python
rm -f "$tree/srv/here.npz"
if [ -x "$python" ]; then (cd "$root" && "$python" -m tests.system.raw_outputs "$tree/srv/here.npz"); else echo "aarch64: no $python here (systemd/set-up.sh): the model is not compared" >&2; fi

cat >"$tree/srv/run.sh" <<'IN'
set -eu
unset TUFFIER_VENV TUFFIER_PYTHON  # those of the machine outside
export OMP_NUM_THREADS=1 PIP_DISABLE_PIP_VERSION_CHECK=1 HOME=/root
cd /srv/tuffier
sh systemd/set-up.sh
.venv/bin/python -m pip install -q -c systemd/constraints.txt pytest hypothesis
uname -m; .venv/bin/python --version
if [ -e models/demonstration.mcap ]; then .venv/bin/tuffier run --device none: --once; fi
compared=0
if [ -e /srv/here.npz ]; then .venv/bin/python -m tests.system.raw_outputs /srv/here.npz --compare --keep /srv/there.npz || compared=1; fi
.venv/bin/python -m pytest -q -p no:cacheprovider "$@"
exit "$compared"
IN
[ $# -gt 0 ] || set -- tests/unit/guidance/test_geometry.py tests/unit/test_path.py tests/unit/board/test_config.py tests/unit/source/test_capture.py tests/unit/board/test_notify.py tests/wire/test_codec.py
# shellcheck disable=SC2016  # expanded inside
exec nice -n 19 unshare --mount sh -euc '
  tree=$1; shift
  mount --bind "$tree" "$tree"; mount -t proc proc "$tree/proc"; mount --bind "$tree/cpuinfo" "$tree/proc/cpuinfo"
  mount --rbind /dev "$tree/dev"; mount -t tmpfs tmpfs "$tree/tmp"
  exec chroot "$tree" sh /srv/run.sh "$@"' sh "$tree" "$@"
