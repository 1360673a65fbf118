#!/usr/bin/env bash
# Holds the bills of materials in target/dist against CycloneDX's schema, cargo's tree, and the packages, where there are any.
set -euo pipefail
cd "$(dirname "$0")/../.."
validator="cyclonedx-python-lib[json-validation]==11.12.0"
python=target/tools/cyclonedx
if [ "$(cat $python/installed 2>/dev/null || true)" != "$validator" ]; then
    rm -rf $python
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-warn-conflicts --target $python "$validator"
    echo "$validator" >$python/installed
fi
PYTHONPATH=$PWD/$python PYTHONDONTWRITEBYTECODE=1 python3 deploy/setup/test-sbom.py velum-edge velum-hub velum
