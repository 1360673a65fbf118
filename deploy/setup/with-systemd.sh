#!/usr/bin/env bash
# Runs a command as root on a Debian 12 that is booted by systemd, where none runs: mmdebstrap makes the root (once, into .cache), and
# systemd-nspawn boots it with a network of its own, over a layer in memory, so that nothing of what the command does stays.
#
#   deploy/setup/with-systemd.sh PACKAGES COMMAND...    packages of Debian, with commas between
#
# The command finds the repository at its place, read-only, and MACHINE_BOOT=1. Where it ends with 75 the machine is booted again, and the
# command begins again with MACHINE_BOOT=2. Ends as the command does, or with 69 where no such machine can be had here.
#   DEBIAN_MIRROR=URL   where Debian's packages are, if not deb.debian.org
set -euo pipefail
cd "$(dirname "$0")/../.."
step() { printf '\033[1m==>\033[0m %s\n' "$*"; }
none() { printf 'with-systemd: %s\n' "$*" >&2; exit 69; }

boot() { # root, command...: in a mount namespace of its own, whose mounts go with it
    local root=$1 machine=/run/machine code=133 number=0 group saying running
    shift
    mount -t tmpfs -o mode=755 tmpfs /run
    mount -t cgroup2 cgroup2 /sys/fs/cgroup || none "control groups (version 2) cannot be mounted"
    group=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
    home_group=$group; group=${group%/}/velum-$$
    mkdir -p "$group" $machine/{upper,work,root,shared} || none "no control group can be made"
    # shellcheck disable=SC2064
    trap "end $group" EXIT
    echo $BASHPID >"$group/cgroup.procs" || none "no control group can be entered"
    mount -t overlay -o "lowerdir=$root,upperdir=$machine/upper,workdir=$machine/work" overlay $machine/root || none "no overlay can be mounted"
    # shellcheck disable=SC2094
    tr -d - </proc/sys/kernel/random/uuid >$machine/root/etc/machine-id
    printf '127.0.0.1 localhost\n::1 localhost\n' >$machine/root/etc/hosts
    mkdir -p $machine/root/etc/systemd/system/graphical.target.wants
    ln -s ../command.service $machine/root/etc/systemd/system/graphical.target.wants/
    cat >$machine/root/etc/systemd/system/command.service <<UNIT
[Unit]
Description=What this machine was booted for
After=multi-user.target
[Service]
ExecStart=/run/shared/command
WorkingDirectory=$PWD
StandardOutput=file:/run/shared/said
StandardError=inherit
UNIT
    cat >$machine/shared/command <<COMMAND
#!/bin/bash
export HOME=/root MACHINE_BOOT=\$(cat /run/shared/boot)
touch /run/shared/begun
$(printf '%q ' "$@")
code=\$?
if [ \$code = 75 ]; then systemctl reboot; else echo \$code >/run/shared/ended; systemctl exit \$code; fi
COMMAND
    chmod 755 $machine/shared/command
    mkfifo $machine/shared/said
    cat $machine/shared/said & saying=$!
    exec 5>$machine/shared/said # held open while it boots again
    # 133: boot again. With BPF systemd filters addresses and devices, as on a machine of its own.
    while [ $code = 133 ] && [ $number -lt 3 ]; do
        number=$((number + 1)); echo $number >$machine/shared/boot
        code=0
        timeout --kill-after=20 900 systemd-nspawn --quiet --directory=$machine/root --machine=velum-test --register=no --keep-unit \
            --system-call-filter=bpf --capability=CAP_BPF,CAP_PERFMON,CAP_IPC_LOCK --private-network --resolv-conf=off --timezone=off \
            --console=pipe --bind-ro="$PWD" --bind=$machine/shared:/run/shared --boot -- --show-status=no </dev/null >>$machine/console 2>&1 5>&- & running=$!
        for _ in $(seq 60); do
            if [ -e $machine/shared/begun ] || ! kill -0 $running 2>/dev/null; then break; fi
            sleep 1
        done
        [ -e $machine/shared/begun ] || kill $running 2>/dev/null || true
        wait $running || code=$?
    done
    exec 5>&-
    if [ ! -e $machine/shared/begun ]; then
        kill $saying 2>/dev/null || true
        none "systemd did not boot by systemd-nspawn (ended with $code): $(tail -n 3 $machine/console)"
    fi
    wait $saying
    [ -e $machine/shared/ended ] || { echo "with-systemd: the machine ended ($code) before the command: $(tail -n 3 $machine/console)" >&2; return 1; }
    return "$(cat $machine/shared/ended)"
}
end() { # control group
    echo $$ >"${home_group%/}/cgroup.procs"
    echo 1 >"$1/cgroup.kill" 2>/dev/null || true
    for _ in $(seq 20); do find "$1" -depth -type d -exec rmdir {} + 2>/dev/null && break; sleep 0.1; done
}
if [ "${1:-}" = --boot ]; then shift; boot "$@"; exit; fi

[ $# -ge 2 ] || { echo "usage: deploy/setup/with-systemd.sh PACKAGES COMMAND..." >&2; exit 64; }
packages=systemd,systemd-sysv,dbus,procps,$1; shift
[ "$(id -u)" = 0 ] || none "needs root"
unshare --mount true 2>/dev/null || none "this machine lets nobody mount anything (no CAP_SYS_ADMIN)"

missing=()
for package in mmdebstrap systemd-container debian-archive-keyring; do
    dpkg-query -W -f='${Status}' $package 2>/dev/null | grep -q '^install ok installed$' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    command -v apt-get >/dev/null || none "needs mmdebstrap and systemd-nspawn, and there is no apt-get here to install them"
    step "Debian packages: ${missing[*]}"
    apt-get update -qq || true
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -qq -y --no-install-recommends "${missing[@]}" >/dev/null ||
        none "could not be installed: ${missing[*]}"
fi

# Kept for a month, under the digest of what it is made of; an older one goes.
roots=$PWD/.cache/systemd-root
root=$roots/$(printf '%s\n' bookworm "$(date +%Y-%m)" "$packages" "${DEBIAN_MIRROR:-}" | sha256sum | cut -c1-16)
if [ ! -d "$root" ]; then
    step "a Debian 12 with systemd (some 350 MB to download, two minutes, once; 900 MB in .cache/systemd-root)"
    rm -rf "$roots" && mkdir -p "$roots"
    # Under another name at first: half a root is never taken for one.
    mmdebstrap --quiet --variant=minbase --aptopt='APT::Install-Recommends "false"' --include="$packages" \
        bookworm "$root.new" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} || { rm -rf "$root.new"; none "mmdebstrap could not make a Debian 12 (above is why)"; }
    mv "$root.new" "$root"
fi
step "booting it"
code=0
unshare --mount --propagation private "$0" --boot "$root" "$@" || code=$?
exit $code
