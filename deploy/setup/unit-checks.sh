# shellcheck shell=bash
# What the units promise, asked of services that systemd runs: sourced by test-dist.sh, whose step, fail and until_true it uses.
# shellcheck disable=SC2154
unit_is() { systemctl show --property="$1" --value "velum-$2"; } # property, hub or edge
unit_runs() { [ "$(unit_is ActiveState "$1") $(unit_is SubState "$1")" = "active running" ]; }
drop_in() { # hub or edge, name; text on standard input
    install -d "/run/systemd/system/velum-$1.service.d"
    cat >"/run/systemd/system/velum-$1.service.d/$2.conf"
    systemctl daemon-reload
}
drop_out() { rm -f "/run/systemd/system/velum-$1.service.d/$2.conf"; systemctl daemon-reload; }

# Of the process that runs: its user, no rights, a filter of its own beside the machine's, and a system that even root could not write there.
check_process() { # hub or edge
    local pid status path
    unit_runs "$1" || fail "velum-$1 is $(unit_is ActiveState "$1") ($(unit_is SubState "$1"))"
    pid=$(unit_is MainPID "$1"); status=/proc/$pid/status
    line() { awk -v name="$1:" '$1 == name { $1 = ""; print substr($0, 2) }' "$status"; }
    local user; user=$(id -u "velum-$1")
    [ "$(line Uid)" = "$user $user $user $user" ] || fail "velum-$1 runs as $(line Uid), not as velum-$1"
    [ "$(line NoNewPrivs)" = 1 ] || fail "velum-$1 may gain rights: NoNewPrivs $(line NoNewPrivs)"
    for path in CapInh CapPrm CapEff CapBnd CapAmb; do [ "$(line $path)" = 0000000000000000 ] || fail "velum-$1 has capabilities: $path $(line $path)"; done
    [ "$(line Seccomp)" = 2 ] || fail "velum-$1 has no filter of system calls"
    [ "$(line Seccomp_filters)" -gt "$(awk '$1 == "Seccomp_filters:" { print $2 }' /proc/1/status)" ] || fail "velum-$1 has no filter of system calls of its own"
    grep -q '^Max core file size *0 *0 ' "/proc/$pid/limits" || fail "velum-$1 could leave a core"
    for path in / /usr/bin /etc /etc/velum /var/lib /opt; do
        if nsenter -t "$pid" -m -- touch "$path/velum-test" 2>/dev/null; then rm -f "$path/velum-test"; fail "velum-$1 sees $path writable"; fi
    done
    nsenter -t "$pid" -m -- touch "/var/lib/velum-$1/velum-test" && rm "/var/lib/velum-$1/velum-test" || fail "velum-$1 sees its own folder read-only"
    [ "$1" = hub ] || { nsenter -t "$pid" -m -- touch /etc/velum/identity/velum-test && rm /etc/velum/identity/velum-test; } || fail "velum-edge could not renew its certificate"
    echo "velum-$1: $(unit_is ActiveState "$1") ($(unit_is SubState "$1")) as velum-$1, NoNewPrivs $(line NoNewPrivs), Seccomp $(line Seccomp), CapBnd $(line CapBnd), system read-only"
}

# What somebody inside would try: tried outside first, where it must work, or nothing would be shown by its failing inside.
check_attacks() { # hub or edge, attacks that its unit does not hold
    local tried=/var/lib/velum-$1/tried held=0 name result
    install -D -m 755 deploy/setup/attack.pl /usr/local/lib/velum-test/attack.pl
    touch /tmp/velum-attack-canary /home/velum-attack-canary
    [ "$boot" = 0 ] || chmod 666 /dev/net/tun 2>/dev/null || true
    perl /usr/local/lib/velum-test/attack.pl "$work" >"$work/outside"
    drop_in "$1" attack <<UNIT
[Service]
ExecStartPre=/bin/sh -c 'exec /usr/bin/perl /usr/local/lib/velum-test/attack.pl /var/lib/velum-$1 >$tried'
UNIT
    systemctl restart "velum-$1"
    until_true 10 "velum-$1 runs after the attacks" unit_runs "$1"
    while read -r name result; do
        if ! grep -qx "$name open" "$work/outside"; then echo "velum-$1: $name could not be tried here, nor outside"; continue; fi
        case " $2 " in
        *" $name "*) [ "$result" = open ] || fail "velum-$1: $name is held; say so in unit-checks.sh and docs/security.md" ;;
        *) [ "$result" = held ] || fail "velum-$1: the sandbox does not hold: $name"; held=$((held + 1)) ;;
        esac
    done <"$tried"
    [ $held -ge 12 ] || fail "velum-$1: of the attacks only $held were tried: $(tr '\n' ' ' <"$tried")"
    rm -rf "$tried" /usr/local/lib/velum-test /tmp/velum-attack-canary /home/velum-attack-canary
    drop_out "$1" attack
    echo "velum-$1: $held attacks work outside and are held inside; not held, as its unit says:${2:+ }${2:- none}"
}

# Killed as if it had run out of memory: systemd begins it again.
check_restart() { # hub or edge
    local before; before=$(unit_is MainPID "$1")
    local count; count=$(unit_is NRestarts "$1")
    kill -9 "$before"
    anew() { unit_runs "$1" && [ "$(unit_is MainPID "$1")" != "$before" ] && [ "$(unit_is NRestarts "$1")" -gt "$count" ]; }
    until_true 20 "systemd starts velum-$1 again after kill -9" anew "$1"
    echo "velum-$1: killed, started again by systemd (NRestarts $(unit_is NRestarts "$1"))"
}

check_stopped() { # hub or edge, just stopped
    local how; how="$(unit_is ActiveState "$1") $(unit_is Result "$1") $(unit_is ExecMainCode "$1") $(unit_is ExecMainStatus "$1")"
    [ "$how" = "inactive success 1 0" ] || fail "velum-$1 did not stop in order: $how (state, result, code, status)"
}

# Each line is JSON; none tells of something that the sandbox forbade.
check_journal() { # hub or edge
    journalctl --sync
    journalctl -u "velum-$1" -o cat --no-pager _SYSTEMD_UNIT="velum-$1.service" _COMM="velum-$1" >"$work/journal"
    [ -s "$work/journal" ] || fail "nothing of velum-$1 in the journal"
    if grep -v -e '^{.*}$' "$work/journal" >&2; then fail "velum-$1: lines in the journal that are no JSON"; fi
    if grep -E 'Operation not permitted|Permission denied|Read-only file system|os error (1|13|30)\b' "$work/journal" >&2; then fail "velum-$1 wants what its unit forbids"; fi
    echo "velum-$1: $(wc -l <"$work/journal") lines of JSON in the journal"
}

# Drop-ins of operations.md, and a box that is let speak to nobody.
check_drop_ins() {
    # Stopped first: systemd cuts off a service that runs, too, and the hub would wait for it.
    systemctl stop velum-edge
    drop_in edge addresses <<<$'[Service]\nIPAddressDeny=any'
    systemctl start velum-edge
    until_true 30 "a box that may speak to nobody is not connected" is_away
    sleep 5; is_away || fail "a box that may speak to nobody is connected"
    drop_in edge addresses <<<$'[Service]\nIPAddressDeny=any\nIPAddressAllow=localhost 10.20.0.0/16 10.30.0.7'
    drop_in edge memory <<<$'[Service]\nMemoryDenyWriteExecute=yes'
    systemctl restart velum-edge
    until_true 60 "the box is connected with the drop-ins of operations.md" sees
    until_true 60 "and analyses its camera" analyses
    drop_out edge addresses; drop_out edge memory
    systemctl restart velum-edge
    echo "velum-edge: IPAddressDeny holds; connected and analysing with IPAddressAllow and MemoryDenyWriteExecute"
}
