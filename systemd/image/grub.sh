#!/bin/sh
# Makes the boot loader of a PC's card with two slots: grub.cfg and grubenv for its first partition (FAT), and what lies before that partition.
# usage: grub.sh BOOT_FOLDER BEFORE      BEFORE: boot.img and core.img in one, to be written at the card's start but for bytes 440 to 511, its table
# Needs: grub-pc-bin grub-common
set -eu
here=$(cd "$(dirname "$0")" && pwd)
boot=${1:?usage: grub.sh BOOT_FOLDER BEFORE} before=${2:?}
modules=/usr/lib/grub/i386-pc
mkdir -p "$boot"
cp "$here/grub.cfg" "$boot/grub.cfg"
printf '# GRUB Environment Block\nslot=A\ntrial=\n' | awk '{ printf "%s\n", $0; n += length($0) + 1 } END { while (n++ < 1024) printf "#" }' >"$boot/grubenv"
grub-mkimage -O i386-pc -d "$modules" -p "(hd0,msdos1)/" -o "$before.core" \
  biosdisk part_msdos fat ext2 normal linux loadenv test echo serial terminal reboot configfile
cat "$modules/boot.img" "$before.core" >"$before"
rm -f "$before.core"
[ "$(wc -c <"$before")" -lt 1048576 ] || { echo "grub: the boot loader is larger than the room before the first partition" >&2; exit 1; }
