#!/bin/sh
# Installs tuffier as the service of a board: versions side by side under /opt/tuffier, `current` a link to one of them. Units, rules and
# environment belong to the version: what stands in /etc are links through `current`, so that one rename switches all, and back.
# usage: systemd/install.sh [install|rollback|uninstall|settle] [options]
#   --dry-run     say everything, do nothing
#   --camera      for CSI cameras: picamera2 from apt, an environment that sees it, numpy left as apt has it
#   --uart        the device on GPIO 14 and 15: changes config.txt and cmdline.txt (a Pi 3 or 4 loses Bluetooth), in force after a restart
#   --wheels DIR  Python packages from a folder (systemd/wheels.sh fills one) instead of the network; their hashes are asked for all the same
#   --lock FILE   another list of packages and hashes than requirements.txt: a 32-bit board, whose wheels the site builds itself
#   --no-start    install only (an image being built)
#   --keep N      how many older versions stay (2)
#   --even-in-use restarts even while numbers are shown, or the bracket is armed, locked or parking: only where you have seen that nobody is guided
#   --purge       with uninstall: configuration, profiles and recordings go too
#   --root DIR    a tree other than /; nothing of the running system is touched
# Run again it changes only what differs. Two at once are kept apart. A version that does not become ready, or that has lost the source or the
# device which the one before it had, is taken back; /opt/tuffier/last-update says why. `settle` judges a trial that a power cut ended.
set -eu

source_root=$(cd "$(dirname "$0")/.." && pwd)
root="" dry="" camera="" uart="" wheels="" lock="" start=yes purge="" even_in_use="" keep=2 action=install
ready_s=${TUFFIER_READY_S:-40} settle_s=${TUFFIER_SETTLE_S:-20} hold_s=${TUFFIER_HOLD_S:-3} quiet_s=${TUFFIER_QUIET_S:-5}

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
    install | rollback | uninstall | settle) action=$1 ;;
    --dry-run) dry=yes ;;
    --camera) camera=yes ;;
    --uart) uart=yes ;;
    --no-start) start="" ;;
    --purge) purge=yes ;;
    --even-in-use) even_in_use=yes ;;
    --wheels) wheels=$(cd "${2:?--wheels needs a folder}" && pwd); shift ;;
    --lock) lock=$(realpath "${2:?--lock needs a file}"); shift ;;
    --keep) keep=${2:?--keep needs a number}; shift ;;
    --root) root=${2:?--root needs a folder}; shift ;;
    --help | -h) sed -n '2,17s/^# \{0,1\}//p' "$0"; exit 0 ;;
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
tuffier-page.service:etc/systemd/system/tuffier-page.service
tuffier-hdmi.service:etc/systemd/system/tuffier-hdmi.service
tuffier-record.service:etc/systemd/system/tuffier-record.service
tuffier-replay.service:etc/systemd/system/tuffier-replay.service
tuffier-trial.service:etc/systemd/system/tuffier-trial.service
watchdog.conf:etc/systemd/system.conf.d/50-tuffier-watchdog.conf
tuffier.sysusers:etc/sysusers.d/tuffier.conf
tuffier.tmpfiles:etc/tmpfiles.d/tuffier.conf
70-tuffier.rules:etc/udev/rules.d/70-tuffier.rules"
ENABLED="tuffier.service tuffier-page.service tuffier-hdmi.service tuffier-trial.service"

manager() { [ -z "$systemctl" ] || "$systemctl" "$@"; }
quietly() { "$@" >/dev/null 2>&1 || true; }

# put FILE TARGET MODE: whole and on disk, or not at all; nothing where it is the same
put() {
  if cmp -s "$1" "$2"; then return 0; fi
  run "writes $2" put_now "$1" "$2" "$3"
}
put_now() {
  mkdir -p "$(dirname "$2")"
  cp "$1" "$2.tuffier-new"
  chmod "$3" "$2.tuffier-new"
  sync "$2.tuffier-new" 2>/dev/null || sync
  mv -f "$2.tuffier-new" "$2"
}

link() { # link TARGET NAME: the old or the new link at any moment; nothing where it is the same
  if [ "$(readlink "$2" 2>/dev/null || true)" = "$1" ]; then return 0; fi
  run "links $2" link_now "$1" "$2"
}
link_now() {
  mkdir -p "$(dirname "$2")"
  ln -sfn "$1" "$2.tuffier-new"
  mv -Tf "$2.tuffier-new" "$2"
}

point() { # point VERSION: `current` is the old or the new version at any moment, and all that belongs to it goes with it
  sync
  link_now "versions/$1" "$opt/current"
  sync
}

alone() { # from here on no other installer is at work; the lock ends with the process, however it ends
  [ -z "$dry" ] || return 0
  mkdir -p "$opt"
  exec 9>"$opt/.lock"
  flock -n 9 || fail "another installer is at work: wait for its end, then run this again" 1
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
  # every file by its hash; nothing is built from source but this checkout itself, by a setuptools that came by its hash too
  pip_of "$1" --require-hashes --only-binary :all: ${wheels:+--no-index --find-links "$wheels"} -r "${lock:-$source_root/systemd/requirements${camera:+-camera}.txt}" || return 1
  pip_of "$1" --no-index --no-build-isolation "$source_root" || return 1
  cp -R "$source_root/systemd" "$1/systemd" || return 1
  "$1/venv/bin/python" -m compileall -q "$1/venv/lib" >/dev/null 2>&1 || true
  sync
  touch "$1/.complete" && sync
}

pip_of() { # pip_of VERSION_FOLDER OPTIONS...: the lists are complete, so that pip looks for nothing more
  where=$1; shift
  "$where/venv/bin/python" -m pip install -q --disable-pip-version-check --no-cache-dir --no-deps "$@"
}

tried() { # the new version plays its own recording before anything points to it
  [ -z "$dry" ] || { say "would: try the version on its own recording"; return 0; }
  # its black box is of no board's life: it stayed in root's home, in an image too
  thrown=$(mktemp -d) plays=yes
  HOME=${HOME:-/root} XDG_STATE_HOME=$thrown timeout 300 "$opt/versions/$1/venv/bin/tuffier" run --source recording:demonstration --device none: --once >/dev/null 2>"$opt/tried.log" || plays=""
  rm -rf "$thrown"
  [ -z "$plays" ] || return 0
  say "version $1 cannot play its own recording:"; sed 's/^/  /' "$opt/tried.log" >&2
  return 1
}

# What the running service has, by its own words: "source" where frames are answered, "device" where the device answers.
has() {
  case $1 in *ActiveState=active*) case $1 in *"; 0 frames/s"* | *"waiting for the source"*) ;; *"frames/s"*) printf 'source ' ;; esac ;; esac
  case $1 in *"; device connected"*) printf 'device ' ;; esac
}
state() { manager show tuffier.service --property=ActiveState,StatusText,NRestarts 2>/dev/null || true; }

# in_use STATE: why nothing may be restarted now, nothing where nobody is guided: the rules of edge/update/in_use.py
in_use() {
  device=""
  case $1 in *"; device connected"*) device=${1#*"; device connected"} device=connected${device%%;*} ;; esac
  case $1 in
    *ActiveState=inactive* | *ActiveState=failed*) return 0 ;;
    *ActiveState=*) ;;
    *) echo "the service manager says nothing of the main job"; return 0 ;;
  esac
  case $1 in *"StatusText=pointing;"*) echo "numbers are shown"; return 0 ;; esac
  case $device in
    *", shows digits"*) echo "numbers are shown" ;;
    "" | *", bracket disarmed"*) ;;
    *", bracket "*) device=${device#*, bracket }; echo "the bracket is ${device%%[!a-z]*}" ;;
    *) echo "the device does not say how its bracket stands" ;;
  esac
}

used() { # why it is in use, or nothing after quiet_s looks that were all free: numbers come and go while a probe is held
  looked=0
  while [ "$looked" -lt "$quiet_s" ]; do
    found=$(in_use "$(state)")
    [ -z "$found" ] || { echo "$found"; return 0; }
    looked=$((looked + 1))
    [ "$looked" -ge "$quiet_s" ] || sleep 1
  done
}

asked() { # the main job is not taken from somebody who is guided
  [ -z "$dry$even_in_use" ] && [ -n "$start" ] && [ -n "$(current)" ] || return 0
  found=$(used)
  [ -z "$found" ] ||
    fail "$found: nothing was switched. End the procedure, hold LOCK for a second where the bracket is locked, then run it again; or --even-in-use, if you have seen that nobody is guided" 1
}

await_free() { # what must go back by itself waits instead, however long
  told=""
  while [ -z "$even_in_use" ] && found=$(used) && [ -n "$found" ]; do
    [ "$found" = "$told" ] || say "the restart waits: $found"
    told=$found
    sleep 1
  done
}

lacks() { # lacks NEEDED STATE: what of the needed is not there
  there=$(has "$2")
  for need in $1; do case " $there " in *" $need "*) ;; *) printf '%s ' "$need" ;; esac; done
}

# ready NEEDED: its first frame is answered, and source and device are there where they were; or it waits for a source that was not there before
# either; and all that for hold_s, so that one lucky frame does not count. Else `why` says what is wrong.
ready() {
  waited=0 good=0 why="it does not start"
  while [ "$waited" -lt "$ready_s" ]; do
    state=$(state)
    missing=$(lacks "$1" "$state")
    case $state in
      *ActiveState=failed*) return 1 ;;
      *ActiveState=active*)
        if [ -z "$missing" ] && [ "$good" -ge "$hold_s" ]; then return 0; fi
        good=$((good + 1))
        [ -z "$missing" ] || { good=0 why="it has lost the ${missing% }"; } ;;
      *"waiting for the source"*)
        good=0 why="it waits for a source that was there before"
        if [ "$waited" -ge 3 ] && [ -z "$missing" ]; then case $state in *NRestarts=0*) say "up, and waiting for its source"; return 0 ;; esac; fi ;;
      *) good=0 ;;
    esac
    sleep 1
    waited=$((waited + 1))
  done
  return 1
}

restart() { # restart NEEDED: with user, folders, rules and units of the version that `current` points to
  apply
  manager daemon-reload
  quietly manager reset-failed tuffier.service
  # first: the main job finds its group's socket, and does not wait for it
  quietly manager restart --no-block tuffier-page.service
  manager restart --no-block tuffier.service
  ready "$1"
}

note() { # note TEXT: what became of the last update, for whoever looks later; `tuffier report` packs it
  say "$1"
  echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $1" >"$opt/last-update.new"
  mv -f "$opt/last-update.new" "$opt/last-update"
}

switch() { # switch VERSION: points to it, starts it, and takes it back where it does not become ready
  before=$(current)
  if [ "$before" = "$1" ] && [ ! -e "$opt/versions/$1/.trial" ]; then
    say "version $1 is current, nothing to do"
    return 0
  fi
  if [ -n "$dry" ]; then run "points $opt/current to $1" true; return 0; fi
  [ "$before" = "$1" ] || remember "$1" "$before"
  run "points $opt/current to $1" point "$1"
  if [ -z "$start" ]; then apply; return 0; fi
  judge "$1" restart
}

remember() { # remember VERSION BEFORE: in the version itself, before anything points to it, so that the switch stays one step
  if [ -n "$2" ]; then echo "$2" >"$opt/versions/$1/.before"; fi
  if [ -n "$start" ]; then demanded >"$opt/versions/$1/.trial"; fi
}

# What the main job has once it has settled: all of it at once, less once that stood for settle_s. One that just starts, or starts again and again, tells
# nothing: then what it last told counts. edge/update/trial.py holds the same rule.
demanded() {
  waited=0 stood=0 had=""
  while [ "$waited" -lt "$ready_s" ]; do
    now=$(state)
    case $now in
      *"waiting for the source: no frame yet"*) found=untold ;;
      *ActiveState=active* | *ActiveState=activating*"waiting for the source"*) found="tells $(has "$now")" ;;
      *ActiveState=activating*) found=untold ;;
      *) break ;; # stopped, or it never ran
    esac
    if [ "$found" = "$had" ]; then stood=$((stood + 1)); else had=$found stood=0; fi
    if [ "$found" = "tells source device " ] || { [ "$found" != untold ] && [ "$stood" -ge "$settle_s" ]; }; then
      echo "${found#tells }" >"$opt/had.new"
      mv -f "$opt/had.new" "$opt/had"
      break
    fi
    waited=$((waited + 1))
    sleep 1
  done
  cat "$opt/had" 2>/dev/null || true
}

judge() { # judge VERSION restart|ready: the trial's end
  needed=$(cat "$opt/versions/$1/.trial" 2>/dev/null || true)
  if "$2" "$needed"; then
    rm -f "$opt/versions/$1/.trial"
    note "version $1 is ready${needed:+, with }$needed"
    return 0
  fi
  back=$(earlier "$1")
  [ -n "$back" ] || rm -f "$opt/versions/$1/.trial"
  [ -n "$back" ] || fail "version $1 does not become ready ($why): journalctl -u tuffier tells why, tuffier doctor the cure" 1
  say "version $1 does not become ready within $ready_s s ($why): back to $back"
  lost=$why
  await_free
  rm -f "$opt/versions/$back/.trial"
  point "$back"
  rm -f "$opt/versions/$1/.trial"
  restart "" || true
  note "took $1 back: $lost"
  fail "took $1 back ($lost); it stays in $opt/versions for a look: journalctl -u tuffier" 1
}

earlier() { # earlier VERSION: the whole version that stood before it; nothing where there is none
  found=$(cat "$opt/versions/$1/.before" 2>/dev/null || readlink "$opt/previous" 2>/dev/null | sed 's|^versions/||' || true)
  if [ -n "$found" ] && [ "$found" != "$1" ] && [ -e "$opt/versions/$found/.complete" ]; then echo "$found"; fi
}

settle() {
  now=$(current)
  [ -e "$opt/versions/$now/.trial" ] || return 0
  say "the trial of version $now was cut short: it is judged now"
  apply
  judge "$now" ready
}

tidy() { # older versions go; the current one and the one before it stay
  now=$(current); before=$(earlier "$now")
  # shellcheck disable=SC2010,SC2012  # names of our own, newest first
  ls -1t "$opt/versions" 2>/dev/null | grep -vxF -e "$now" -e "${before:-$now}" | tail -n "+$((keep + 1))" | while read -r old; do
    run "removes version $old" drop "$opt/versions/$old"
  done
}
drop() { rm -f "$1/.complete" && rm -rf "$1"; } # its mark first: half of a version is none

links() { # the same for every version: what they lead to is the version's
  echo "$FILES" | while IFS=: read -r from to; do link "/opt/tuffier/current/systemd/$from" "$root/$to"; done
  for unit in $ENABLED; do link "../$unit" "$root/etc/systemd/system/multi-user.target.wants/$unit"; done
  link /opt/tuffier/current/venv/bin/tuffier "$root/usr/local/bin/tuffier"
}

apply() { # user, folders, rules, units: told to the running system
  [ -z "$root" ] || return 0
  run "makes user and folders" apply_users
  run "reads the udev rules" quietly udevadm_again
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
  alone
  packages
  build "$version"
  tried "$version" || fail "nothing was switched" 1
  [ "$(current)" = "$version" ] && [ ! -e "$opt/versions/$version/.trial" ] || asked
  # settings are the board's, not the version's: written once, never again
  if [ ! -e "$root/etc/tuffier/tuffier.toml" ]; then put "$source_root/systemd/tuffier.toml" "$root/etc/tuffier/tuffier.toml" 644; fi
  links
  [ -z "$uart" ] || set_uart
  switch "$version"
  tidy
}

rollback() {
  alone
  back=$(earlier "$(current)")
  [ -n "$back" ] || fail "there is no earlier version to go back to" 1
  asked
  switch "$back"
}

uninstall() {
  alone
  asked
  run "stops the services" quietly manager disable --now tuffier.service tuffier-page.service tuffier-hdmi.service tuffier-trial.service tuffier-record.service tuffier-replay.service
  find "$root/etc" "$root/usr/local/bin" -type l 2>/dev/null | while read -r found; do
    case $(readlink "$found") in
      /opt/tuffier/current/* | ../tuffier.service | ../tuffier-*.service) run "removes $found" rm -f "$found" ;;
    esac
  done
  unset_uart
  run "removes $opt" rm -rf "$opt"
  if [ -n "$purge" ]; then run "removes configuration, profiles and recordings" rm -rf "$root/etc/tuffier" "$root/var/lib/tuffier" "$root/var/lib/tuffier-page"; else
    say "configuration (/etc/tuffier) and recordings (/var/lib/tuffier) stay; --purge removes them"
  fi
  quietly manager daemon-reload
}

case $action in settle) [ -e "$opt/current" ] || exit 0; alone ;; esac
"$action"
