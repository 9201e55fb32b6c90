#!/bin/sh
# Writes the files that an image has beside Debian and tuffier: mounts, first start, network. usage: overlay.sh FOLDER [test]
# CC: with test, the compiler for the image's processor (default: cc)
set -eu
folder=${1:?} test=${2:-}
write() { mkdir -p "$(dirname "$folder/$1")"; cat >"$folder/$1"; }

# root stays read-only: what changes lies on the data partition, or is gone at the next start
write etc/fstab <<'FSTAB'
LABEL=tuffier-root / ext4 ro,noatime 0 1
LABEL=TUFFIER /boot/firmware vfat ro,noatime,umask=0077,nofail 0 2
LABEL=tuffier-data /data ext4 rw,noatime,commit=5,errors=remount-ro 0 2
tmpfs /tmp tmpfs rw,nosuid,nodev,size=64m 0 0
tmpfs /var/log tmpfs rw,nosuid,nodev,size=32m 0 0
tmpfs /var/tmp tmpfs rw,nosuid,nodev,size=32m 0 0
/data/lib /var/lib none bind,x-systemd.requires-mounts-for=/data,x-systemd.after=tuffier-data.service 0 0
/data/etc/tuffier /etc/tuffier none bind,x-systemd.requires-mounts-for=/data,x-systemd.after=tuffier-data.service 0 0
tmpfs /var/cache tmpfs rw,nosuid,nodev,size=32m 0 0
FSTAB
write etc/systemd/system/tuffier-data.service <<'UNIT'
# Fills the data partition at the first start, and after somebody emptied it.
[Unit]
Description=tuffier: folders of the data partition
DefaultDependencies=no
RequiresMountsFor=/data
Before=var-lib.mount etc-tuffier.mount local-fs.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/tuffier-data

[Install]
WantedBy=local-fs.target
UNIT
# a slow or busy card is waited for; one that never comes must not end at a locked shell that nobody can use: the board starts again, and after a slot on
# trial the boot loader then starts the kept one
write etc/systemd/system.conf.d/60-tuffier-patience.conf <<'CONF'
[Manager]
DefaultDeviceTimeoutSec=5min
CONF
for unit in emergency rescue; do
  write "etc/systemd/system/$unit.service.d/tuffier.conf" <<'UNIT'
[Service]
ExecStartPre=
ExecStart=
ExecStart=/bin/sh -c 'echo "tuffier: this start failed (a partition did not come, see above): restarting in 10 s" >/dev/console; sleep 10; systemctl --force reboot'
UNIT
done
mkdir -p "$folder/etc/systemd/system/local-fs.target.wants"
ln -sfn ../tuffier-data.service "$folder/etc/systemd/system/local-fs.target.wants/tuffier-data.service"
write usr/local/sbin/tuffier-data <<'SCRIPT'
#!/bin/sh
# Copies what the image came with where the data partition has nothing yet; whole folders by rename, so that a power cut leaves none half filled.
set -eu
fill() {
  [ -e "$2" ] && return 0
  rm -rf "$2.new"
  mkdir -p "$(dirname "$2")" "$2.new"
  [ ! -d "$1" ] || cp -a "$1/." "$2.new/"
  sync
  mv "$2.new" "$2"
  sync
}
fill /var/lib /data/lib
fill /etc/tuffier /data/etc/tuffier
SCRIPT
write etc/systemd/system/tuffier-setup.service <<'UNIT'
# Applies tuffier-setup.txt of the boot partition.
[Unit]
Description=tuffier: settings of the boot partition
RequiresMountsFor=/boot/firmware /data /etc/tuffier /var/lib
Before=tuffier.service tuffier-page.service ssh.service

[Service]
Type=oneshot
ExecStart=/usr/local/sbin/tuffier-setup

[Install]
WantedBy=multi-user.target
UNIT
write usr/local/sbin/tuffier-setup <<'SCRIPT'
#!/bin/sh
# Reads KEY=VALUE lines of tuffier-setup.txt: the name, one ssh key, the job's settings. Unknown or odd values are left out and told.
set -eu
boot=${TUFFIER_BOOT:-/boot/firmware}
etc=${TUFFIER_ETC:-/etc/tuffier}
settings=$boot/tuffier-setup.txt
[ -e "$settings" ] || exit 0
value() { sed -n "s/^$1=//p" "$settings" | tr -d '\r' | tail -n 1; }
plain() { # plain KEY PATTERN: the value if every character of it is allowed
  found=$(value "$1")
  [ -n "$found" ] || return 0
  case $found in *[!$2]*) echo "tuffier-setup: $1 has characters that are not allowed, left out" >&2 ;; *) echo "$found" ;; esac
}
name=$(plain hostname 'a-zA-Z0-9-')
[ -z "$name" ] || [ -n "${TUFFIER_BOOT:-}" ] || hostname "$name"

# the job's configuration: written anew only where the text file changed, so that an edit on the board stays
stamp=$etc/.setup-sum
sum=$(cksum <"$settings")
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$sum" ]; then
  profile=$(plain profile 'a-zA-Z0-9_.-')
  if [ -n "$profile" ] && [ -e "$boot/profiles/$profile" ]; then cp "$boot/profiles/$profile" "$etc/$profile" && profile=$etc/$profile; fi
  source=$(plain source 'a-zA-Z0-9_.:/?=&-') device=$(plain device 'a-zA-Z0-9_.:/-') page=$(plain page '0-9a-fA-F.:[]') procedure=$(plain procedure 'a-z0-9_') side=$(plain side 'a-z')
  cat >"$etc/tuffier.toml.new" <<TOML
# Written by tuffier-setup from the boot partition's tuffier-setup.txt; edits here stay until that file changes.
[source]
source = "${source:-v4l2:/dev/tuffier-video}"
profile = "$profile"

[device]
device = "${device:-/dev/tuffier-device}"

[procedure]
procedure = "${procedure:-facet}"
side = "${side:-right}"

[monitor]
page = "${page:-127.0.0.1:8642}"
TOML
  sync "$etc/tuffier.toml.new"
  mv "$etc/tuffier.toml.new" "$etc/tuffier.toml"
  echo "$sum" >"$stamp"
  sync
fi

key=$(value ssh_key)
[ -n "${TUFFIER_BOOT:-}" ] && exit 0
case $key in
  "ssh-ed25519 "* | "ssh-rsa "* | "ecdsa-sha2-"* | "sk-ssh-"*)
    mkdir -p /run/tuffier-admin/ssh /data/ssh
    printf '%s\n' "$key" >/run/tuffier-admin/ssh/authorized_keys
    [ -e /data/ssh/ssh_host_ed25519_key ] || ssh-keygen -q -t ed25519 -N '' -f /data/ssh/ssh_host_ed25519_key
    systemctl start --no-block ssh.service ;;
  "") ;;
  *) echo "tuffier-setup: ssh_key is no public key, ssh stays off" >&2 ;;
esac
SCRIPT
chmod 755 "$folder/usr/local/sbin/tuffier-data" "$folder/usr/local/sbin/tuffier-setup"
write etc/sysusers.d/tuffier-admin.conf <<'USER'
u tuffier-admin - "technician" /run/tuffier-admin /bin/sh
m tuffier-admin video
m tuffier-admin dialout
m tuffier-admin systemd-journal
USER
write etc/ssh/sshd_config.d/tuffier.conf <<'SSHD'
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin no
AllowUsers tuffier-admin
AuthorizedKeysFile /run/tuffier-admin/ssh/authorized_keys
HostKey /data/ssh/ssh_host_ed25519_key
StrictModes no
SSHD
write etc/systemd/network/50-tuffier.network <<'NETWORK'
[Match]
Name=e*

[Network]
DHCP=yes
LinkLocalAddressing=yes
MulticastDNS=yes
NETWORK
write etc/systemd/journald.conf.d/tuffier.conf <<'JOURNAL'
[Journal]
Storage=volatile
RuntimeMaxUse=16M
JOURNAL
write etc/hostname <<'NAME'
tuffier
NAME
if [ -n "$test" ]; then
  write etc/modules-load.d/test.conf <<'MODULES'
softdog
vivid
dummy_hcd
g_serial
MODULES
  write etc/modprobe.d/test.conf <<'MODULES'
# one device, inputs: webcam, HDMI
options vivid n_devs=1 node_types=0x1 num_inputs=2 input_types=0xc
options softdog soft_margin=15
MODULES
  write etc/udev/rules.d/72-test.rules <<'RULES'
SUBSYSTEM=="video4linux", ATTR{name}=="vivid-000-vid-cap", SYMLINK+="tuffier-video", TAG+="systemd"
RULES
  write etc/systemd/system/test-shell.service <<'UNIT'
# A root shell on the second serial line, for the tests that drive this machine.
[Unit]
Description=root shell of the tests
DefaultDependencies=no
After=sysinit.target

[Service]
ExecStart=/bin/sh -i
StandardInput=tty-force
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS1
Restart=always

[Install]
WantedBy=multi-user.target
UNIT
  # the device's C core behind a USB serial gadget: what the kernel offers as ttyACM0 is answered by it on ttyGS0
  c=$(cd "$(dirname "$0")/../../firmware_bridge/c" && pwd)
  mkdir -p "$folder/usr/local/bin"
  "${CC:-cc}" -std=c11 -O2 -I"$c/src" "$c"/src/*.c "$c"/sim/*.c -o "$folder/usr/local/bin/tuffier-sim"
  write usr/local/bin/test-gadget <<'BRIDGE'
#!/usr/bin/python3
"""The simulated device behind ttyGS0; what it shows goes to /run/sim-said."""
import os, select, subprocess, tty
said = open("/run/sim-said", "ab", buffering=0)
sim = subprocess.Popen(["/usr/local/bin/tuffier-sim", "/run/sim-record"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
port = os.open(sim.stdout.readline().split()[1], os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
gadget = os.open("/dev/ttyGS0", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
tty.setraw(port), tty.setraw(gadget)
while True:
    for ready in select.select([port, gadget, sim.stdout], [], [])[0]:
        if ready is sim.stdout:
            said.write(os.read(sim.stdout.fileno(), 65536))
            continue
        content = os.read(ready, 4096)
        try:
            os.write(gadget if ready == port else port, content)
        except BlockingIOError:
            pass
BRIDGE
  chmod 755 "$folder/usr/local/bin/test-gadget"
  write etc/systemd/system/test-gadget.service <<'UNIT'
[Unit]
Description=the device's C core on the USB gadget
After=systemd-modules-load.service

[Service]
ExecStart=/usr/local/bin/test-gadget
Restart=always
RestartSec=1s

[Install]
WantedBy=multi-user.target
UNIT
  mkdir -p "$folder/etc/systemd/system/multi-user.target.wants"
  ln -sfn ../test-gadget.service "$folder/etc/systemd/system/multi-user.target.wants/test-gadget.service"
  ln -sfn ../test-shell.service "$folder/etc/systemd/system/multi-user.target.wants/test-shell.service"
fi
