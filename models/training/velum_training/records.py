"""A labelled picture, and its store under `work/dataset`."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import paths

DATASET = paths.WORK / "dataset"
INDEX = DATASET / "index.json"


@dataclass
class Record:
    """One picture. `labels` and `ignored` are `[n, 5]`: box in the picture, class."""

    picture: str
    source: str
    held_out: bool
    labels: np.ndarray
    ignored: np.ndarray

    @property
    def path(self) -> Path:
        return DATASET / self.picture


def save(records: list[Record]) -> None:
    rows = [
        dict(
            picture=r.picture,
            source=r.source,
            held_out=r.held_out,
            labels=np.round(r.labels, 1).tolist(),
            ignored=np.round(r.ignored, 1).tolist(),
        )
        for r in records
    ]
    INDEX.write_text(json.dumps(rows))


def load() -> list[Record]:
    if not INDEX.exists():
        raise paths.MissingInput(f"`{INDEX}`: not found; run `python -m velum_training label`")
    rows = json.loads(INDEX.read_text())
    return [Record(**{**row, "labels": table(row["labels"]), "ignored": table(row["ignored"])})
            for row in rows]


def table(rows) -> np.ndarray:
    return np.array(rows, np.float32).reshape(-1, 5)
