#!/bin/sh
# Installs tuffier as the service of a board: versions side by side under /opt/tuffier, `current` a link to one of them.
# usage: systemd/install.sh [install|rollback|uninstall] [options]
#   --dry-run     say everything, do nothing
#   --camera      for CSI cameras: picamera2 from apt, an environment that sees it, numpy left as apt has it
#   --uart        the device on GPIO 14 and 15: changes config.txt and cmdline.txt (a Pi 3 or 4 loses Bluetooth), in force after a restart
#   --wheels DIR  Python packages from a folder instead of the network
#   --no-start    install only (an image being built)
#   --keep N      how many older versions stay (2)
#   --purge       with uninstall: configuration, profiles and recordings go too
#   --root DIR    a tree other than /; nothing of the running system is touched
# Run again it changes only what differs. A version that does not become ready is taken back.
set -eu

source_root=$(cd "$(dirname "$0")/.." && pwd)
root="" dry="" camera="" uart="" wheels="" start=yes purge="" keep=2 action=install
ready_s=${TUFFIER_READY_S:-40}

say() { echo "install: $1"; }
fail() { echo "install: $1" >&2; exit "${2:-2}"; }
# run WHAT COMMAND...: says what, and does it unless --dry-run
run() {
  what=$1; shift
  if [ -n "$dry" ]; then say "would: $what"; return 0; fi
  say "$what"
  "$@"
}

while [ $# -gt 0 ]; do
  case $1 in
    install | rollback | uninstall) action=$1 ;;
    --dry-run) dry=yes ;;
    --camera) camera=yes ;;
    --uart) uart=yes ;;
    --no-start) start="" ;;
    --purge) purge=yes ;;
    --wheels) wheels=$(cd "${2:?--wheels needs a folder}" && pwd); shift ;;
    --keep) keep=${2:?--keep needs a number}; shift ;;
    --root) root=${2:?--root needs a folder}; shift ;;
    --help | -h) sed -n '2,13s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) fail "unknown word $1: see --help" ;;
  esac
  shift
done

# another tree is not this machine: its service manager is not asked (tests name their own)
if [ -n "$root" ] && [ -z "${TUFFIER_SYSTEMCTL:-}" ]; then start="" systemctl=""; else systemctl=${TUFFIER_SYSTEMCTL:-systemctl}; fi
[ -n "$dry$root" ] || [ "$(id -u)" -eq 0 ] || fail "as root: sudo sh systemd/install.sh"

opt=$root/opt/tuffier
python=${TUFFIER_PYTHON:-python3}
FILES="tuffier.service:etc/systemd/system/tuffier.service
tuffier-hdmi.service:etc/systemd/system/tuffier-hdmi.service
tuffier-record.service:etc/systemd/system/tuffier-record.service
tuffier-replay.service:etc/systemd/system/tuffier-replay.service
watchdog.conf:etc/systemd/system.conf.d/50-tuffier-watchdog.conf
tuffier.sysusers:etc/sysusers.d/tuffier.conf
tuffier.tmpfiles:etc/tmpfiles.d/tuffier.conf
70-tuffier.rules:etc/udev/rules.d/70-tuffier.rules"

manager() { [ -z "$systemctl" ] || "$systemctl" "$@"; }
quietly() { "$@" >/dev/null 2>&1 || true; }

# put FILE TARGET MODE: whole and on disk, or not at all; nothing where it is the same
put() {
  if cmp -s "$1" "$2"; then return 0; fi
  changed=yes
  run "writes $2" put_now "$1" "$2" "$3"
}
put_now() {
  mkdir -p "$(dirname "$2")"
  cp "$1" "$2.tuffier-new"
  chmod "$3" "$2.tuffier-new"
  sync "$2.tuffier-new" 2>/dev/null || sync
  mv -f "$2.tuffier-new" "$2"
}

point() { # point TARGET: `current` is the old or the new version at any moment
  ln -sfn "versions/$1" "$opt/current.new"
  mv -Tf "$opt/current.new" "$opt/current"
  sync
}

current() { readlink "$opt/current" 2>/dev/null | sed 's|^versions/||' || true; }

version_of() { # the version's number and a sum over what would be installed: another checkout is another version
  number=$(sed -n 's/^version = "\(.*\)"/\1/p' "$source_root/pyproject.toml" | head -n 1)
  sum=$(cd "$source_root" && find edge firmware_bridge models systemd pyproject.toml -type f ! -name '*.pyc' ! -path 'models/training/*' |
    LC_ALL=C sort | tr '\n' '\0' | xargs -0 cksum | cksum | cut -d' ' -f1)
  echo "$number-$sum${camera:+-camera}"
}

packages() {
  [ -z "$root" ] || return 0
  command -v dpkg-query >/dev/null || return 0
  missing=""
  for package in python3-venv v4l-utils ${camera:+python3-picamera2}; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  run "apt installs$missing" apt_now "$missing" || fail "apt could not install:$missing"
}
apt_now() {
  apt-get update -qq || true
  # shellcheck disable=SC2086  # a list of names
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $1 >/dev/null
}

build() { # build VERSION: the marker comes last, so that a version cut short is built again
  target=$opt/versions/$1
  if [ -e "$target/.complete" ]; then say "version $1 is there"; return 0; fi
  run "builds $target" build_now "$target" || { rm -rf "$target"; fail "the environment could not be built: is the network there? Nothing else was changed; run it again" 1; }
}
build_now() {
  rm -rf "$1" && mkdir -p "$1" || return 1
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { say "$python is older than 3.11"; return 1; }
  "$python" -m venv ${camera:+--system-site-packages} "$1/venv" || return 1
  constraints=$source_root/systemd/constraints${camera:+-camera}.txt
  "$1/venv/bin/python" -m pip install -q --disable-pip-version-check --no-cache-dir -c "$constraints" ${wheels:+--no-index --find-links "$wheels"} \
    "$source_root" || return 1
  cp -R "$source_root/systemd" "$1/systemd" || return 1
  "$1/venv/bin/python" -m compileall -q "$1/venv/lib" >/dev/null 2>&1 || true
  sync
  touch "$1/.complete" && sync
}

tried() { # the new version plays its own recording before anything points to it
  [ -z "$dry" ] || { say "would: try the version on its own recording"; return 0; }
  HOME=${HOME:-/root} timeout 120 "$opt/versions/$1/venv/bin/tuffier" run --source recording:demonstration --device none: --once >/dev/null 2>"$opt/tried.log" && return 0
  say "version $1 cannot play its own recording:"; sed 's/^/  /' "$opt/tried.log" >&2
  return 1
}

# ready: active, or up and waiting for a source that is not there yet
ready() {
  waited=0
  while [ "$waited" -lt "$ready_s" ]; do
    state=$(manager show tuffier.service --property=ActiveState,StatusText,NRestarts 2>/dev/null || true)
    case $state in *ActiveState=active*) return 0 ;; *ActiveState=failed*) return 1 ;; esac
    if [ "$waited" -ge 3 ]; then
      case $state in *NRestarts=0*"waiting for the source"* | *"waiting for the source"*NRestarts=0*) say "up, and waiting for its source"; return 0 ;; esac
    fi
    sleep 1
    waited=$((waited + 1))
  done
  return 1
}

restart() {
  manager daemon-reload
  quietly manager reset-failed tuffier.service
  manager restart --no-block tuffier.service
  ready
}

switch() { # switch VERSION: points to it, starts it, and takes it back where it does not become ready
  before=$(current)
  if [ "$before" = "$1" ] && [ -z "$changed" ]; then
    say "version $1 is current, nothing to do"
    return 0
  fi
  run "points $opt/current to $1" point "$1"
  if [ -z "$start" ] || [ -n "$dry" ]; then return 0; fi
  if restart; then
    [ -z "$before" ] || [ "$before" = "$1" ] || ln -sfn "versions/$before" "$opt/previous"
    say "version $1 is ready"
    return 0
  fi
  if [ -z "$before" ] || [ "$before" = "$1" ]; then
    fail "version $1 does not become ready: journalctl -u tuffier tells why, tuffier doctor the cure" 1
  fi
  say "version $1 does not become ready within $ready_s s: back to $before"
  point "$before"
  restart || true
  fail "took $1 back; it stays in $opt/versions for a look: journalctl -u tuffier" 1
}

tidy() { # older versions go; the current and the previous one stay
  now=$(current); earlier=$(readlink "$opt/previous" 2>/dev/null | sed 's|^versions/||' || true)
  # shellcheck disable=SC2010,SC2012  # names of our own, newest first
  ls -1t "$opt/versions" 2>/dev/null | grep -vxF -e "$now" -e "${earlier:-$now}" | tail -n "+$((keep + 1))" | while read -r old; do
    run "removes version $old" rm -rf "$opt/versions/$old"
  done
}

system_files() {
  echo "$FILES" | while IFS=: read -r from to; do
    changed=""
    put "$source_root/systemd/$from" "$root/$to" 644
    [ -z "$changed" ] || echo changed >"$flag"
  done
  if [ ! -e "$root/etc/tuffier/tuffier.toml" ]; then put "$source_root/systemd/tuffier.toml" "$root/etc/tuffier/tuffier.toml" 644; fi
  if [ ! -e "$root/usr/local/bin/tuffier" ]; then run "links /usr/local/bin/tuffier" link_command; fi
}
link_command() { mkdir -p "$root/usr/local/bin" && ln -sfn /opt/tuffier/current/venv/bin/tuffier "$root/usr/local/bin/tuffier"; }

apply() { # user, folders, rules, units: told to the running system
  [ -z "$root" ] || return 0
  run "makes user and folders" apply_users
  run "reads the udev rules" quietly udevadm_again
  run "enables the services" quietly manager enable tuffier.service tuffier-hdmi.service
}
apply_users() {
  systemd-sysusers "$root/etc/sysusers.d/tuffier.conf"
  systemd-tmpfiles --create "$root/etc/tmpfiles.d/tuffier.conf"
}
udevadm_again() { udevadm control --reload && udevadm trigger --subsystem-match=video4linux --subsystem-match=tty; }

# UART: what each Pi needs for the device on GPIO 14 and 15

boot_folder() { if [ -e "$root/boot/firmware/config.txt" ]; then echo "$root/boot/firmware"; else echo "$root/boot"; fi; }

uart_lines() { # for this model; nothing for another board
  case $(tr -d '\0' <"$root/proc/device-tree/model" 2>/dev/null || true) in
    *"Raspberry Pi 5"* | *"Compute Module 5"*) # and the 500
      echo "dtparam=uart0=on" ;;
    *"Raspberry Pi 3"* | *"Raspberry Pi 4"* | *"Raspberry Pi Zero 2"* | *"Compute Module 3"* | *"Compute Module 4"*)
      printf 'enable_uart=1\ndtoverlay=disable-bt\n' ;;
    *"Raspberry Pi"*) echo "enable_uart=1" ;;
  esac
}

set_uart() {
  lines=$(uart_lines)
  boot=$(boot_folder)
  [ -e "$boot/config.txt" ] || fail "--uart: no config.txt in $boot"
  case $lines in *disable-bt*) say "note: GPIO 14 and 15 get the good UART, which Bluetooth has now: BLUETOOTH WILL BE OFF after the next start" ;; esac
  scratch=$(mktemp -d)
  { without_ours "$boot/config.txt"; printf '# tuffier begin: the device on GPIO 14 and 15\n[all]\n%s\n# tuffier end\n' "$lines"; } >"$scratch/config.txt"
  [ -e "$boot/config.txt.before-tuffier" ] || put "$boot/config.txt" "$boot/config.txt.before-tuffier" 644
  put "$scratch/config.txt" "$boot/config.txt" 644
  if [ -e "$boot/cmdline.txt" ] && grep -qE 'console=(serial0|ttyAMA0|ttyS0)' "$boot/cmdline.txt"; then
    say "note: the kernel's console leaves the UART"
    [ -e "$boot/cmdline.txt.before-tuffier" ] || put "$boot/cmdline.txt" "$boot/cmdline.txt.before-tuffier" 644
    sed -E 's/(^| )console=(serial0|ttyAMA0|ttyS0)(,[0-9a-z]+)?//g; s/^ +//' "$boot/cmdline.txt" >"$scratch/cmdline.txt"
    put "$scratch/cmdline.txt" "$boot/cmdline.txt" 644
  fi
  echo 'SUBSYSTEM=="tty", KERNEL=="ttyAMA0", SYMLINK+="tuffier-device", OPTIONS+="link_priority=5", TAG+="systemd"' >"$scratch/rule"
  put "$scratch/rule" "$root/etc/udev/rules.d/71-tuffier-uart.rules" 644
  run "masks the login on the UART" quietly manager mask serial-getty@ttyAMA0.service serial-getty@ttyS0.service
  case $lines in *disable-bt*) run "disables hciuart" quietly manager disable hciuart.service ;; esac
  rm -rf "$scratch"
  say "the UART is set after the next start: sudo reboot"
}
without_ours() { sed '/^# tuffier begin/,/^# tuffier end/d' "$1"; }

unset_uart() {
  boot=$(boot_folder)
  if [ -e "$boot/config.txt" ] && grep -q '^# tuffier begin' "$boot/config.txt"; then
    scratch=$(mktemp -d)
    without_ours "$boot/config.txt" >"$scratch/config.txt"
    put "$scratch/config.txt" "$boot/config.txt" 644
    rm -rf "$scratch"
  fi
  if [ -e "$boot/cmdline.txt.before-tuffier" ]; then put "$boot/cmdline.txt.before-tuffier" "$boot/cmdline.txt" 644; fi
  run "removes the UART's rule and backups" rm -f "$root/etc/udev/rules.d/71-tuffier-uart.rules" "$boot/config.txt.before-tuffier" "$boot/cmdline.txt.before-tuffier"
  run "gives the login on the UART back" quietly manager unmask serial-getty@ttyAMA0.service serial-getty@ttyS0.service
}

install() {
  version=$(version_of)
  say "version $version"
  [ -z "$uart" ] || [ -n "$(uart_lines)" ] || fail "--uart: this is no Raspberry Pi that install.sh knows; a USB serial port needs no setting"
  packages
  build "$version"
  tried "$version" || fail "nothing was switched" 1
  flag=$(mktemp); system_files; changed=$(cat "$flag"); rm -f "$flag"
  [ -z "$uart" ] || set_uart
  apply
  switch "$version"
  tidy
}

rollback() {
  earlier=$(readlink "$opt/previous" 2>/dev/null | sed 's|^versions/||' || true)
  if [ -z "$earlier" ] || [ ! -e "$opt/versions/$earlier/.complete" ]; then fail "there is no earlier version to go back to" 1; fi
  changed=yes
  switch "$earlier"
}

uninstall() {
  run "stops the services" quietly manager disable --now tuffier.service tuffier-hdmi.service tuffier-record.service tuffier-replay.service
  echo "$FILES" | while IFS=: read -r _ to; do
    [ ! -e "$root/$to" ] || run "removes $root/$to" rm -f "$root/$to"
  done
  unset_uart
  run "removes $opt" rm -rf "$opt" "$root/usr/local/bin/tuffier"
  if [ -n "$purge" ]; then run "removes configuration, profiles and recordings" rm -rf "$root/etc/tuffier" "$root/var/lib/tuffier"; else
    say "configuration (/etc/tuffier) and recordings (/var/lib/tuffier) stay; --purge removes them"
  fi
  quietly manager daemon-reload
}

"$action"
