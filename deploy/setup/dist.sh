#!/usr/bin/env bash
# Builds the three Debian packages into target/dist: velum-edge, velum-hub and velum (the terminal), each with its bill of materials
# (CycloneDX) inside and beside it.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=3.8.0
tools=$PWD/target/tools
if [ "$("$tools/bin/cargo-deb" --version 2>/dev/null || true)" != "$version" ]; then
    cargo install --quiet --locked --root "$tools" "cargo-deb@$version"
fi
cargo build --release --workspace --bins
mkdir -p target/dist
rm -f target/dist/*
deploy/setup/sbom.sh
for package in velum-edge velum-hub velum; do
    "$tools/bin/cargo-deb" deb --no-build --locked -p "$package" --output target/dist/
done
sha256sum target/dist/*.deb target/dist/*.cdx.json | sed 's# target/dist/# #' > target/dist/SHA256SUMS
cat target/dist/SHA256SUMS
