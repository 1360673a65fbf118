#!/usr/bin/env bash
# Tests the operators' page: what is built into velum-hub is what the sources give, the types hold, and a browser
# clicks through it against real programs. Installs Node, npm and Chromium from Debian where they are missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
page=hub/console
programs=${CARGO_TARGET_DIR:-target}/debug

step() { printf '\033[1m==>\033[0m %s\n' "$*"; }
fail() { printf 'test-web: %s\n' "$*" >&2; exit 1; }

missing=()
command -v node >/dev/null || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)
command -v chromium >/dev/null || missing+=(chromium fonts-dejavu-core)
command -v openssl >/dev/null || missing+=(openssl)
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

step "npm packages of $page, as package-lock.json pins them"
# No package's script runs: none is needed.
(cd "$page" && npm ci --ignore-scripts --no-audit --no-fund --silent)

step "types"
(cd "$page" && npm run --silent check)

step "the committed page against its sources"
(cd "$page" && npm run --silent compare)

step "what decides about the list"
(cd "$page" && npm run --silent units)

step "velum-hub and velum"
"${CARGO:-cargo}" build --quiet -p velum-hub -p velum

step "a browser, at 1366x768"
VELUM_PROGRAMS=$(realpath "$programs") CHROMIUM=$(command -v chromium) node "$page/tests/run.mjs"
