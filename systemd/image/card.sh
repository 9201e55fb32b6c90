#!/bin/sh
# Lays a card out: a partition table and file systems of an unpacked tree. usage: card.sh TREE pc|pi one|two|"" DATA_MB OUTPUT
# two: two slots. pc: TUFFIER (FAT: GRUB's files, settings), root A, root B, data; GRUB before them. pi: TUFFIER (FAT: autoboot.txt, settings), boot A, boot B
# (FAT: firmware, kernel, cmdline.txt with its slot), then logical: root A, root B, data. Slot B is empty. Beside OUTPUT: OUTPUT.root.ext4, for a Pi
# OUTPUT.boot.vfat, of which bundle.sh makes a bundle.
# one: TUFFIER (FAT; for a Pi firmware and kernel too), root, data.
# The same TREE gives the same bytes: all times and identities follow from SOURCE_DATE_EPOCH (now, where it is not said).
# TREE is used up. Needs: genimage e2fsprogs dosfstools mtools (pc with two: grub-pc-bin grub-common)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tree=${1:?} kind=${2:?} slots=${3:-one} data_mb=${4:?} output=${5:?}
work=$(mktemp -d "${TMPDIR:-/var/tmp}/tuffier-card.XXXXXX")
trap 'rm -rf "$work"' EXIT
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(date +%s)}
export SOURCE_DATE_EPOCH
parts=$work/parts
mkdir -p "$parts/first" "$parts/boot" "$parts/none" "$work/images" "$work/tmp"

mkdir -p "$tree/boot/firmware"
cp "$here/tuffier-setup.txt" "$parts/first/"
if [ "$kind" = pi ]; then # the kernel's own place is a partition of its own
  if [ "$slots" = two ]; then boot=$parts/boot; else boot=$parts/first; fi
  cp -R "$tree/boot/firmware/." "$boot/"
  # Debian's line says rw: its initramfs would mount root so until fstab is read, and each start would write into it
  sed -E 's/(^| )rw( |$)/\1ro\2/' "$boot/cmdline.txt" >"$work/cmdline.txt"
  cp "$work/cmdline.txt" "$boot/cmdline.txt"
  find "$tree/boot/firmware" -mindepth 1 -delete
fi
mv "$tree" "$parts/root"
used_mb=$(du -sm "$parts/root" | cut -f1)
root_mb=$((used_mb * 12 / 10 + 200)) slot_mb=$((used_mb * 12 / 10 + 200))
# a slot is read-only and written whole: its file system has no room to spare, its partition has room for later ones
[ "$slots" = one ] || root_mb=$((used_mb * 106 / 100 + 40))

{
  cat <<CONFIG
image first.vfat {
  vfat { label = "TUFFIER" extraargs = "--invariant" }
  size = $([ "$kind $slots" = "pi two" ] && echo 64 || echo 256)M
  mountpoint = "/first"
}
CONFIG
  first='  partition first { partition-type = 0xC bootable = true image = "first.vfat" }'
  data='  partition data { partition-type = 0x83 image = "data.ext4" }'
  rest="size = ${slot_mb}M"
  case "$kind $slots" in
    *one)
      printf 'image card.img {\n  hdimage { partition-table-type = "mbr" disk-signature = 0x74756666 }\n%s\n' "$first"
      printf '  partition root { partition-type = 0x83 image = "root.ext4" }\n%s\n}\n' "$data" ;;
    "pc two") # the boot loader lies in the first MiB
      printf 'image card.img {\n  hdimage { align = 1M partition-table-type = "mbr" disk-signature = 0x74756666 }\n%s\n' "$first"
      printf '  partition a { partition-type = 0x83 image = "root.ext4" %s }\n  partition b { partition-type = 0x83 %s }\n%s\n}\n' "$rest" "$rest" "$data" ;;
    "pi two")
      printf 'image boot.vfat {\n  vfat { label = "TUFFIER-OS" extraargs = "--invariant" }\n  size = 256M\n  mountpoint = "/boot"\n}\n'
      printf 'image boot-a.vfat {\n  vfat { label = "TUFFIER-OS" extraargs = "--invariant" }\n  size = 256M\n  mountpoint = "/boot-a"\n}\n'
      printf 'image card.img {\n  hdimage { align = 1M partition-table-type = "mbr" disk-signature = 0x74756666 }\n%s\n' "$first"
      printf '  partition boot-a { partition-type = 0xC image = "boot-a.vfat" }\n  partition boot-b { partition-type = 0xC size = 256M }\n'
      printf '  partition a { partition-type = 0x83 image = "root.ext4" %s }\n  partition b { partition-type = 0x83 %s }\n%s\n}\n' "$rest" "$rest" "$data" ;;
    *) echo "card: $kind with $slots?" >&2; exit 2 ;;
  esac
} >"$work/genimage.cfg"

case "$kind $slots" in
  "pc two") sh "$here/grub.sh" "$parts/first" "$work/before.img" ;;
  "pi two")
    # a bundle's is of no slot yet: bundle.sh's hook writes it where it is installed
    sed -E 's/(^| )(root|rauc\.slot)=[^ ]*//g; s/^ *//; s/$/ root=ROOT rauc.slot=SLOT/' "$parts/boot/cmdline.txt" >"$work/cmdline.txt"
    cp "$work/cmdline.txt" "$parts/boot/cmdline.txt"
    cp -R "$parts/boot" "$parts/boot-a"
    sh "$here/cmdline.sh" A "$parts/boot-a/cmdline.txt"
    printf '[all]\ntryboot_a_b=1\nboot_partition=2\n[tryboot]\nboot_partition=2\n' | awk '{ print; n += length($0) + 1 } END { while (n++ < 512) print "" }' >"$parts/first/autoboot.txt" ;;
esac
sh "$here/ext4.sh" "$work/images/root.ext4" "$root_mb" tuffier-root "$parts/root"
sh "$here/ext4.sh" "$work/images/data.ext4" "$data_mb" tuffier-data
rm -rf "$parts/root"
find "$parts" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
genimage --config "$work/genimage.cfg" --rootpath "$parts" --tmppath "$work/tmp" --outputpath "$work/images" --inputpath "$work/images" >"$work/genimage.log" 2>&1 ||
  { tail -n 20 "$work/genimage.log" >&2; exit 1; }
if [ "$kind $slots" = "pc two" ]; then
  # all but the partition table, which lies in bytes 440 to 511
  dd if="$work/before.img" of="$work/images/card.img" bs=440 count=1 conv=notrunc status=none
  dd if="$work/before.img" of="$work/images/card.img" bs=512 skip=1 seek=1 conv=notrunc status=none
fi
if [ "$slots" = two ]; then
  mv "$work/images/root.ext4" "$output.root.ext4"
  [ "$kind" = pc ] || mv "$work/images/boot.vfat" "$output.boot.vfat"
fi
mv "$work/images/card.img" "$output"
