#!/usr/bin/env bash
# Harms a box and a hub at random, then watches both for long without a fault. Writes siege.md and soak.md, with .json beside
# them, into bench/results/<date>-<machine>/reliability; both on one page, README.md.
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
cargo build --release --workspace --bins
# As they are now: hours from here the tree may be another.
programs=$(git describe --always --dirty 2>/dev/null || echo 'no commit')
deploy/setup/streams.sh
bag=target/bench/bag.mp4
[ -f $bag ] || "$target/release/velum-camera-sim" --video .cache/fixtures/vtest.avi --camera plaza:bag --write-video $bag --write-secs 100

# Of an earlier run nothing stays that could pass for this one's.
mkdir -p "$out"
rm -f "$out"/{siege,soak}.{md,json,svg} "$out/README.md"
failed=0
seed=()
[ -z "${CHAOS_SEED:-}" ] || seed=(--seed "$CHAOS_SEED")
"$target/release/velum-chaos" siege --recording $bag --recording target/bench/720p25-h264.mp4 --recording target/bench/1080p25-h265.mp4 \
    --minutes "${CHAOS_MINUTES:-20}" "${seed[@]}" --out "$out" || failed=1
if [ "${SOAK_MINUTES:-30}" != 0 ]; then
    "$target/release/velum-chaos" soak --recording target/bench/720p25-h264.mp4 --cameras "${SOAK_CAMERAS:-8}" --fps "${SOAK_FPS:-2}" \
        --minutes "${SOAK_MINUTES:-30}" --out "$out" || failed=1
fi
# Both on one page.
{
    echo "# Reliability"
    echo
    echo "By \`make chaos\`, $(date -u '+%Y-%m-%d %H:%MZ'), programs of $programs."
    for part in siege soak; do
        [ -f "$out/$part.md" ] || continue
        echo
        sed 's/^#/##/' "$out/$part.md"
    done
    [ ! -f "$out/soak.svg" ] || printf '\n![Memory over time](soak.svg)\n'
} >"$out/README.md"
echo "written: $out/README.md"
exit $failed
