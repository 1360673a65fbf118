#!/usr/bin/env bash
# Measures speed: a whole box beside its parts and beside programs of others, under live cameras of the same recordings.
# Writes box.json and box.md into bench/results/<date>-<machine>/speed.
#
#   BENCH_SECS=40        how long each is measured
#   BENCH_CAMERAS='1 4'  so many cameras at once
#   BENCH_OUT=DIR        another folder
#   BENCH_PEERS=0        leaves out programs of others
set -euo pipefail
cd "$(dirname "$0")/../.."

out=${BENCH_OUT:-bench/results/$(date -u +%Y-%m-%d)-$(uname -m)-$(nproc)core/speed}
streams=target/bench
python=.cache/bench-python

cargo build --release --workspace --bins

if ! cmp -s bench/peers/requirements.txt "$python/requirements.txt"; then
    rm -rf "$python"
    python3 -m pip install -q --disable-pip-version-check --target "$python" -r bench/peers/requirements.txt
    cp bench/peers/requirements.txt "$python/"
fi
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

# Single steps, by criterion: a workspace of its own.
CARGO_TARGET_DIR=$target/kernels cargo bench --quiet --manifest-path bench/kernels/Cargo.toml -- --noplot 2>&1 | tee "$out/steps.txt"
