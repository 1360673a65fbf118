#!/usr/bin/env bash
# Runs every test, the demonstration among them, and repeats the runner's closing lines at the end.
set -uo pipefail
cd "$(dirname "$0")/../.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# What a test prints is shown, so that one that skips for want of footage is seen to skip.
cargo test --workspace --lib --bins --tests --no-fail-fast -- --show-output 2>&1 | tee "$log"
code=${PIPESTATUS[0]}

echo
grep -E '^test result:' "$log"
grep -E "^skipped:" "$log" | sort -u
awk '/^test result:/ { passed += $4; failed += $6; ignored += $8 } END { printf "%d passed, %d failed\n", passed, failed }' "$log"
exit "$code"
