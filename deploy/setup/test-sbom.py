"""Holds the bills of materials of target/dist against what is in the packages.

    test-sbom.py velum-edge velum-hub velum

For each: valid by CycloneDX's own schema, every crate of `cargo tree -e normal` in it and no crate that only tests or build
scripts need, a licence for each component, every edge between components that are there; and, where a package was built:
the same file inside it, all that it depends on in the bill, and the ONNX Runtime that the bill names.
"""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

DIST = Path(__file__).resolve().parents[2] / "target/dist"
# For the installation of a package, not for its program.
NOT_OF_THE_PROGRAM = {"systemd", "systemd-standalone-sysusers"}


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=DIST).stdout


def fail(program: str, words: str) -> None:
    sys.exit(f"test-sbom: {program}: {words}")


def crates(*arguments: str) -> set[tuple[str, str]]:
    told = run("cargo", "tree", "--locked", "--prefix", "none", "--format", "{p}", *arguments)
    return {(line.split()[0], line.split()[1].removeprefix("v")) for line in told.splitlines() if line}


def check_crates(program: str, bom: dict) -> None:
    components = [bom["metadata"]["component"], *bom["components"]]
    listed = {(one["name"], one["version"]) for one in components if one["bom-ref"].startswith("pkg:cargo/")}
    wanted = crates("-e", "normal", "-p", program)
    if missing := wanted - listed:
        fail(program, f"these crates are missing: {sorted(missing)}")
    if beyond := listed - crates("-e", "normal", "--workspace"):
        fail(program, f"these crates are of tests or build scripts: {sorted(beyond)}")
    linked = crates("-e", "normal,no-proc-macro", "-p", program)
    required = {(one["name"], one["version"]) for one in components if one["scope"] == "required"}
    if wrong := linked - required:
        fail(program, f"these crates are linked, and not called required: {sorted(wrong)}")


def check_components(program: str, bom: dict) -> None:
    components = [bom["metadata"]["component"], *bom["components"]]
    for one in components:
        licences = [entry.get("expression") or entry.get("license", {}).get("id") for entry in one.get("licenses", [])]
        if not licences or not all(licences):
            fail(program, f"{one['name']} has no licence")
    references = [one["bom-ref"] for one in components]
    if len(set(references)) != len(references):
        fail(program, "two components have one reference")
    edges = {one["ref"]: one.get("dependsOn", []) for one in bom["dependencies"]}
    if set(edges) != set(references) or not set().union(*edges.values()) <= set(references):
        fail(program, "edges and components do not fit")
    seen, open_ones = set(), [bom["metadata"]["component"]["bom-ref"]]
    while open_ones:
        one = open_ones.pop()
        if one not in seen:
            seen.add(one)
            open_ones += edges[one]
    if apart := set(references) - seen:
        fail(program, f"nothing needs {sorted(apart)}")
    if "/home/" in json.dumps(bom) or "file://" in json.dumps(bom):
        fail(program, "it tells where it was built")


def check_package(program: str, deb: Path, text: str, bom: dict) -> None:
    archive = subprocess.run(["dpkg-deb", "--fsys-tarfile", deb], check=True, capture_output=True).stdout

    def inside(path: str) -> bytes:
        return subprocess.run(["tar", "-xO", path], input=archive, check=True, capture_output=True).stdout

    if inside(f"./usr/share/doc/{program}/{program}.cdx.json").decode() != text:
        fail(program, f"{deb.name} has another bill inside")
    by_name = {one["name"]: one for one in bom["components"]}
    asked = {one.split("(")[0].strip() for one in re.split(r"[,|]", run("dpkg-deb", "-f", str(deb), "Depends"))}
    if missing := asked - NOT_OF_THE_PROGRAM - set(by_name):
        fail(program, f"{deb.name} depends on {sorted(missing)}, which the bill does not name")
    own = hashlib.sha256(inside(f"./usr/bin/{program}")).hexdigest()
    if bom["metadata"]["component"].get("hashes") != [{"alg": "SHA-256", "content": own}]:
        fail(program, f"{deb.name} holds another program than the bill is of")
    if program == "velum-edge":
        runtime = by_name["onnxruntime"]
        found = hashlib.sha256(inside(f"./usr/lib/velum/libonnxruntime.so.{runtime['version']}")).hexdigest()
        if runtime["hashes"] != [{"alg": "SHA-256", "content": found}]:
            fail(program, "the ONNX Runtime of the package is not the one of the bill")


def main() -> None:
    validator = JsonStrictValidator(SchemaVersion.V1_5)
    if validator.validate_str('{"bomFormat": "CycloneDX", "specVersion": "1.5", "version": "one"}') is None:
        sys.exit("test-sbom: the validator finds nothing wrong with what is wrong")
    for program in sys.argv[1:]:
        text = (DIST / f"{program}.cdx.json").read_text()
        if error := validator.validate_str(text):
            fail(program, f"not valid by the schema of CycloneDX 1.5: {error}")
        bom = json.loads(text)
        check_crates(program, bom)
        check_components(program, bom)
        packages = sorted(DIST.glob(f"{program}_*.deb"))
        for deb in packages:
            check_package(program, deb, text, bom)
        print(f"{program}.cdx.json: {len(bom['components'])} components; valid; packages that hold it: {len(packages)}")


main()
