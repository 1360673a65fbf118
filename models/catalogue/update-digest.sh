#!/bin/sh
# Writes the digests of our own weights into their manifests. Run it after each change of models/weights.
set -eu
models=$(cd "$(dirname "$0")/.." && pwd)
for weights in "$models"/weights/velum-*.onnx; do
    id=$(basename "$weights" .onnx)
    [ -f "$models/catalogue/$id.toml" ] || continue # an older model, kept for comparison
    digest=$(sha256sum "$weights" | cut -d' ' -f1)
    sed -i "s/^sha256 = .*/sha256 = \"$digest\"/" "$models/catalogue/$id.toml"
    echo "$id: $digest"
done
