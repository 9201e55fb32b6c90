#!/bin/sh
# Writes a slot into its cmdline.txt, whose root and slot are not said yet: a Raspberry Pi's card. usage: cmdline.sh A|B FILE
# As RAUC's hook of a bundle (its reference, "Slot hooks"): cmdline.sh slot-post-install
set -eu
say() { sed "s/ root=ROOT rauc.slot=SLOT\$/ root=PARTUUID=74756666-0$2 rauc.slot=$1/" "$3" >"$3.new" && grep -q "rauc.slot=$1\$" "$3.new" && mv "$3.new" "$3"; }
written() { # written SLOT FILE
  case $1 in
    A) say A 5 "$2" ;;
    B) say B 6 "$2" ;;
    *) echo "cmdline: slot $1?" >&2; return 2 ;;
  esac
}
case $1 in
  slot-post-install)
    case $RAUC_SLOT_NAME in boot.0) slot=A ;; boot.1) slot=B ;; *) exit 0 ;; esac
    place=$(mktemp -d)
    mount "$RAUC_SLOT_DEVICE" "$place"
    written "$slot" "$place/cmdline.txt" && ok=0 || ok=1
    umount "$place" || ok=1
    rmdir "$place"
    exit "$ok" ;;
  *) written "$1" "$2" ;;
esac
