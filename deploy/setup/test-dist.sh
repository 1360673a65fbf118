#!/usr/bin/env bash
# An administrator's day with the packages of target/dist: install, certificates, start, enrol, a policy, what the units promise, boot again,
# back up, lose, restore, revoke, upgrade, purge. Needs root, and leaves nothing behind but Debian's packages that these depend on. Where
# systemd runs it happens on this machine, which is not booted again; elsewhere, as in a container, on one that with-systemd.sh boots.
# Where none can be had, the units are verified and their commands started as their users, and that is said.
set -euo pipefail
cd "$(dirname "$0")/../.."
step() { printf '\033[1m==>\033[0m %s\n' "$*"; }
fail() { printf 'test-dist: %s\n' "$*" >&2; exit 1; }
[ "$(id -u)" = 0 ] || fail "installs packages, and so needs root"
ls target/dist/*.deb >/dev/null 2>&1 || fail "there are no packages in target/dist; make dist"
has_systemd=no; [ ! -d /run/systemd/system ] || has_systemd=yes
# Which boot of with-systemd.sh's machine this is; 0 on any other.
boot=${MACHINE_BOOT:-0}
unshown="NO SYSTEMD RUNS HERE, and none could be booted: nothing is shown of how the units start, confine and restart"
[ "$boot" != 0 ] || deploy/setup/test-sbom.sh
if [ $has_systemd = no ]; then
    depends=$(for package in target/dist/*.deb; do dpkg-deb -f "$package" Depends; done | tr ',' '\n' | sed 's/[|(].*//; s/ //g' | sort -u | paste -sd,)
    code=0
    deploy/setup/with-systemd.sh "$depends" deploy/setup/test-dist.sh || code=$?
    [ $code = 69 ] || exit $code
    echo "test-dist: $unshown" >&2
fi
if [ "$boot" -lt 2 ]; then
    for package in velum-edge velum-hub velum; do
        ! dpkg -s "$package" >/dev/null 2>&1 || fail "$package is installed here already; this test would purge it"
    done
    [ ! -e /etc/velum ] && [ ! -e /var/lib/velum-hub ] || fail "/etc/velum or /var/lib/velum-hub is there already"
fi

work=$(mktemp -d)
pids=()
start() { # hub or edge
    if [ $has_systemd = yes ]; then systemctl --quiet enable --now "velum-$1" 2>"$work/systemctl" || fail "systemctl: $(cat "$work/systemctl")"; return; fi
    install -d -m 0700 -o "velum-$1" -g "velum-$1" "/var/lib/velum-$1" "/var/cache/velum-$1"
    XDG_CACHE_HOME=/var/cache/velum-$1 setpriv --reuid="velum-$1" --regid="velum-$1" --init-groups --no-new-privs --bounding-set=-all \
        "/usr/bin/velum-$1" run --config "/etc/velum/$1.toml" --log-format json >>"$work/$1.log" 2>&1 &
    pids[${#pids[@]}]=$!; eval "$1_pid=$!"
}
stop() {
    if [ $has_systemd = yes ]; then systemctl stop "velum-$1"; check_stopped "$1"; return; fi
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
    rm -rf /etc/velum /run/systemd/system/velum-{hub,edge}.service.d "$work"
    exit $code
}
trap finish EXIT
. deploy/setup/unit-checks.sh

as_hub() { setpriv --reuid=velum-hub --regid=velum-hub --init-groups "$@"; }
hub_toml=/etc/velum/hub.toml
sees() { velum summary --json --pki /etc/velum/pki | grep -q '"connected": *true'; }
is_away() { velum summary --json --pki /etc/velum/pki | grep -q '"connected": *false'; }
analyses() { # more than ten frames, by the box's own page; without curl, which Debian need not have
    exec 7<>/dev/tcp/127.0.0.1/9464 || return 1
    printf 'GET /metrics HTTP/1.0\r\n\r\n' >&7
    local frames; frames=$(sed -n 's/^velum_frames_analysed_total{.*} //p' <&7)
    exec 7>&-
    [ "$frames" -gt 10 ]
}

installed() {
    step "install"
    apt-get install -y -qq --no-install-recommends ./target/dist/*.deb >"$work/apt.log" 2>&1 || { tail "$work/apt.log" >&2; fail "apt-get install"; }
    local unit exposure
    for unit in velum-hub velum-edge; do
        systemd-analyze verify "/lib/systemd/system/$unit.service" 2>&1 | grep "$unit" >&2 && fail "$unit.service has faults"
        exposure=$(systemd-analyze security --offline=true "/lib/systemd/system/$unit.service" 2>/dev/null | sed -n 's/.*Overall exposure level.*: \([0-9.]*\) .*/\1/p')
        echo "$unit.service: exposure $exposure of 10 (systemd-analyze security)"
        awk -v found="$exposure" 'BEGIN { exit !(found != "" && found < 3) }' || fail "$unit.service is less confined than it was"
        # Nobody has set it up yet: operations.md enables it by hand.
        [ $has_systemd = no ] || [ "$(systemctl is-enabled $unit) $(systemctl is-active $unit)" = "disabled inactive" ] ||
            fail "$unit is enabled, or runs, before it was set up"
    done
    [ "$(stat -c %U /etc/velum)" = root ] || fail "/etc/velum is not root's"
}

set_up() {
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
}

# The demonstration's, for the drawn picture of the packaged edge.toml.
under_a_policy() {
    step "a policy: signed, published, and the box analyses by it"
    local role one keys=$work/keys approvers
    for role in process-owner ciso dpo; do velum policy keygen --out "$keys" --role $role >/dev/null; done
    sed -e "s/@DATE_FROM@/$(date -u +%F)/; s/@DATE_EXPIRES@/$(date -u -d '+300 days' +%F)/" \
        -e "s#@APPROVER_1@#$(cat "$keys/process-owner.pub")#; s#@APPROVER_2@#$(cat "$keys/ciso.pub")#; s#@DPO_KEY@#$(cat "$keys/dpo.pub")#" \
        -e 's/site\.plaza/site.workshop/; s/^\(site *= \)"plaza"/\1"workshop"/; s/camera\.plaza-1/camera.test-picture/' \
        policy/examples/demo-policy.toml.in >"$work/policy.toml"
    for role in process-owner ciso; do
        velum policy sign "$work/policy.toml" --key "$keys/$role.key" --out "$work/policy.signed.json" >"$work/sign.log" 2>&1 || fail "policy sign: $(cat "$work/sign.log")"
    done
    approvers="[\"$(cat "$keys/process-owner.pub")\", \"$(cat "$keys/ciso.pub")\"]"
    printf 'quorum = 2\napprovers = %s\n' "$approvers" >/etc/velum/approvers.toml
    printf '\n[policy]\napprovers = "approvers.toml"\n' >>$hub_toml
    printf '\n[policy]\napprovers = %s\n' "$approvers" >>/etc/velum/edge.toml
    for one in hub edge; do stop $one; start $one; done
    until_true 60 "the box is connected again" sees
    velum policy publish "$work/policy.signed.json" --pki /etc/velum/pki >"$work/publish.log" 2>&1 || fail "policy publish: $(cat "$work/publish.log")"
    until_true 90 "the box analyses its camera" analyses
}

units_keep_their_word() {
    step "what the units promise"
    local one
    for one in hub edge; do check_process $one; done
    check_attacks hub ""
    check_attacks edge "see-processes netlink memory-written-and-run"
    for one in hub edge; do check_restart $one; done
    until_true 60 "the box is connected after both were killed" sees
    check_drop_ins
    until_true 60 "the box is connected without the drop-ins" sees
    [ "$(stat -c %U:%a /etc/velum)" = root:755 ] || fail "/etc/velum is $(stat -c %U:%a /etc/velum) once the services ran"
}

lost_and_restored() {
    step "backup, loss, restore"
    local backup
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
    until_true 60 "the box is shut out" is_away
}

upgraded() {
    step "upgrade: what the administrator wrote stays"
    local before was one
    before=$(sha256sum $hub_toml /etc/velum/edge.toml)
    stop edge
    if [ $has_systemd = yes ]; then was=$(unit_is MainPID hub); else stop hub; fi
    apt-get install -y -qq --reinstall --no-install-recommends ./target/dist/*.deb >"$work/apt.log" 2>&1 || fail "apt-get install --reinstall"
    [ "$before" = "$(sha256sum $hub_toml /etc/velum/edge.toml)" ] || fail "the configuration was overwritten"
    if [ $has_systemd = yes ]; then
        unit_runs hub && [ "$(unit_is MainPID hub)" != "$was" ] || fail "the hub that ran was not started again by the upgrade"
        [ "$(unit_is ActiveState edge)" = inactive ] || fail "the box that was stopped was started by the upgrade"
    else
        start hub
    fi
    until_true 30 "the hub answers after the upgrade" velum summary --pki /etc/velum/pki
    [ $has_systemd = no ] || for one in hub edge; do check_journal $one; done
}

purged() {
    step "purged: nothing stays"
    # Where systemd runs the hub, the package stops it.
    [ $has_systemd = yes ] || stop hub
    dpkg --purge velum-edge velum-hub velum >/dev/null
    local left one
    for left in /var/{lib,cache}/velum-{hub,edge} /usr/bin/velum-{hub,edge} /lib/systemd/system/velum-{hub,edge}.service \
        /etc/systemd/system/multi-user.target.wants/velum-{hub,edge}.service /etc/velum/{hub,edge}.toml; do
        [ ! -e "$left" ] && [ ! -L "$left" ] || fail "$left is still there"
    done
    for one in hub edge; do ! pgrep -u velum-$one >/dev/null || fail "something of velum-$one still runs"; done
}

if [ "$boot" -lt 2 ]; then
    installed
    set_up
    under_a_policy
    [ $has_systemd = no ] || units_keep_their_word
fi
if [ "$boot" = 1 ]; then
    step "booted again"
    trap - EXIT; rm -rf "$work"
    exit 75
elif [ "$boot" = 2 ]; then
    for one in hub edge; do until_true 30 "velum-$one begins with the machine" unit_runs $one; done
    until_true 60 "the box is connected after the machine was booted again" sees
    until_true 60 "the box analyses its camera" analyses
    echo "velum-hub and velum-edge began by themselves, are connected, and analyse"
fi
lost_and_restored
upgraded
purged
[ $has_systemd = yes ] || echo "test-dist: $unshown"
step "an administrator's day went well"
