#!/usr/bin/env bash
# Builds the three Debian packages into target/dist: velum-edge, velum-hub and velum (the terminal).
#   DIST_PROFILE=dev   of the programs that `make build` made: quick, large, to try the packages
set -euo pipefail
cd "$(dirname "$0")/../.."
profile=${DIST_PROFILE:-release}
version=3.8.0
tools=$PWD/target/tools
if [ "$("$tools/bin/cargo-deb" --version 2>/dev/null || true)" != "$version" ]; then
    cargo install --quiet --locked --root "$tools" "cargo-deb@$version"
fi
cargo build --workspace --bins --profile "$profile"
mkdir -p target/dist
rm -f target/dist/*.deb
strip=(); [ "$profile" = release ] || strip=(--no-strip --fast)
for package in velum-edge velum-hub velum; do
    "$tools/bin/cargo-deb" deb --no-build --locked --profile "$profile" "${strip[@]}" -p "$package" --output target/dist/
done
sha256sum target/dist/*.deb | sed 's# target/dist/# #' > target/dist/SHA256SUMS
cat target/dist/SHA256SUMS
