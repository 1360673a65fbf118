#!/usr/bin/env bash
# Licences, bans and sources of every crate, by deny.toml; known vulnerabilities, where RustSec's list can be reached.
# cargo-deny is built once, which takes some four minutes on two cores.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=0.20.2
tools=$PWD/target/tools
if [ "$("$tools/bin/cargo-deny" --version 2>/dev/null || true)" != "cargo-deny $version" ]; then
    cargo install --quiet --locked --root "$tools" "cargo-deny@$version"
fi
# Those beside the workspace, too: what fuzzes and measures runs on people's machines.
for manifest in Cargo.toml tests/fuzz/Cargo.toml bench/kernels/Cargo.toml; do
    echo "$manifest"
    "$tools/bin/cargo-deny" --locked --config deny.toml --manifest-path $manifest --log-level error check licenses bans sources
done
if GIT_TERMINAL_PROMPT=0 timeout 60 "$tools/bin/cargo-deny" --log-level off fetch db >/dev/null 2>&1; then
    "$tools/bin/cargo-deny" --locked --log-level error check advisories
else
    echo "advisories: RustSec's list could not be fetched: known vulnerabilities were NOT looked up"
fi
