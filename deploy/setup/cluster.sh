#!/usr/bin/env bash
# Three hubs on one PostgreSQL server with 50 simulated boxes, hubs and server killed under load; the same with three servers of NATS
# between the hubs, which are killed too; then how fast one hub takes events on SQLite, on PostgreSQL and with NATS, how soon subscribers
# have them, and what a thousand boxes cost in memory. Writes cluster.md, with .json beside it, into bench/results/<date>-<machine>/cluster.
#
#   CLUSTER_KILL_SECS=90  under kills
#   CLUSTER_SECS=20       of each measurement of speed
#   CLUSTER_SEED=NUMBER   the same kills in the same order
#   CLUSTER_ONLY='kills-nats rate'   these trials alone
#   CLUSTER_PROFILE=release   of cargo
#   CLUSTER_OUT=DIR       another folder
set -euo pipefail
cd "$(dirname "$0")/../.."

out=${CLUSTER_OUT:-bench/results/$(date -u +%Y-%m-%d)-$(uname -m)-$(nproc)core/cluster}
target=${CARGO_TARGET_DIR:-target}
profile=${CLUSTER_PROFILE:-release}

add_package() {
    [ "$(id -u)" = 0 ] || { echo "$1 is not installed: apt-get install $1"; exit 1; }
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$1" >/dev/null
}

if ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
    # Only its programs are wanted: no server of the system's own.
    [ "$(id -u)" != 0 ] || { mkdir -p /etc/postgresql-common && echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.conf; }
    add_package postgresql
fi
# Debian starts it, on loopback alone; the trials start others.
PATH=/usr/sbin:$PATH command -v nats-server >/dev/null || add_package nats-server
cargo build --profile "$profile" --workspace --bins
folder=$profile
[ "$profile" != dev ] || folder=debug
# A thousand boxes at one end, and at the other.
ulimit -n "$(ulimit -Hn)"
seed=()
[ -z "${CLUSTER_SEED:-}" ] || seed=(--seed "$CLUSTER_SEED")
only=()
for trial in ${CLUSTER_ONLY:-}; do only+=(--only "$trial"); done
"$target/$folder/velum-cluster" --out "$out" --kill-secs "${CLUSTER_KILL_SECS:-90}" --secs "${CLUSTER_SECS:-20}" "${seed[@]}" "${only[@]}"
