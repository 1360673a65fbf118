#!/usr/bin/env bash
# Measures the rules on the built-in suite, as far as its footage is here (VELUM_SHARED and .cache/fixtures), with an
# optimised build, and writes report.json and report.html into bench/results/<date>-<machine>/.
#
#   EVAL_SUITE=FILE.toml   another suite
#   EVAL_OUT=DIR           another folder
#   EVAL_AGAINST=A.json    compares with an earlier report besides; ends with 1 where anything is worse by more than
#   EVAL_TOLERANCE=0.05    this share of what it was
set -euo pipefail
cd "$(dirname "$0")/../.."

machine=$(uname -m)-$(nproc)core
out=${EVAL_OUT:-bench/results/$(date -u +%Y-%m-%d)-$machine}
suite=()
[ -z "${EVAL_SUITE:-}" ] || suite=("$EVAL_SUITE")

cargo build --release --workspace --bin velum-edge
edge=${CARGO_TARGET_DIR:-target}/release/velum-edge
"$edge" eval "${suite[@]}" --out "$out"
if [ -n "${EVAL_AGAINST:-}" ]; then
    "$edge" eval --compare "$EVAL_AGAINST" "$out/report.json" --tolerance "${EVAL_TOLERANCE:-0}"
fi
