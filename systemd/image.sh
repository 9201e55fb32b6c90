#!/bin/sh
# Makes a flashable image: Debian, tuffier as its service, read-only root, a data partition, settings for the first start in one text file.
# usage: systemd/image.sh --output FILE [options]
#   --arch arm64|amd64    arm64 (default) for a Pi 3, 4; amd64 is what tests/system/machine.py boots
#   --suite trixie        Debian's release: trixie (default) or bookworm
#   --mirror URL          Debian's archive; without it the one that this machine's apt uses
#   --raspberry URL       also Raspberry Pi's archive and its kernel: CSI cameras, HDMI bridges, Pi 5. Its key is taken from --raspberry-key FILE
#   --wheels DIR          Python packages for that system, from `systemd/wheels.sh`; without it pip asks the network from inside the tree
#   --data-mb N           size of the data partition (512)
#   --slots CERTIFICATE   two root partitions and a boot loader that tries one of them once, for `tuffier update`: amd64 only so far. CERTIFICATE: the
#                         site's, by which bundles (systemd/bundle.sh) are checked; also writes FILE.root.ext4, of which a bundle is made
#   --test                adds what tests need: vivid, softdog and g_serial loaded, a root shell on the serial line. Never flash it
#   --tree-only           stops at FILE as a tar of the root file system
# As root, on Debian 12 or newer with: mmdebstrap genimage e2fsprogs dosfstools mtools (grub-pc-bin grub-common for --slots, and qemu-user-static binfmt-support for arm64).
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
    --help | -h) sed -n '2,15s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "image: unknown word $1: see --help" >&2; exit 2 ;;
  esac
  shift
done
[ -n "$output" ] || { echo "image: --output names the file to make" >&2; exit 2; }
[ "$(id -u)" -eq 0 ] || { echo "image: as root" >&2; exit 2; }
[ -z "$raspberry" ] || [ -e "$key" ] || { echo "image: --raspberry needs --raspberry-key FILE, the archive's keyring" >&2; exit 2; }
[ -z "$slots" ] || [ "$arch" = amd64 ] || { echo "image: --slots is for amd64 so far" >&2; exit 2; }
mirror=${mirror:-$(sh "$here/mirror.sh")}
work=$(mktemp -d "${TMPDIR:-/var/tmp}/tuffier-image.XXXXXX")
trap 'rm -rf "$work"' EXIT

packages="systemd-sysv,systemd-resolved,udev,dbus,kmod,initramfs-tools,python3,python3-venv,v4l-utils,ca-certificates,e2fsprogs,iproute2,openssh-server,fdisk"
case $arch in
  amd64) packages=$packages,linux-image-amd64 ;;
  arm64)
    packages=$packages,raspi-firmware
    if [ -n "$raspberry" ]; then packages=$packages,linux-image-rpi-v8,linux-image-rpi-2712,python3-picamera2; else packages=$packages,linux-image-arm64; fi ;;
  *) echo "image: --arch is arm64 or amd64" >&2; exit 2 ;;
esac
[ -z "$test" ] || packages=$packages,procps,strace
[ -z "$slots" ] || packages=$packages,rauc,rauc-service,openssl

# 1. the tree, and what stands in it beside Debian
set -- --arch="$arch" --variant=minbase --include="$packages" --aptopt='Acquire::Languages "none"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*'
[ -z "$raspberry" ] || set -- "$@" --keyring="$key" --keyring=/usr/share/keyrings/debian-archive-keyring.gpg
overlay=$work/overlay
sh "$here/image/overlay.sh" "$overlay" "$test"
if [ -n "$slots" ]; then
  disk=/dev/disk/by-partuuid/74756666
  sh "$here/image/slots.sh" "$overlay" tuffier-amd64 "$slots" "$disk-02" "$disk-03"
  # the slot's own root is what the boot loader named
  sed -i 's|^LABEL=tuffier-root / |/dev/root / |' "$overlay/etc/fstab"
  mkdir -p "$overlay/etc/systemd/system/multi-user.target.wants"
  ln -sfn ../tuffier-settle.service "$overlay/etc/systemd/system/multi-user.target.wants/tuffier-settle.service"
fi
mkdir -p "$work/checkout"
tar -C "$root" --exclude=.git --exclude=.venv --exclude=build --exclude='*cache*' --exclude=tests --exclude=models/training -cf - . | tar -C "$work/checkout" -xf -
set -- "$@" --customize-hook="sh $here/image/finish.sh \"\$1\" $work/checkout $overlay $wheels"
mmdebstrap "$@" "$suite" "$work/tree.tar" "deb $mirror $suite main non-free-firmware" ${raspberry:+"deb $raspberry $suite main"}
if [ -n "$tree_only" ]; then mv "$work/tree.tar" "$output"; exit 0; fi

# 2. partitions: firmware (FAT: kernel, settings), root (read-only), data
parts=$work/parts
mkdir -p "$parts/root-part" "$parts/boot-part" "$work/images" "$work/tmp"
tar -C "$parts/root-part" -xf "$work/tree.tar"
if [ "$arch" = arm64 ]; then
  cp -R "$parts/root-part/boot/firmware/." "$parts/boot-part/"
  find "$parts/root-part/boot/firmware" -mindepth 1 -delete
fi
cp "$here/image/tuffier-setup.txt" "$parts/boot-part/"
size_mb=$(($(du -sm "$parts/root-part" | cut -f1) * 12 / 10 + 200))
cat >"$work/genimage.cfg" <<CONFIG
image boot.vfat {
  vfat { label = "TUFFIER" }
  size = 256M
  mountpoint = "/boot-part"
}
image root.ext4 {
  ext4 { label = "tuffier-root" use-mke2fs = true }
  size = ${size_mb}M
  mountpoint = "/root-part"
}
image data.ext4 {
  ext4 { label = "tuffier-data" use-mke2fs = true }
  size = ${data_mb}M
  empty = true
}
image board.img {
  hdimage { partition-table-type = "mbr" disk-signature = 0x74756666 }
  partition boot { partition-type = 0xC bootable = true image = "boot.vfat" }
  partition root { partition-type = 0x83 image = "root.ext4" }
  partition data { partition-type = 0x83 image = "data.ext4" }
}
CONFIG
if [ -n "$slots" ]; then
  sh "$here/image/grub.sh" "$parts/boot-part" "$work/images/before.img"
  two=$(printf '  partition root { partition-type = 0x83 image = "root.ext4" }\n  partition other { partition-type = 0x83 size = %sM }' "$size_mb")
  # the boot loader lies in the first MiB
  awk -v two="$two" '/partition root/ { print two; next } { sub(/hdimage \{/, "hdimage { align = 1M "); print }' "$work/genimage.cfg" >"$work/genimage.new"
  mv "$work/genimage.new" "$work/genimage.cfg"
fi
genimage --config "$work/genimage.cfg" --rootpath "$work/parts" --tmppath "$work/tmp" --outputpath "$work/images" --inputpath "$work/images" >"$work/genimage.log" 2>&1 ||
  { tail -n 20 "$work/genimage.log" >&2; exit 1; }
if [ "$arch" = amd64 ]; then
  cp "$work"/parts/root-part/boot/vmlinuz-* "$output.vmlinuz"
  cp "$work"/parts/root-part/boot/initrd.img-* "$output.initrd"
fi
if [ -n "$slots" ]; then
  # all but the partition table, which lies in bytes 440 to 511
  dd if="$work/images/before.img" of="$work/images/board.img" bs=440 count=1 conv=notrunc status=none
  dd if="$work/images/before.img" of="$work/images/board.img" bs=512 skip=1 seek=1 conv=notrunc status=none
  mv "$work/images/root.ext4" "$output.root.ext4"
fi
mv "$work/images/board.img" "$output"
echo "image: $output ($(du -m "$output" | cut -f1) MB on disk)"
