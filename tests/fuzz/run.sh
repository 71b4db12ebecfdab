#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Runs every fuzz target, or those named, for some time each:
#
#         tests/fuzz/run.sh [--seconds=N] [--jobs=N] [TARGET]...
#
# New inputs go to a folder of the build; what makes a target fail is kept there as crash-*, and
# belongs into tests/fuzz/corpus once the fault is mended. Prints TAP.

set -eu

seconds=60
jobs=$(nproc)
targets=
source=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-$source/build-fuzz}

for argument; do
    case $argument in
    --seconds=*) seconds=${argument#*=} ;;
    --jobs=*) jobs=${argument#*=} ;;
    --help)
        sed -n '4,9s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
    -*)
        echo "run.sh: $argument: no such option; see --help" >&2
        exit 2
        ;;
    *)
        if [ ! -f "$source/tests/fuzz/fuzz-$argument.c" ]; then
            echo "run.sh: $argument: no such target; see tests/fuzz/fuzz-*.c" >&2
            exit 2
        fi
        targets="$targets $argument"
        ;;
    esac
done

if [ -z "$targets" ]; then
    for file in "$source"/tests/fuzz/fuzz-*.c; do
        name=$(basename "$file" .c)
        targets="$targets ${name#fuzz-}"
    done
fi

if [ ! -d "$build" ]; then
    CC=clang meson setup "$build" "$source" -Dfuzz=true -Dtools=false -Db_lundef=false \
        -Db_sanitize=address,undefined >&2
fi
for target in $targets; do
    ninja -C "$build" "tests/fuzz/fuzz-$target" >&2
done

# One number of libFuzzer's own statistics.
statistic() {
    sed -n "s/^stat::$2: *\([0-9]*\)\$/\1/p" "$build/fuzzing/$1/log" | tail -n 1
}

# One target, in a shell of its own; says how it went in a file, since several run at once, and adds a line
# to its history, of which record.py makes docs/fuzzing.md. What counts there is processor time: the machine
# may have other work.
run_target() {
    work=$build/fuzzing/$1
    mkdir -p "$work/corpus"
    outcome=ok
    "$build/tests/fuzz/fuzz-$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -max_len=16384 -print_final_stats=1 -artifact_prefix="$work/crash-" "$work/corpus" \
        "$source/tests/fuzz/corpus/$1" >"$work/log" 2>&1 || outcome=failed
    times >"$work/times"
    took=$(awk 'NR == 2 { gsub(/[ms]/, " "); printf "%d", ($1 + $3) * 60 + $2 + $4 }' "$work/times")
    runs=$(statistic "$1" number_of_executed_units)
    reached=$(sed -n 's/.* cov: \([0-9]*\).*/\1/p' "$work/log" | tail -n 1)
    echo "$(date +%F) ${runs:-0} $took ${reached:-0} $outcome" >>"$work/history"
    if [ "$outcome" = ok ]; then
        echo "ok - $1 # $runs runs in $took s, coverage $reached"
    else
        echo "not ok - $1"
        tail -n 40 "$work/log" | sed 's/^/# /'
    fi >"$work/result"
}

running=0
for target in $targets; do
    run_target "$target" &
    running=$((running + 1))
    if [ "$running" -ge "$jobs" ]; then
        wait
        running=0
    fi
done
wait

echo "1..$(echo "$targets" | wc -w)"
failed=0
for target in $targets; do
    cat "$build/fuzzing/$target/result"
    grep -q '^ok' "$build/fuzzing/$target/result" || failed=1
done
exit $failed
