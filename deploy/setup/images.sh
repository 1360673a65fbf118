#!/usr/bin/env bash
# Container images of hub and box out of the packages in target/dist, and of a camera for trials: localhost/velum-hub, -edge and -camera.
#   BUILDER=podman      or docker; the first that is there, else
#   BUILD_FLAGS=...     more for its command `build`
#   DEBIAN=IMAGE        Debian 12 from elsewhere, or by its digest
set -euo pipefail
cd "$(dirname "$0")/../.."
builder=${BUILDER:-}
for known in podman docker; do
    [ -n "$builder" ] || ! command -v $known >/dev/null || builder=$known
done
[ -n "$builder" ] || { echo "images: neither podman nor docker is installed; for example: apt-get install podman" >&2; exit 1; }
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n1)
# Podman would leave health checks out of its own format.
format=(); [ "$(basename "$builder")" != podman ] || format=(--format docker)
read -ra flags <<<"${BUILD_FLAGS:-}"
context=target/images
rm -rf $context && mkdir -p $context
cp target/dist/velum-hub_*.deb target/dist/velum-edge_*.deb target/release/velum-camera-sim $context/
for image in hub edge camera; do
    "$builder" build "${format[@]}" "${flags[@]}" ${DEBIAN:+--build-arg "DEBIAN=$DEBIAN"} \
        --label "org.opencontainers.image.version=$version" --label "org.opencontainers.image.revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)" \
        -f "deploy/containers/$image.Containerfile" -t "localhost/velum-$image:$version" $context
done
