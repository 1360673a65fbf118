#!/usr/bin/env bash
# An administrator's day with the packages of target/dist, on this machine: install, certificates, start, enrol, back up,
# lose, restore, revoke, upgrade, purge. Needs root, and leaves nothing behind but Debian's packages that these depend on. Where systemd
# runs, the services are started by it; elsewhere, as in a container, the units are verified and their commands started as their users.
set -euo pipefail
cd "$(dirname "$0")/../.."
step() { printf '\033[1m==>\033[0m %s\n' "$*"; }
fail() { printf 'test-dist: %s\n' "$*" >&2; exit 1; }
[ "$(id -u)" = 0 ] || fail "installs packages, and so needs root"
ls target/dist/*.deb >/dev/null 2>&1 || fail "there are no packages in target/dist; make dist"
for package in velum-edge velum-hub velum; do
    ! dpkg -s "$package" >/dev/null 2>&1 || fail "$package is installed here already; this test would purge it"
done
[ ! -e /etc/velum ] && [ ! -e /var/lib/velum-hub ] || fail "/etc/velum or /var/lib/velum-hub is there already"

work=$(mktemp -d)
pids=()
has_systemd=no; [ ! -d /run/systemd/system ] || has_systemd=yes
start() { # hub or edge
    if [ $has_systemd = yes ]; then systemctl start "velum-$1"; return; fi
    install -d -m 0700 -o "velum-$1" -g "velum-$1" "/var/lib/velum-$1" "/var/cache/velum-$1"
    XDG_CACHE_HOME=/var/cache/velum-$1 setpriv --reuid="velum-$1" --regid="velum-$1" --init-groups --no-new-privs --bounding-set=-all \
        "/usr/bin/velum-$1" run --config "/etc/velum/$1.toml" --log-format json >>"$work/$1.log" 2>&1 &
    pids[${#pids[@]}]=$!; eval "$1_pid=$!"
}
stop() {
    if [ $has_systemd = yes ]; then systemctl stop "velum-$1"; return; fi
    local pid="$1_pid"; kill "${!pid}"; wait "${!pid}" || fail "velum-$1 did not end in order: $(tail -n 3 "$work/$1.log")"
}
until_true() { # seconds, words, command...
    local seconds=$1 words=$2; shift 2
    for _ in $(seq $((seconds * 2))); do if "$@" >/dev/null 2>&1; then return 0; fi; sleep 0.5; done
    [ $has_systemd = no ] || journalctl -n 20 -u velum-hub -u velum-edge --no-pager >&2
    tail -n 5 "$work"/*.log >&2 2>/dev/null || true
    fail "$words: not within $seconds s"
}
finish() {
    local code=$?
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    dpkg --purge velum-edge velum-hub velum >/dev/null 2>&1 || true
    for user in velum-edge velum-hub; do ! id "$user" >/dev/null 2>&1 || userdel "$user" >/dev/null 2>&1 || true; done
    rm -rf /etc/velum "$work"
    exit $code
}
trap finish EXIT
deploy/setup/test-sbom.sh

as_hub() { setpriv --reuid=velum-hub --regid=velum-hub --init-groups "$@"; }
hub_toml=/etc/velum/hub.toml
sees() { velum summary --json --pki /etc/velum/pki | grep -q '"connected": *true'; }

step "install"
apt-get install -y -qq --no-install-recommends ./target/dist/*.deb >"$work/apt.log" 2>&1 || { tail "$work/apt.log" >&2; fail "apt-get install"; }
for unit in velum-hub velum-edge; do
    systemd-analyze verify "/lib/systemd/system/$unit.service" 2>&1 | grep "$unit" >&2 && fail "$unit.service has faults"
    exposure=$(systemd-analyze security --offline=true "/lib/systemd/system/$unit.service" 2>/dev/null | sed -n 's/.*Overall exposure level.*: \([0-9.]*\) .*/\1/p')
    echo "$unit.service: exposure $exposure of 10 (systemd-analyze security)"
    awk -v found="$exposure" 'BEGIN { exit !(found != "" && found < 3) }' || fail "$unit.service is less confined than it was"
done
[ "$(stat -c %U /etc/velum)" = root ] || fail "/etc/velum is not root's"

step "certificates, and a hub that runs"
velum pki init --dir /etc/velum/pki --hub-name localhost >/dev/null
chown -R velum-hub: /etc/velum/pki
sed -i 's/hub\.example/localhost/' $hub_toml
start hub
until_true 30 "the hub answers an operator" velum summary --pki /etc/velum/pki

step "a box: enrolled, connected"
token=$(as_hub velum-hub enroll lobby --config $hub_toml 2>/dev/null)
velum-edge enroll --token-file - --dir /etc/velum/identity >/dev/null <<<"$token"
chown -R velum-edge: /etc/velum/identity
sed -i 's/^# \(\[hub\]\)/\1/; s/^# address = .*/address = "https:\/\/localhost:7443"/; s/^# \(identity_dir\)/\1/' /etc/velum/edge.toml
start edge
until_true 90 "the box is connected" sees

step "backup, loss, restore"
backup=$(as_hub velum-hub backup --to /var/lib/velum-hub/backups --config $hub_toml 2>/dev/null)
mv "$backup" "$work/backup"
stop hub
chown -R velum-hub "$work"; chmod 711 "$work"
find /var/lib/velum-hub -mindepth 1 -delete
as_hub velum-hub restore --from "$work/backup" --config $hub_toml >"$work/restored"
grep -q '^restored, as of' "$work/restored" || fail "the restore said: $(cat "$work/restored")"
start hub
until_true 60 "the box is connected again after the restore" sees

step "revoked"
as_hub velum-hub revoke lobby --config $hub_toml >/dev/null
shut_out() { velum summary --json --pki /etc/velum/pki | grep -q '"connected": *false'; }
until_true 60 "the box is shut out" shut_out

step "upgrade: what the administrator wrote stays"
before=$(sha256sum $hub_toml /etc/velum/edge.toml)
stop edge; stop hub
apt-get install -y -qq --reinstall --no-install-recommends ./target/dist/*.deb >"$work/apt.log" 2>&1 || fail "apt-get install --reinstall"
[ "$before" = "$(sha256sum $hub_toml /etc/velum/edge.toml)" ] || fail "the configuration was overwritten"
start hub
until_true 30 "the hub answers after the upgrade" velum summary --pki /etc/velum/pki
stop hub

step "purged: nothing stays"
dpkg --purge velum-edge velum-hub velum >/dev/null
for left in /var/lib/velum-hub /var/lib/velum-edge /usr/bin/velum-hub /lib/systemd/system/velum-hub.service /etc/velum/hub.toml; do
    [ ! -e "$left" ] || fail "$left is still there"
done
step "an administrator's day went well"
