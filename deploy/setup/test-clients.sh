#!/usr/bin/env bash
# Tests the clients of examples/clients as an integrator takes them: copied elsewhere, with packages from PyPI and npm as they
# are pinned, generated from proto/, and run against a real hub. Installs Node, npm and Python's venv from Debian where missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
clients=$target/clients

step() { printf '\033[1m==>\033[0m %s\n' "$*"; }
fail() { printf 'test-clients: %s\n' "$*" >&2; exit 1; }

missing=()
command -v node >/dev/null || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)
command -v openssl >/dev/null || missing+=(openssl)
command -v python3 >/dev/null || missing+=(python3)
python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
if [ ${#missing[@]} -gt 0 ]; then
    if [ "$(id -u)" = 0 ]; then as_root=(); elif command -v sudo >/dev/null; then as_root=(sudo); else
        fail "needs root to install: ${missing[*]}; run once as root: apt-get install --no-install-recommends ${missing[*]}"
    fi
    step "Debian packages: ${missing[*]}"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -qq -y \
        --no-install-recommends "${missing[@]}" >/dev/null
fi
node_major=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
[ "$node_major" -ge 18 ] || fail "Node 18 or newer is needed, found $(node --version)"

step "the Python client, as docs/integration/grpc.md says"
mkdir -p "$clients"
rm -rf "$clients/python" "$clients/typescript/src" "$clients/typescript/proto"
cp -r examples/clients/python "$clients/python"
cp -r proto "$clients/python/proto"
[ -x "$clients/venv/bin/pip" ] || python3 -m venv "$clients/venv"
"$clients/venv/bin/pip" install --quiet --disable-pip-version-check -r "$clients/python/requirements.txt"
# What receives figures and webhooks in the tests: the official messages, the SDK of CloudEvents, Standard Webhooks. No part of the client.
"$clients/venv/bin/pip" install --quiet --disable-pip-version-check opentelemetry-proto==1.45.2 cloudevents==2.2.0 standardwebhooks==1.1.0
# Rotel, a collector of OpenTelemetry (Apache-2.0), which takes the hub's figures and hands them on: it needs no Python of its own.
if [ ! -x "$clients/rotel/rotel/rotel-agent" ] && [ "$(uname -m)" = x86_64 ]; then
    "$clients/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --target "$clients/rotel" rotel==0.0.1a15
    chmod 755 "$clients/rotel/rotel/rotel-agent"
fi
(cd "$clients/python" && "$clients/venv/bin/python" -m grpc_tools.protoc -I proto --python_out=. --grpc_python_out=. proto/velum/v1/*.proto)

step "the TypeScript client, as docs/integration/grpc.md says"
mkdir -p "$clients/typescript"
cp -r examples/clients/typescript/. "$clients/typescript"
cp -r proto "$clients/typescript/proto"
# No package's script runs: none is needed.
(cd "$clients/typescript" && npm ci --ignore-scripts --no-audit --no-fund --silent && npm run --silent build)

# Unpacked, not installed: no service is started.
if [ ! -x "$clients/prometheus/usr/bin/prometheus" ]; then
    step "Prometheus, from Debian"
    rm -rf "$clients/prometheus" && mkdir -p "$clients/prometheus"
    (cd "$clients/prometheus" && apt-get -q download prometheus >/dev/null 2>&1 && dpkg -x prometheus_*.deb . && rm prometheus_*.deb)
fi

step "npm packages of the console's tests, whose hub and box these tests use"
(cd hub/console && npm ci --ignore-scripts --no-audit --no-fund --silent)

step "velum-hub and velum"
"${CARGO:-cargo}" build --quiet -p velum-hub -p velum

step "both against a hub"
CLIENTS=$clients VELUM_PROGRAMS=$target/debug node examples/clients/tests/run.mjs
