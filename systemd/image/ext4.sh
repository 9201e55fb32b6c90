#!/bin/sh
# Makes an ext4 file system of a folder, the same bytes each time: identity, hash seed and all times follow from SOURCE_DATE_EPOCH and the label.
# usage: SOURCE_DATE_EPOCH=SECONDS ext4.sh FILE SIZE_MB LABEL [FOLDER]      Times of FOLDER's files are set back to SOURCE_DATE_EPOCH where they are later.
# Needs: e2fsprogs
set -eu
file=${1:?usage: ext4.sh FILE SIZE_MB LABEL [FOLDER]} size_mb=${2:?} label=${3:?} folder=${4:-}
epoch=${SOURCE_DATE_EPOCH:?}
uuid=$(echo "$epoch $label" | sha256sum | sed -E 's/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/\1-\2-4\3-8\4-\5/')
rm -f "$file"
[ -z "$folder" ] || find "$folder" -newermt "@$epoch" -exec touch -h -d "@$epoch" {} +
mke2fs -q -t ext4 -L "$label" -U "$uuid" -E "hash_seed=$uuid,lazy_itable_init=0,lazy_journal_init=0" ${folder:+-d "$folder"} "$file" "${size_mb}M"
# mke2fs keeps when each file was touched on this machine: change, access, and the moments of its own making
commands=$(mktemp)
{
  echo "set_current_time @$epoch"
  # reserved ones, root and lost+found by number; the rest by name, hard links twice
  for node in '<1>' '<2>' '<7>' '<8>' '<11>'; do for time in atime mtime ctime crtime; do echo "set_inode_field $node $time @$epoch"; done; done
  [ -z "$folder" ] || find "$folder" -mindepth 1 -printf '"/%P"\n' | LC_ALL=C sort |
    awk -v t="@$epoch" '{ for (n = split("atime ctime crtime", times, " "); n; n--) print "set_inode_field", $0, times[n], t }'
  for time in mkfs_time lastcheck wtime; do echo "set_super_value $time @$epoch"; done
  echo 'close_filesys -a' # the copies of the superblock too
} >"$commands"
debugfs -w -f "$commands" "$file" >"$commands.said" 2>&1 || { cat "$commands.said" >&2; exit 1; }
rm -f "$commands" "$commands.said"
