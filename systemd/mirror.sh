#!/bin/sh
# Prints the address of the Debian archive that this machine's apt uses: the mirror where none is named.
set -eu
# shellcheck disable=SC2016  # apt's own fields, not the shell's
found=$(apt-get indextargets --format '$(LABEL)|$(COMPONENT)|$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | sed -n 's/^Debian|main|//p' | head -n 1)
[ -n "$found" ] || { echo "mirror: apt knows no Debian archive here: say --mirror URL, or run apt-get update first" >&2; exit 2; }
echo "${found%/}"
