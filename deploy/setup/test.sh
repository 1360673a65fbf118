#!/usr/bin/env bash
# Runs every test, the demonstration among them, and repeats the runner's closing lines at the end.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# What a test prints is shown, so that one that skips for want of footage is seen to skip. All of them take about
# ten minutes on two cores: what takes an hour hangs, and is better told than waited for.
cargo test --workspace --lib --bins --tests --no-run || exit
# `make test-states` runs it: here it must only build, or it is found broken when it is needed.
cargo test --workspace --test states --no-run || exit
timeout 3600 cargo test --workspace --lib --bins --tests --no-fail-fast -- --show-output 2>&1 | tee "$log"
code=${PIPESTATUS[0]}

echo
[ "$code" != 124 ] || echo "stopped after an hour; these did not end: $(grep -oE '^test [^ ]+ has been running' "$log" | cut -d' ' -f2 | sort -u | paste -sd' ')"
grep -E '^test result:' "$log"
if [ "$code" != 0 ]; then
    # By name, with what each said: the lines above may be cut where they are read.
    grep -E '^test .* FAILED$' "$log"
    awk '/ panicked at / { lines = 4 } lines-- > 0' "$log" | cut -c1-400 | tail -n 60
fi
grep -E "^skipped:" "$log" | sort -u
awk '/^test result:/ { passed += $4; failed += $6; ignored += $8 } END { printf "%d passed, %d failed\n", passed, failed }' "$log"
exit "$code"
