#!/bin/sh
# Inside mmdebstrap: puts tuffier and the image's own files into the tree. usage: finish.sh TREE CHECKOUT OVERLAY [WHEELS]
set -eu
tree=${1:?} checkout=${2:?} overlay=${3:?} wheels=${4:-}
cp -a "$overlay/." "$tree/"
mkdir -p "$tree/srv/tuffier"
cp -R "$checkout/." "$tree/srv/tuffier/"
if [ -n "$wheels" ]; then
  mkdir -p "$tree/srv/wheels"
  cp "$wheels"/* "$tree/srv/wheels/"
fi
# the model's runtime reads the processor's features: under emulation it would be told a PC's, and crash
emulated=""
if [ "$(chroot "$tree" dpkg --print-architecture)" = arm64 ] && [ "$(uname -m)" != aarch64 ]; then emulated=yes; fi
[ -z "$emulated" ] || mount --bind "$(dirname "$0")/cpuinfo.cortex-a72" "$tree/proc/cpuinfo"
# another Python of whoever builds is not in the tree
chroot "$tree" env -u TUFFIER_PYTHON sh /srv/tuffier/systemd/install.sh install --no-start ${wheels:+--wheels /srv/wheels}
rm -rf "$tree/srv/tuffier" "$tree/srv/wheels"
# what is on the board, with Debian's packages: a release brings the list beside the image
mkdir -p "$tree/usr/share/tuffier"
chroot "$tree" /opt/tuffier/current/venv/bin/tuffier sbom --system --out /usr/share/tuffier/board.cdx.json
chroot "$tree" systemctl enable tuffier-setup.service
for unit in systemd-networkd systemd-resolved systemd-timesyncd; do chroot "$tree" systemctl enable "$unit.service" 2>/dev/null || true; done
chroot "$tree" systemctl disable ssh.service ssh.socket 2>/dev/null || true
chroot "$tree" systemctl mask apt-daily.timer apt-daily-upgrade.timer serial-getty@ttyAMA0.service 2>/dev/null || true
rm -f "$tree"/etc/ssh/ssh_host_*
chroot "$tree" passwd -l root >/dev/null
: >"$tree/etc/machine-id"
mkdir -p "$tree/data" "$tree/boot/firmware"
chroot "$tree" update-initramfs -u >/dev/null
[ -z "$emulated" ] || umount "$tree/proc/cpuinfo"
