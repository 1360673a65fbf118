"""Three-dimensional models of Debian packages under free licences, fetched and unpacked under `work/debian`.

| package | what is used | terms |
|---|---|---|
| sweethome3d-furniture | models of furniture, vehicles, people | CC-BY-3.0, CC0 |
"""

import subprocess
import zipfile
from pathlib import Path

from . import paths

FOLDER = paths.WORK / "debian"
NAMES = ("sweethome3d-furniture",)


def fetch():
    """Downloads and unpacks what is not there yet (`apt-get download`; nothing is installed)."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        if (FOLDER / name).exists():
            continue
        subprocess.run(["apt-get", "download", "--quiet", name], cwd=FOLDER, check=True)
        for archive in FOLDER.glob(f"{name}_*.deb"):
            subprocess.run(["dpkg-deb", "--extract", str(archive), str(FOLDER / name)], check=True)
            archive.unlink()


def furniture() -> list[Path]:
    """The unpacked catalogues."""
    found = []
    for archive in sorted((FOLDER / "sweethome3d-furniture").glob("usr/share/sweethome3d/furniture/*.sh3f")):
        target = FOLDER / "models" / archive.stem
        if not target.exists():
            with zipfile.ZipFile(archive) as opened:
                opened.extractall(target)
        found.append(target)
    return found
