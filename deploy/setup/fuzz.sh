#!/bin/sh
# Drives the parsers of outside bytes with libFuzzer, each for FUZZ_SECONDS, from the committed corpus on. What is found
# new stays in target/fuzz/corpus; an input that fails is kept and named. Works with the stable compiler.
#   deploy/setup/fuzz.sh            every target
#   deploy/setup/fuzz.sh policy     one
#   FUZZ_KEEP=1 deploy/setup/fuzz.sh   afterwards the corpus in the tree is replaced by the smallest that covers the same
set -eu
cd "$(dirname "$0")/../.."
SECONDS_EACH=${FUZZ_SECONDS:-60}
HOST=$(rustc -vV | sed -n 's/^host: //p')
DIR=$PWD/target/fuzz
SANCOV=-Cllvm-args=-sanitizer-coverage
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Ccodegen-units=1 $SANCOV-level=4 $SANCOV-inline-8bit-counters $SANCOV-pc-table $SANCOV-trace-compares"
export CARGO_TARGET_DIR=$DIR

(cd tests/fuzz && cargo build --locked --release --target "$HOST" --bins)
# Names of targets have no blanks.
# shellcheck disable=SC2046
if [ $# -eq 0 ]; then set -- $(cd tests/fuzz/targets && ls *.rs | sed 's/\.rs$//'); fi
for target in "$@"; do
  found=$DIR/corpus/$target; failed=$DIR/failed/$target/; seeds=policy/tests/corpus/$target
  program=$DIR/$HOST/release/$target
  [ -x "$program" ] || { echo "no fuzz target \`$target\`; there are: $(ls tests/fuzz/targets | sed 's/\.rs$//' | tr '\n' ' ')" >&2; exit 2; }
  mkdir -p "$found" "$failed"
  examples=; [ "$target" = policy ] && examples="policy/examples policy/examples/refused"
  echo "fuzz $target for $SECONDS_EACH s"
  if ! "$program" -max_total_time="$SECONDS_EACH" -timeout=10 -rss_limit_mb=1024 -max_len=65536 -artifact_prefix="$failed" \
      "$found" "$seeds" $examples >"$DIR/$target.log" 2>&1; then
    tail -n 25 "$DIR/$target.log" >&2
    echo "fuzz $target: failed; the input is in $failed: mend the parser and put it into $seeds" >&2
    exit 1
  fi
  tail -n 1 "$DIR/$target.log"
  grep -E 'cov: ' "$DIR/$target.log" | tail -n 1
  if [ "${FUZZ_KEEP:-0}" = 1 ]; then
    smallest=$DIR/smallest/$target
    rm -rf "$smallest"; mkdir -p "$smallest"
    "$program" -merge=1 -max_len=4096 "$smallest" "$seeds" "$found" >/dev/null 2>&1
    find "$smallest" -type f | sort | tail -n +61 | xargs -r rm
    rm -rf "$seeds"; mv "$smallest" "$seeds"
  fi
done
