#!/usr/bin/env bash
# What is in velum-edge, velum-hub and velum: a software bill of materials (CycloneDX 1.5) for each, as target/dist/NAME.cdx.json.
# With the release programs that are in target/release: `make sbom` builds them first, `make dist` has just built them.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=0.5.9
tools=$PWD/target/tools
if [ "$("$tools/bin/cargo-cyclonedx" cyclonedx --version 2>/dev/null || true)" != "cargo-cyclonedx-cyclonedx $version" ]; then
    cargo install --quiet --locked --root "$tools" "cargo-cyclonedx@$version"
fi
# The same commit gives the same file.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH
mkdir -p target/dist
# It writes beside each manifest, of programs of tests, too.
sweep() { find . -name '*_bin.cdx.json' -not -path './target/*' -delete; }
trap sweep EXIT
"$tools/bin/cargo-cyclonedx" cyclonedx --quiet --format json --spec-version 1.5 --describe binaries --no-build-deps \
    --target "$(rustc -vV | sed -n 's/^host: //p')"
for program in pipeline/edge/velum-edge hub/velum-hub cli/velum; do
    name=$(basename $program)
    python3 deploy/setup/sbom.py "$name" "${program}_bin.cdx.json" "target/release/$name" "target/dist/$name.cdx.json"
done
