"""Where footage, work files and results lie."""

import os
from pathlib import Path

TRAINING = Path(__file__).resolve().parent.parent
REPOSITORY = TRAINING.parent.parent
WORK = TRAINING / "work"
WEIGHTS = REPOSITORY / "models" / "weights"
CARDS = REPOSITORY / "models" / "cards"
VTEST = REPOSITORY / ".cache" / "fixtures" / "vtest.avi"
SHARED = Path(os.environ.get("VELUM_SHARED", REPOSITORY.parent / "shared"))
FOOTAGE = SHARED / "footage"
THIRD_PARTY_MODELS = SHARED / "third-party-models"


class MissingInput(Exception):
    """A file that a command needs is absent; the text says how to provide it."""


def require(path: Path) -> Path:
    """`path`, or an error that says how to provide it."""
    if not path.exists():
        raise MissingInput(
            f"`{path}`: not found; set VELUM_SHARED to the folder that holds "
            f"`footage` and `third-party-models`, for example VELUM_SHARED=/srv/velum-shared"
        )
    return path
