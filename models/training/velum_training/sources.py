"""The footage that shipped weights may learn from, with its terms.

Invariant: nothing outside this table reaches training. Footage under research-only or
unclear terms (ABODA, PETS, TUD-Campus, MOT17, vtest, street, faces) is measurement only.
"""

from dataclasses import dataclass
from pathlib import Path

from . import paths


@dataclass(frozen=True)
class Clip:
    """A video; every `step`-th frame is labelled."""

    path_in_footage: str
    step: int
    static_camera: bool
    held_out: bool = False

    @property
    def name(self) -> str:
        return Path(self.path_in_footage).stem

    @property
    def path(self) -> Path:
        return paths.FOOTAGE / self.path_in_footage


TERMS = {
    "intel-samples": "CC-BY-4.0 (Intel sample videos)",
    "deepstream-retail": "CC-BY-4.0 / Apache-2.0 (NVIDIA DeepStream samples)",
    "pexels-luggage": "Pexels licence",
    "photos": "MIT (jetson-inference sample images)",
    "coco128": "annotations CC-BY-4.0, images Flickr terms (COCO train2017)",
}

# No clip here shows a road vehicle worth a label; photos and coco128 carry that class.
CLIPS = (
    Clip("intel-samples/one-by-one-person-detection.mp4", 3, True),
    Clip("intel-samples/worker-zone-detection.mp4", 1, True),
    Clip("intel-samples/store-aisle-detection.mp4", 1, True),
    Clip("intel-samples/face-demographics-walking.mp4", 1, True),
    Clip("intel-samples/face-demographics-walking-and-pause.mp4", 1, True),
    Clip("intel-samples/head-pose-face-detection-female-and-male.mp4", 2, True),
    Clip("intel-samples/people-detection.mp4", 1, True, held_out=True),
    Clip("deepstream-retail/Retail02_short.mp4", 4, True),
    Clip("pexels-luggage/3695972-hd_1280_720_24fps.mp4", 4, False),
    Clip("pexels-luggage/3723457-hd_1366_720_24fps.mp4", 4, False),
    Clip("pexels-luggage/8044791-hd_1280_720_50fps.mp4", 10, False),
)

HELD_OUT_EVERY = 8
HELD_OUT_REMAINDER = 5


def photo_is_held_out(rank: int) -> bool:
    """Whether the photograph at `rank` of its sorted folder is kept from training."""
    return rank % HELD_OUT_EVERY == HELD_OUT_REMAINDER


def photos() -> list[Path]:
    folder = paths.FOOTAGE / "photos"
    return sorted(p for p in folder.glob("*") if p.suffix in (".jpg", ".png"))


def coco_images() -> list[Path]:
    return sorted((paths.FOOTAGE / "coco128" / "images").glob("*.jpg"))
