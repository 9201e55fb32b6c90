#!/bin/sh
# Makes a signed update for boards with two slots: a RAUC bundle of a root file system. `tuffier update` takes it.
# usage: systemd/bundle.sh --image ROOT.ext4 [--boot BOOT.vfat] --compatible NAME --version V --key KEY --certificate CERTIFICATE --output FILE.raucb
# NAME is what the board's system.conf says (systemd/image/slots.sh): a bundle for another kind of board is refused. KEY and CERTIFICATE: systemd/sign.sh.
# BOOT.vfat: a Pi's, whose slots have a boot partition each (systemd/image.sh writes it beside ROOT.ext4).
# Format: plain. RAUC checks the signature over all of it before it writes, and streams nothing. Needs: rauc squashfs-tools openssl
set -eu
here=$(cd "$(dirname "$0")" && pwd)
image="" boot="" compatible="" version="" key="" certificate="" output=""
while [ $# -gt 0 ]; do
  case $1 in
    --image) image=$(realpath "$2") ;;
    --boot) boot=$(realpath "$2") ;;
    --compatible) compatible=$2 ;;
    --version) version=$2 ;;
    --key) key=$(realpath "$2") ;;
    --certificate) certificate=$(realpath "$2") ;;
    --output) output=$(realpath -m "$2") ;;
    *) sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
  shift 2
done
for needed in "$image" "$compatible" "$version" "$key" "$certificate" "$output"; do
  [ -n "$needed" ] || { echo "bundle: something is not said: see the first lines of $0" >&2; exit 2; }
done
work=$(mktemp -d "${TMPDIR:-/var/tmp}/tuffier-bundle.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/content"
# RAUC writes an ext4 image as it is where the slot is `raw`, so that nothing of the old slot's file system stays
ln "$image" "$work/content/root.img" 2>/dev/null || cp "$image" "$work/content/root.img"
cat >"$work/content/manifest.raucm" <<MANIFEST
[update]
compatible=$compatible
version=$version

[bundle]
format=plain

[image.rootfs]
filename=root.img
MANIFEST
if [ -n "$boot" ]; then
  cp "$boot" "$work/content/boot.img"
  cp "$here/image/cmdline.sh" "$work/content/cmdline.sh"
  chmod 755 "$work/content/cmdline.sh"
  printf '\n[hooks]\nfilename=cmdline.sh\n\n[image.boot]\nfilename=boot.img\nhooks=post-install\n' >>"$work/content/manifest.raucm"
fi
rm -f "$output"
rauc --cert="$certificate" --key="$key" --mksquashfs-args="-comp zstd -Xcompression-level 6" bundle "$work/content" "$output" >/dev/null 2>"$work/said" || { cat "$work/said" >&2; exit 1; }
echo "bundle: $output, version $version for $compatible ($(du -m "$output" | cut -f1) MB)"
