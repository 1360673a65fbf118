#!/usr/bin/env bash
# Measures the rules: on the built-in suite, as far as its footage is here (VELUM_SHARED and .cache/fixtures), and on
# composed scenes made of the same footage. Writes report.json and report.html of each into
# bench/results/<date>-<machine>/real and composed.
#
#   EVAL_SUITE=FILE.toml   this suite instead of both, into the folder itself
#   EVAL_COMPOSED=0        only the built-in suite (all scenes take half an hour on two cores, vtest.avi alone 5 minutes)
#   EVAL_OUT=DIR           another folder
#   EVAL_AGAINST=DIR       compares with the folder of an earlier run besides; ends with 1 where anything is worse by more than
#   EVAL_TOLERANCE=0.05    this share of what it was
set -euo pipefail
cd "$(dirname "$0")/../.."

machine=$(uname -m)-$(nproc)core
out=${EVAL_OUT:-bench/results/$(date -u +%Y-%m-%d)-$machine}
# The hot crates are optimised in this build, too, and it serves `make demo` and `make test`.
cargo build --workspace --bins
programs=${CARGO_TARGET_DIR:-target}/debug

measure() { # folder, then the suite, if not the built-in one
    "$programs/velum-edge" eval "${@:2}" --out "$1"
}

if [ -n "${EVAL_SUITE:-}" ]; then
    measure "$out" "$EVAL_SUITE"
else
    measure "$out/real"
    if [ "${EVAL_COMPOSED:-1}" != 0 ]; then
        [ -f target/composed/suite.toml ] || "$programs/velum-compose" --out target/composed
        measure "$out/composed" target/composed/suite.toml
    fi
fi

if [ -n "${EVAL_AGAINST:-}" ]; then
    worse=0
    for before in "$EVAL_AGAINST"/report.json "$EVAL_AGAINST"/{real,composed}/report.json; do
        now=$out/${before#"$EVAL_AGAINST"/}
        [ -f "$before" ] && [ -f "$now" ] || continue
        "$programs/velum-edge" eval --compare "$before" "$now" --tolerance "${EVAL_TOLERANCE:-0}" || worse=1
    done
    exit "$worse"
fi
