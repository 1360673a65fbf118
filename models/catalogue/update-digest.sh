#!/bin/sh
# Writes the digest of models/weights/velum-person-0.onnx into its manifest. Run it after each change of the weights.
set -eu
models=$(cd "$(dirname "$0")/.." && pwd)
digest=$(sha256sum "$models/weights/velum-person-0.onnx" | cut -d' ' -f1)
sed -i "s/^sha256 = .*/sha256 = \"$digest\"/" "$models/catalogue/velum-person-0.toml"
echo "velum-person-0: $digest"
