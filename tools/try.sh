#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Registers and signs in, all on this machine: installs what is missing, builds, and runs
# "hybridctl demo" with the arguments given (--help lists them).

set -eu

source=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$source/build}

"$source/tools/install-dependencies.sh" build

if [ ! -f "$build/build.ninja" ]; then
    echo "Setting up $build" >&2
    meson setup "$build" "$source" -Dtests=false >"${build}.log" 2>&1 || {
        cat "${build}.log" >&2
        exit 1
    }
    rm -f "${build}.log"
fi
echo "Building" >&2
ninja -C "$build" --quiet

exec "$build/tools/hybridctl/hybridctl" demo "$@"
