#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Runs all test suites, or those named:
#
#         tests/run.sh [--sanitize] [--list] [SUITE]...
#
# Installs what is missing, builds, tests, and ends with a line "N passed, N failed, N skipped".
# --sanitize builds with AddressSanitizer and UndefinedBehaviorSanitizer. What is skipped says why.

set -eu

source=$(cd "$(dirname "$0")/.." && pwd)
sanitize=
list=
suites=

for argument; do
    case $argument in
    --sanitize) sanitize=yes ;;
    --list) list=yes ;;
    --help)
        sed -n '4,9s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
    -*)
        echo "run.sh: $argument: no such option; see --help" >&2
        exit 2
        ;;
    *) suites="$suites --suite=$argument" ;;
    esac
done

"$source/tools/install-dependencies.sh" build test

if [ -n "$sanitize" ]; then
    build=${BUILD:-$source/build-sanitize}
    options="-Db_sanitize=address,undefined"
    # A report is a failure, also where the process would go on.
    export ASAN_OPTIONS="abort_on_error=0:exitcode=99:detect_stack_use_after_return=1"
    export UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1:exitcode=99"
else
    build=${BUILD:-$source/build}
    options=
fi

if [ ! -f "$build/build.ninja" ]; then
    # shellcheck disable=SC2086 # a list of words
    meson setup "$build" "$source" $options >"${build}.log" 2>&1 || {
        cat "${build}.log" >&2
        exit 1
    }
    rm -f "${build}.log"
else
    meson configure "$build" -Dtests=true >/dev/null
fi
ninja -C "$build" --quiet >&2

if [ -n "$list" ]; then
    meson test -C "$build" --list 2>/dev/null | sed -n 's/^hybridd:\([a-z0-9]*\) .*/\1/p' | sort -u
    exit 0
fi

for suite in $suites; do
    if ! meson test -C "$build" --list 2>/dev/null | grep -q "^hybridd:${suite#--suite=} "; then
        echo "run.sh: ${suite#--suite=}: no such suite; see --list" >&2
        exit 2
    fi
done

# The summary is of this run, or of none.
rm -f "$build/meson-logs/testlog.junit.xml"
status=0
# shellcheck disable=SC2086 # a list of words
meson test -C "$build" --no-rebuild --print-errorlogs $suites || status=$?
/usr/bin/python3 "$source/tests/common/summary.py" "$build/meson-logs/testlog.junit.xml" || status=1
exit "$status"
