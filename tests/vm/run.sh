#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Boots the virtual machine with the real bluetoothd and two virtual controllers, and runs all test
# programs in it, or those named, or a shell:
#
#         tests/vm/run.sh [--shell] [NAME]...
#
# Installs what is missing and builds first. Prints TAP; README.md tells the rest.

set -eu

source=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-$source/build}
options=

for argument; do
    case $argument in
    --shell) options="$options --shell" ;;
    --help)
        sed -n '4,9s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
    -*)
        echo "run.sh: $argument: no such option; see --help" >&2
        exit 2
        ;;
    *) options="$options --only=$argument" ;;
    esac
done

"$source/tools/install-dependencies.sh" build test
if [ ! -f "$build/build.ninja" ]; then
    meson setup "$build" "$source" >&2
fi
ninja -C "$build" --quiet >&2

# shellcheck disable=SC2086 # a list of words
exec /usr/bin/python3 "$source/tests/vm/run-guest.py" $options "$build"
