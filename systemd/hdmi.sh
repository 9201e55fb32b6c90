#!/bin/sh
# Gives an HDMI bridge its EDID and takes the timings that come in; on a Pi 5 also links the CSI receiver's pads. Run again on a source change.
# usage: systemd/hdmi.sh [DEVICE [PAD]]      without DEVICE: /dev/tuffier-video and every v4l-subdev that takes an EDID; PAD: 0
set -eu
pad=${2:-0}
edid=$(dirname "$0")/hdmi-edid.hex
command -v v4l2-ctl >/dev/null || { echo "hdmi: no v4l2-ctl: sudo apt install v4l-utils" >&2; exit 1; }

found=""
for node in ${1:-/dev/tuffier-video /dev/v4l-subdev*}; do
  [ -e "$node" ] || continue
  # a bridge that has no EDID yet answers "No data available", and is the one that needs it most
  said=$(v4l2-ctl --device "$node" --get-edid="pad=$pad" 2>&1) || case $said in *"No data available"*) ;; *) continue ;; esac
  # set again only where it differs: a new EDID makes the scanner blink
  have=$(v4l2-ctl --device "$node" --get-edid="pad=$pad,format=hex" 2>/dev/null | tr -dc '0-9a-f' || true)
  want=$(tr -dc '0-9a-f' <"$edid")
  case $have in
    *"$want"*) ;;
    *) v4l2-ctl --device "$node" --set-edid="pad=$pad,file=$edid,format=hex" >/dev/null && echo "hdmi: $node has its EDID" ;;
  esac
  found=$node
  if v4l2-ctl --device "$node" --set-dv-bt-timings query 2>/dev/null; then
    v4l2-ctl --device "$node" --get-dv-timings | sed -n 's/^[[:space:]]*\(Active width\|Active height\): /hdmi: \1 /p'
  else
    echo "hdmi: $node: no signal yet; tuffier asks again by itself"
  fi
done
[ -n "$found" ] || { echo "hdmi: no bridge here"; exit 0; }

# Pi 5: the receiver gives frames only once its pads and links carry the bridge's format (Raspberry Pi's documentation of rp1-cfe).
for media in /dev/media*; do
  [ -e "$media" ] || continue
  command -v media-ctl >/dev/null || break
  topology=$(media-ctl -d "$media" -p 2>/dev/null || true)
  case $topology in *rp1-cfe*) ;; *) continue ;; esac
  bridge=$(printf '%s\n' "$topology" | sed -n 's/^- entity [0-9]*: \(tc358743 [^ ]*\) .*/\1/p' | head -n 1)
  [ -n "$bridge" ] || continue
  size=$(v4l2-ctl --device "$found" --get-dv-timings | sed -n 's/.*Active \(width\|height\): //p' | paste -sd x -)
  [ "$size" != 0x0 ] || size=1280x720
  # BGR888: UYVY ended in EPIPE on a Pi 5 (raspberrypi/linux 7523)
  media-ctl -d "$media" -V "'$bridge':0 [fmt:RGB888_1X24/$size field:none]"
  media-ctl -d "$media" -V "'csi2':0 [fmt:RGB888_1X24/$size field:none]"
  media-ctl -d "$media" -V "'csi2':4 [fmt:RGB888_1X24/$size field:none]"
  media-ctl -d "$media" -l "'csi2':4 -> 'rp1-cfe-csi2_ch0':0 [1]"
  echo "hdmi: $media linked at $size"
done
