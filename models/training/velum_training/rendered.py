"""Cut-outs drawn from three-dimensional models, stored under `work/rendered`.

The models are those of Debian's package `sweethome3d-furniture` (CC-BY-3.0 and CC0; authors in
the package's copyright file), unpacked under `work/debian`.
"""

import json
import math
import random
from pathlib import Path

import cv2

from . import PERSON, VEHICLE, meshes, packages, paths

FOLDER = paths.WORK / "rendered"
INDEX = FOLDER / "index.json"
VIEWS = {PERSON: 12, VEHICLE: 16, None: 2}
LUGGAGE_VIEWS = 16
LUGGAGE = ("Suitcase", "Briefcase", "Backpack", "Cardboard box", "Open cardboard box", "Shopping basket", "Clothes basket")
THING_CATEGORIES = ("Exterior", "Office", "Living room", "Miscellaneous", "Bedroom", "Kitchen", "Bathroom")
THING_LEAST_CM = (25, 30)  # its height and its longest side
THING_MOST_CM = 320
VEHICLE_MOST_CM = 1450
NOT_MOTOR_VEHICLES = ("Bike", "Bicycle", "Stroller", "Tricycle", "Skateboard", "Fork lift")
HUMAN_WORDS = ("male", "female", "boy", "girl")
AMBIGUOUS_WORDS = ("mannequin", "doll", "snowman")
SEED = 20261126


def class_of(model: meshes.Model):
    """PERSON, VEHICLE, or None for a thing that is neither; raises `Unfit` where it teaches nothing."""
    name, size = model.name.lower(), model.size_cm
    if any(word in name for word in AMBIGUOUS_WORDS):
        raise Unfit(model.name)
    if model.category == "Characters":
        return PERSON if any(word in name.split() for word in HUMAN_WORDS) else None
    if model.category == "Vehicles" and model.name not in NOT_MOTOR_VEHICLES and size[2] > 120:
        if size.max() > VEHICLE_MOST_CM:
            raise Unfit(model.name)
        return VEHICLE
    large = size[1] >= THING_LEAST_CM[0] and size.max() >= THING_LEAST_CM[1] and size.max() <= THING_MOST_CM
    if model.category == "Vehicles" or (model.category in THING_CATEGORIES and large):
        return None
    raise Unfit(model.name)


class Unfit(Exception):
    """A model that is too flat, too small, too large or too like another class."""


def render_all():
    """Draws every fit model from some sides (about ten minutes on one core)."""
    random.seed(SEED)
    rows = []
    for folder in packages.furniture():
        for model in meshes.catalogue(folder):
            try:
                rows += render(model, class_of(model))
            except Unfit:
                continue
    INDEX.write_text(json.dumps(rows))
    counts = {name: sum(row["class_id"] == value for row in rows)
              for name, value in (("person", PERSON), ("vehicle", VEHICLE), ("thing", None))}
    print(f"{INDEX}: {counts}", flush=True)


def render(model: meshes.Model, class_id) -> list[dict]:
    mesh = meshes.read_mesh(model)
    if mesh is None or not len(mesh.corners):
        return []
    rows = []
    FOLDER.mkdir(parents=True, exist_ok=True)
    luggage = class_id is None and model.name in LUGGAGE
    for view in range(LUGGAGE_VIEWS if luggage else VIEWS[class_id]):
        yaw, pitch = random.uniform(0, 2 * math.pi), math.radians(random.triangular(2, 60, 15))
        drawn = meshes.draw(mesh, yaw, pitch)
        if drawn is None:
            continue
        picture = f"{model.path.parent.name}-{model.path.stem}-{view}.png"
        cv2.imwrite(str(FOLDER / picture), drawn[0])
        rows.append(dict(picture=picture, class_id=class_id, persons_tall=round(drawn[1], 3), luggage=luggage))
    return rows


def load() -> list[tuple[Path, int | None, float, bool]]:
    """Of every cut-out that was drawn: picture, class, height in heights of a standing person, whether it is luggage."""
    if not INDEX.exists():
        return []
    return [(FOLDER / row["picture"], row["class_id"], row["persons_tall"], row.get("luggage", False))
            for row in json.loads(INDEX.read_text())]
