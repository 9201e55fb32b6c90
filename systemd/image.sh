#!/bin/sh
# Makes a flashable image: Debian, tuffier as its service, read-only root, a data partition, settings for the first start in one text file.
# usage: systemd/image.sh --output FILE [options]
#   --arch arm64|amd64    arm64 (default) for a Pi 3, 4; amd64 is what tests/system/machine.py boots
#   --suite trixie        Debian's release: trixie (default) or bookworm
#   --mirror URL          Debian's archive; without it the one that this machine's apt uses
#   --raspberry URL       also Raspberry Pi's archive and its kernel: CSI cameras, HDMI bridges, Pi 5. Its key is taken from --raspberry-key FILE
#   --wheels DIR          Python packages for that system, from `systemd/wheels.sh`; without it pip asks the network from inside the tree
#   --data-mb N           size of the data partition (512)
#   --slots CERTIFICATE   two root partitions and a boot loader that tries one of them once, for `tuffier update` (a Pi 4 or 5: tryboot). CERTIFICATE: the
#                         site's, by which bundles (systemd/bundle.sh) are checked; also writes FILE.root.ext4, of which a bundle is made, for a Pi FILE.boot.vfat too
#   --test                adds what tests need: vivid, softdog and g_serial loaded, a root shell on the serial line. Never flash it
#   --tree-only           stops at FILE as a tar of the root file system
# Beside FILE: FILE.cdx.json, its list of parts (CycloneDX).
# As root, on Debian 12 or newer with: mmdebstrap genimage e2fsprogs dosfstools mtools (grub-pc-bin grub-common for --slots, and qemu-user-static binfmt-support for arm64, with --test gcc-aarch64-linux-gnu too).
# Not booted so far: arm64 on a Pi (no hardware), and anything with --raspberry. systemd/BRINGUP.md has the checks.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/.." && pwd)
arch=arm64 suite=trixie mirror="" raspberry="" key="" wheels="" data_mb=512 slots="" test="" tree_only="" output=""
while [ $# -gt 0 ]; do
  case $1 in
    --arch) arch=$2; shift ;;
    --suite) suite=$2; shift ;;
    --mirror) mirror=$2; shift ;;
    --raspberry) raspberry=$2; shift ;;
    --raspberry-key) key=$2; shift ;;
    --wheels) wheels=$(cd "$2" && pwd); shift ;;
    --data-mb) data_mb=$2; shift ;;
    --output) output=$(realpath -m "$2"); shift ;;
    --slots) slots=$(realpath "${2:?--slots needs the certificate}"); shift ;;
    --test) test=yes ;;
    --tree-only) tree_only=yes ;;
    --help | -h) sed -n '2,16s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "image: unknown word $1: see --help" >&2; exit 2 ;;
  esac
  shift
done
[ -n "$output" ] || { echo "image: --output names the file to make" >&2; exit 2; }
[ "$(id -u)" -eq 0 ] || { echo "image: as root" >&2; exit 2; }
[ -z "$raspberry" ] || [ -e "$key" ] || { echo "image: --raspberry needs --raspberry-key FILE, the archive's keyring" >&2; exit 2; }
mirror=${mirror:-$(sh "$here/mirror.sh")}
# times are the commit's: the same commit, tools and state of Debian's archive give the same bytes
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH
work=$(mktemp -d "${TMPDIR:-/var/tmp}/tuffier-image.XXXXXX")
trap 'rm -rf "$work"' EXIT

packages="systemd-sysv,systemd-resolved,udev,dbus,kmod,initramfs-tools,python3,python3-venv,v4l-utils,ca-certificates,e2fsprogs,iproute2,openssh-server,fdisk"
kind=pi
[ "$arch" != amd64 ] || kind=pc
case $arch in
  amd64) packages=$packages,linux-image-amd64 ;;
  arm64)
    packages=$packages,raspi-firmware
    if [ -n "$raspberry" ]; then packages=$packages,linux-image-rpi-v8,linux-image-rpi-2712,python3-picamera2; else packages=$packages,linux-image-arm64; fi ;;
  *) echo "image: --arch is arm64 or amd64" >&2; exit 2 ;;
esac
[ -z "$test" ] || packages=$packages,procps,strace
[ -z "$slots" ] || packages=$packages,rauc,rauc-service,squashfs-tools,openssl # rauc reads a bundle by unsquashfs

# 1. the tree, and what stands in it beside Debian
set -- --arch="$arch" --variant=minbase --include="$packages" --aptopt='Acquire::Languages "none"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*'
[ -z "$raspberry" ] || set -- "$@" --keyring="$key" --keyring=/usr/share/keyrings/debian-archive-keyring.gpg
overlay=$work/overlay
compiler=cc
[ "$arch$(uname -m)" != arm64x86_64 ] || compiler=aarch64-linux-gnu-gcc
CC=$compiler sh "$here/image/overlay.sh" "$overlay" "$test"
if [ -n "$slots" ]; then
  disk=/dev/disk/by-partuuid/74756666
  case $kind in
    pc) sh "$here/image/slots.sh" "$overlay" tuffier-amd64 "$slots" "$disk-02" "$disk-03" ;;
    pi) sh "$here/image/slots.sh" "$overlay" tuffier-arm64 "$slots" "$disk-05" "$disk-06" /opt/tuffier/current/venv/bin/python "$disk-02" "$disk-03" ;;
  esac
  # the slot's own root is what the boot loader named
  sed -i 's|^LABEL=tuffier-root / |/dev/root / |' "$overlay/etc/fstab"
  mkdir -p "$overlay/etc/systemd/system/multi-user.target.wants"
  ln -sfn ../tuffier-settle.service "$overlay/etc/systemd/system/multi-user.target.wants/tuffier-settle.service"
fi
if [ "$arch" = amd64 ]; then
  # what a card can be plugged into, and no more: the boot loader reads it through a PC's BIOS, which is slow
  mkdir -p "$overlay/etc/initramfs-tools/conf.d"
  echo MODULES=list >"$overlay/etc/initramfs-tools/conf.d/tuffier"
  for module in ahci ata_piix sd_mod nvme usb_storage uas xhci_pci ehci_pci ohci_pci uhci_hcd mmc_block sdhci_pci sdhci_acpi virtio_pci virtio_blk virtio_scsi ext4 crc32c_generic; do
    echo "$module"
  done >"$overlay/etc/initramfs-tools/modules"
fi
mkdir -p "$work/checkout"
tar -C "$root" --exclude=.git --exclude=.venv --exclude=build --exclude='*cache*' --exclude=tests --exclude=models/training -cf - . | tar -C "$work/checkout" -xf -
set -- "$@" --customize-hook="sh $here/image/finish.sh \"\$1\" $work/checkout $overlay $wheels"
mmdebstrap "$@" "$suite" "$work/tree.tar" "deb $mirror $suite main non-free-firmware" ${raspberry:+"deb $raspberry $suite main"}
if [ -n "$tree_only" ]; then mv "$work/tree.tar" "$output"; exit 0; fi

tar -xOf "$work/tree.tar" ./usr/share/tuffier/board.cdx.json >"$output.cdx.json"

# 2. partitions
mkdir -p "$work/tree"
tar -C "$work/tree" -xf "$work/tree.tar"
if [ "$arch" = amd64 ]; then
  cp "$work"/tree/boot/vmlinuz-* "$output.vmlinuz"
  cp "$work"/tree/boot/initrd.img-* "$output.initrd"
fi
sh "$here/image/card.sh" "$work/tree" "$kind" "${slots:+two}" "$data_mb" "$output"
echo "image: $output ($(du -m "$output" | cut -f1) MB on disk)"
