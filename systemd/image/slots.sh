#!/bin/sh
# Writes what a board with two slots has beside the other files of an image: RAUC's configuration, what asks the boot loader, what judges a trial.
# usage: slots.sh FOLDER COMPATIBLE CERTIFICATE DEVICE_A DEVICE_B [PYTHON [BOOT_A BOOT_B]]
# CERTIFICATE: the site's, by which bundles are checked. PYTHON: the installed tuffier's. BOOT_A, BOOT_B: a Pi's, where each slot has a boot partition.
set -eu
folder=${1:?} compatible=${2:?} certificate=${3:?} a=${4:?} b=${5:?} python=${6:-/opt/tuffier/current/venv/bin/python} boot_a=${7:-} boot_b=${8:-}
write() { mkdir -p "$(dirname "$folder/$1")"; cat >"$folder/$1"; }

write etc/rauc/release.pem <"$certificate"
write etc/rauc/system.conf <<CONF
[system]
compatible=$compatible
bootloader=custom
mountprefix=/run/rauc
statusfile=${TUFFIER_ROOT:-}/var/lib/tuffier-update/rauc.status

[keyring]
path=release.pem

[handlers]
bootloader-custom-backend=${TUFFIER_ROOT:-}/usr/lib/tuffier/slots

[slot.rootfs.0]
device=$a
type=raw
bootname=A

[slot.rootfs.1]
device=$b
type=raw
bootname=B
CONF
[ -z "$boot_a" ] || cat >>"$folder/etc/rauc/system.conf" <<CONF

[slot.boot.0]
device=$boot_a
type=raw
parent=rootfs.0

[slot.boot.1]
device=$boot_b
type=raw
parent=rootfs.1
CONF
write usr/lib/tuffier/slots <<SLOTS
#!/bin/sh
# RAUC's questions to the boot loader.
exec "$python" -m edge.update.backend "\$@"
SLOTS
write usr/lib/tuffier/settle <<SETTLE
#!/bin/sh
# After a start: a slot on trial is kept, or the board restarts, whose boot loader then starts the other one. A program that does not even run counts
# as bad; a slot that is no trial is never left this way, since there is nothing to go back to.
root=\${TUFFIER_ROOT:-}
trial() {
  grep -qw tuffier.trial "\$root/proc/cmdline" ||
    [ "\$(od -An -tu4 --endian=big "\$root/proc/device-tree/chosen/bootloader/tryboot" 2>/dev/null | tr -d ' ')" = 1 ]
}
"$python" -m edge.cli update --settle && exit 0
trial || exit 1
echo "settle: the slot on trial is not kept: restarting into the other one"
systemctl reboot
SETTLE
chmod 755 "$folder/usr/lib/tuffier/slots" "$folder/usr/lib/tuffier/settle"
write etc/systemd/system/tuffier-settle.service <<'UNIT'
[Unit]
Description=tuffier: keeps a slot on trial, or goes back
RequiresMountsFor=/boot/firmware /var/lib
# Not after tuffier.service: that one is not started while it waits for its source, and a slot that has lost it would never be judged.

[Service]
Type=oneshot
ExecStart=/usr/lib/tuffier/settle
# the judgement ends by itself; a restart then waits until nobody is guided, however long
TimeoutStartSec=infinity

[Install]
WantedBy=multi-user.target
UNIT
