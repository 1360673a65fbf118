#!/usr/bin/env bash
# Three hubs on one PostgreSQL server with 50 simulated boxes, hubs and server killed under load; then how fast one hub takes
# events on SQLite and on PostgreSQL, how soon subscribers have them, and what a thousand boxes cost in memory. Writes cluster.md,
# with .json beside it, into bench/results/<date>-<machine>/cluster.
#
#   CLUSTER_KILL_SECS=90  under kills
#   CLUSTER_SECS=20       of each measurement of speed
#   CLUSTER_SEED=NUMBER   the same kills in the same order
#   CLUSTER_PROFILE=release   of cargo
#   CLUSTER_OUT=DIR       another folder
set -euo pipefail
cd "$(dirname "$0")/../.."

out=${CLUSTER_OUT:-bench/results/$(date -u +%Y-%m-%d)-$(uname -m)-$(nproc)core/cluster}
target=${CARGO_TARGET_DIR:-target}
profile=${CLUSTER_PROFILE:-release}
if ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
    [ "$(id -u)" = 0 ] || { echo "PostgreSQL is not installed: apt-get install postgresql"; exit 1; }
    # Only its programs are wanted: no server of the system's own.
    mkdir -p /etc/postgresql-common && echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.conf
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends postgresql >/dev/null
fi
cargo build --profile "$profile" --workspace --bins
folder=$profile
[ "$profile" != dev ] || folder=debug
# A thousand boxes at one end, and at the other.
ulimit -n "$(ulimit -Hn)"
seed=()
[ -z "${CLUSTER_SEED:-}" ] || seed=(--seed "$CLUSTER_SEED")
"$target/$folder/velum-cluster" --out "$out" --kill-secs "${CLUSTER_KILL_SECS:-90}" --secs "${CLUSTER_SECS:-20}" "${seed[@]}"
