#!/usr/bin/env bash
# Harms a box and a hub at random, then watches both for long without a fault. Writes siege.md and soak.md, with .json beside
# them, into bench/results/<date>-<machine>/reliability.
#
#   CHAOS_MINUTES=20     of faults
#   CHAOS_SEED=NUMBER    the same faults in the same order
#   SOAK_MINUTES=30      without; 0 leaves it out
#   SOAK_CAMERAS=8       so many cameras meanwhile
#   SOAK_FPS=2           analysed frames a second of each: what two cores bear
#   CHAOS_OUT=DIR        another folder
set -euo pipefail
cd "$(dirname "$0")/../.."

out=${CHAOS_OUT:-bench/results/$(date -u +%Y-%m-%d)-$(uname -m)-$(nproc)core/reliability}
target=${CARGO_TARGET_DIR:-target}
if [ "$(id -u)" = 0 ] && [ ! -e "/usr/lib/$(uname -m)-linux-gnu/faketime/libfaketimeMT.so.1" ]; then
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends libfaketime >/dev/null
fi
cargo build --release --workspace --bins
deploy/setup/streams.sh
bag=target/bench/bag.mp4
[ -f $bag ] || "$target/release/velum-camera-sim" --video .cache/fixtures/vtest.avi --camera plaza:bag --write-video $bag --write-secs 100

failed=0
seed=()
[ -z "${CHAOS_SEED:-}" ] || seed=(--seed "$CHAOS_SEED")
"$target/release/velum-chaos" siege --recording $bag --recording target/bench/720p25-h264.mp4 --recording target/bench/1080p25-h265.mp4 \
    --minutes "${CHAOS_MINUTES:-20}" "${seed[@]}" --out "$out" || failed=1
if [ "${SOAK_MINUTES:-30}" != 0 ]; then
    "$target/release/velum-chaos" soak --recording target/bench/720p25-h264.mp4 --cameras "${SOAK_CAMERAS:-8}" --fps "${SOAK_FPS:-2}" \
        --minutes "${SOAK_MINUTES:-30}" --out "$out" || failed=1
fi
exit $failed
