"""Makes the software bill of materials of one program out of what cargo-cyclonedx wrote for it.

    sbom.py PROGRAM RAW.cdx.json BINARY OUT.cdx.json

cargo-cyclonedx lists every crate that `cargo metadata` resolves, with what only tests and other members of the workspace
turn on. What stays here is what `cargo tree -e normal` reaches from the program, built as `make dist` builds it: linked
crates as `required`, procedural macros and what only they need as `excluded` (they run while it is compiled). To these come
what no crate tells of: Rust's own library, SQLite, jemalloc, models inside of the program, ONNX Runtime, and Debian's libraries.
"""

import hashlib
import json
import re
import subprocess
import sys
import tomllib
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# By Debian's source package: the licence of the library as a whole, by its copyright file. A package that is not here
# stops the script: look it up, and add it.
LICENCES = {
    "gstreamer1.0": "LGPL-2.0-or-later",
    "gst-plugins-base1.0": "LGPL-2.0-or-later",
    "gst-plugins-good1.0": "LGPL-2.0-or-later",
    "gst-plugins-bad1.0": "LGPL-2.0-or-later",
    "gst-libav1.0": "LGPL-2.0-or-later",
    "glib2.0": "LGPL-2.1-or-later",
    "glib-networking": "LGPL-2.1-or-later",
    "opencv": "Apache-2.0",
    # Debian builds it with --enable-gpl: what libavcodec itself says.
    "ffmpeg": "GPL-2.0-or-later",
    "glibc": "LGPL-2.1-or-later",
    "gcc-12": "GPL-3.0-or-later WITH GCC-exception-3.1",
}
# Put into the package for its installation, not for the program.
NOT_OF_THE_PROGRAM = {"systemd"}
ONNX_RUNTIME = re.compile(r"libonnxruntime\.so\.(\d+\.\d+\.\d+)$")


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout


def sha256(path: Path) -> list[dict]:
    return [{"alg": "SHA-256", "content": hashlib.sha256(path.read_bytes()).hexdigest()}]


def library(ref: str, name: str, version: str, licence: str, **more: object) -> dict:
    kept = {key: value for key, value in more.items() if value}
    return {
        "type": "library",
        "bom-ref": ref,
        "name": name,
        "version": version,
        "scope": "required",
        "licenses": [{"expression": licence}],
        **kept,
    }


def reached(program: str, edges: str, target: str) -> set[tuple[str, str]]:
    """Names and versions of crates that the program reaches by such edges, with the features of the whole workspace."""
    told = run(
        "cargo", "tree", "--locked", "--workspace", "--target", target, "-e", edges, "--prefix", "depth", "--format", "|{p}"
    )
    children: dict[tuple[str, str], set[tuple[str, str]]] = {}
    way: list[tuple[str, str]] = []
    for line in filter(None, told.splitlines()):
        depth, package = line.split("|")
        name, version = package.split()[:2]
        del way[int(depth) :]
        way.append((name, version.removeprefix("v")))
        children.setdefault(way[-1], set())
        if len(way) > 1:
            children[way[-2]].add(way[-1])
    open_ones = [one for one in children if one[0] == program]
    seen = set(open_ones)
    while open_ones:
        for child in children[open_ones.pop()] - seen:
            seen.add(child)
            open_ones.append(child)
    return seen


def named(component: dict) -> tuple[str, str]:
    return component["name"], component["version"]


def crates(bom: dict, program: str, target: str) -> None:
    """Leaves what the program reaches, under references that do not tell where it was built."""
    linked, all_of_it = reached(program, "normal,no-proc-macro", target), reached(program, "normal", target)
    main = bom["metadata"]["component"]
    kept = [one for one in bom["components"] if named(one) in all_of_it]
    missing = all_of_it - {named(one) for one in [main, *kept]}
    if missing:
        sys.exit(f"sbom: {program}: cargo-cyclonedx does not list {sorted(missing)}")
    references = {}
    for component in [main, *kept]:
        new = f"pkg:cargo/{component['name']}@{component['version']}"
        references[component["bom-ref"]] = new
        is_ours = component["bom-ref"].startswith("path+")
        component["bom-ref"] = new
        if is_ours:
            # It is in no registry: an address of a package would lead to somebody else's.
            del component["purl"]
        component["scope"] = "required" if named(component) in linked else "excluded"
    bom["components"] = kept
    bom["dependencies"] = [
        {"ref": references[one["ref"]], "dependsOn": sorted({references[to] for to in one.get("dependsOn", []) if to in references})}
        for one in bom["dependencies"]
        if one["ref"] in references
    ]


def carried(bom: dict) -> list[tuple[str, dict]]:
    """Libraries in C whose own source a crate carries along and compiles, each with the crate's reference."""
    found = []
    for crate in bom["components"]:
        if crate["name"] == "libsqlite3-sys":
            packages = json.loads(run("cargo", "metadata", "--locked", "--format-version", "1"))["packages"]
            manifest = next(one["manifest_path"] for one in packages if (one["name"], one["version"]) == named(crate))
            header = (Path(manifest).parent / "sqlite3/sqlite3.h").read_text()
            name, version, licence = "sqlite", re.search(r'#define SQLITE_VERSION\s+"([\d.]+)"', header)[1], "blessing"
        elif crate["name"] == "tikv-jemalloc-sys":
            # As 0.7.1+5.3.1-0-g81034ce: behind the plus is jemalloc's.
            name, version, licence = "jemalloc", re.search(r"\+(\d+\.\d+\.\d+)", crate["version"])[1], "BSD-2-Clause"
        else:
            continue
        address = f"pkg:generic/{name}@{version}"
        found.append((crate["bom-ref"], library(address, name, version, licence, purl=address)))
    return found


def rust() -> dict:
    version = run("rustc", "--version").split()[1]
    return library(f"rust-std@{version}", "rust-std", version, "MIT OR Apache-2.0", description="Rust's own library, linked statically")


def models() -> list[dict]:
    """What `include_bytes!` puts into the program; weights of ours only."""
    source = (ROOT / "models/src/catalogue.rs").read_text()
    found = []
    for name in re.findall(r'include_bytes!\("\.\./weights/([\w.-]+)\.onnx"\)', source):
        manifest = tomllib.loads((ROOT / f"models/catalogue/{name}.toml").read_text())
        hashes = sha256(ROOT / f"models/weights/{name}.onnx")
        if hashes[0]["content"] != manifest["sha256"]:
            sys.exit(f"sbom: models/weights/{name}.onnx is not what its manifest pins")
        ref = f"model:{name}"
        component = library(ref, name, manifest["sha256"][:12], manifest["licence"], hashes=hashes)
        found.append(component | {"type": "machine-learning-model"})
    return found


def onnx_runtime(deb: dict, folder: Path) -> list[dict]:
    found = []
    for asset in deb.get("assets", []):
        path = folder / asset[0]
        if version := ONNX_RUNTIME.search(path.name):
            ref = f"pkg:pypi/onnxruntime@{version[1]}"
            words = f"{path.name}, out of the wheel of that version, in the package"
            found.append(library(ref, "onnxruntime", version[1], "MIT", hashes=sha256(path), purl=ref, description=words))
    return found


def debian_package(path: str) -> str:
    """Whose file this is; under /usr it may be known without it."""
    for one in (path, str(Path(path).resolve()), path.removeprefix("/usr")):
        found = subprocess.run(["dpkg", "-S", one], capture_output=True, text=True)
        if found.returncode == 0:
            return found.stdout.split(":")[0]
    sys.exit(f"sbom: no Debian package has {path}")


def debian(binary: Path, deb: dict) -> list[dict]:
    """Packages of the libraries that the program is linked to, of what its package asks for, and libav behind GStreamer."""
    listing = run("ldd", str(binary))
    needed = re.findall(r"NEEDED\s+(\S+)", run("objdump", "-p", str(binary)))
    names = set()
    for lib in needed:
        path = re.search(rf"(?:{re.escape(lib)} => |^\s*)(/\S*{re.escape(lib)})", listing, re.MULTILINE)
        if path is None:
            sys.exit(f"sbom: {binary}: {lib} is not found on this machine")
        names.add(debian_package(path[1]))
    asked = re.sub(r"\s+", " ", deb.get("depends", "")).split(",")
    for name in (one.split("|")[0].split("(")[0].strip() for one in asked):
        if name and not name.startswith("$") and name not in NOT_OF_THE_PROGRAM:
            names.add(name)
    if "gstreamer1.0-libav" in names:
        behind = run("dpkg-query", "-W", "-f", "${Depends}", "gstreamer1.0-libav")
        names |= set(re.findall(r"\blib(?:av|sw)\w+", behind))
    found = []
    for name in sorted(names):
        line = run("dpkg-query", "-W", "-f", "${Version}\t${Architecture}\t${source:Package}", name)
        version, architecture, source = line.split("\t")
        if source not in LICENCES:
            sys.exit(f"sbom: the licence of Debian's {source} is not known to {Path(__file__).name}; add it to LICENCES")
        purl = f"pkg:deb/debian/{name}@{version.replace('+', '%2B').replace(':', '%3A')}?arch={architecture}&distro=debian-12"
        words = "as on the machine that built the program; each Debian machine has its own, and updates it"
        found.append(library(purl, name, version, LICENCES[source], purl=purl, description=words))
    return found


def main() -> None:
    program, raw, binary, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4])
    bom = json.loads(raw.read_text())
    target = re.search(r"^host: (\S+)", run("rustc", "-vV"), re.MULTILINE)[1]
    crates(bom, program, target)

    packages = json.loads(run("cargo", "metadata", "--locked", "--no-deps", "--format-version", "1"))["packages"]
    package = next(one for one in packages if one["name"] == program)
    deb, folder = package["metadata"]["deb"], Path(package["manifest_path"]).parent
    of_debian = debian(binary, deb)
    beside = [rust(), *onnx_runtime(deb, folder), *of_debian]
    if any(one["name"] == "velum-models" for one in bom["components"]):
        beside += models()
    edges = {one["ref"]: one["dependsOn"] for one in bom["dependencies"]}
    compiled_in = carried(bom)
    for crate, component in compiled_in:
        edges[crate].append(component["bom-ref"])
    main_ref = bom["metadata"]["component"]["bom-ref"]
    edges[main_ref] += [one["bom-ref"] for one in beside]
    added = beside + [component for _, component in compiled_in]
    bom["components"] = sorted(bom["components"] + added, key=lambda one: one["bom-ref"])
    bom["dependencies"] += [{"ref": one["bom-ref"], "dependsOn": []} for one in added]
    # What Debian's packages need in turn is not in here; dpkg knows it.
    bom["compositions"] = [{"aggregate": "incomplete", "dependencies": [one["bom-ref"] for one in of_debian]}]
    bom["metadata"]["component"]["hashes"] = sha256(binary)
    # The same content has the same number.
    bom["serialNumber"] = uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(bom)).urn
    out.write_text(json.dumps(bom, indent=1) + "\n")
    required = sum(one["scope"] == "required" for one in bom["components"])
    print(f"{out}: {required} components in the program or beside it, {len(bom['components']) - required} that only compile it")


main()
