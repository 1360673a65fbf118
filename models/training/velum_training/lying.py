"""People on the ground: a standing person's cut-out turned over.

The footage shows hardly anybody who lies, and those people matter. A head keeps its box only
because a head is about as wide as tall, so that the box turns with it.
"""

import random
from dataclasses import replace

import cv2
import numpy as np

TURN_DEGREES = (60, 110)
FORESHORTENED = (0.65, 1.0)  # the ground is seen from the side: what lies along it away from the camera looks shorter
LEAST_TALL_OF_WIDE = 1.8  # less shows half a person, or one who sits


def laid_down(cutout):
    """The person of a cut-out on the ground; the cut-out itself where it does not show a whole standing one."""
    height, width = cutout.bgra.shape[:2]
    if height < LEAST_TALL_OF_WIDE * width:
        return cutout
    degrees = random.uniform(*TURN_DEGREES) * random.choice([-1, 1])
    matrix, size = turning(height, width, degrees, random.uniform(*FORESHORTENED))
    # Colour without weight would bleed in at the edge, so colour is weighted by the mask while it is turned.
    weighted = cutout.bgra.astype(np.float32)
    weighted[..., :3] *= weighted[..., 3:] / 255
    turned = cv2.warpAffine(weighted, matrix, size, flags=cv2.INTER_AREA)
    turned[..., :3] *= 255 / np.maximum(turned[..., 3:], 1)
    x, y, wide, tall = cv2.boundingRect((turned[..., 3] > 16).astype(np.uint8))
    head = None if cutout.head is None else turned_box(np.asarray(cutout.head), matrix) - [x, y, x, y]
    before = cutout.persons_tall or (1.0, 1.0)
    return replace(
        cutout,
        bgra=turned[y : y + tall, x : x + wide].clip(0, 255).astype(np.uint8),
        head=head,
        persons_tall=tuple(share * tall / height for share in before),
    )


def turning(height, width, degrees, foreshortened):
    """The matrix that turns a picture about its middle and flattens it, and the size that holds the result."""
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    cos, sin = abs(matrix[0, 0]), abs(matrix[0, 1])
    wide, tall = width * cos + height * sin, width * sin + height * cos
    matrix[:, 2] += [wide / 2 - width / 2, tall / 2 - height / 2]
    matrix[1] *= foreshortened
    return matrix, (int(np.ceil(wide)), int(np.ceil(tall * foreshortened)))


def turned_box(box, matrix):
    """The box around the turned ellipse that fills `box`."""
    centre = matrix[:, :2] @ ((box[:2] + box[2:]) / 2) + matrix[:, 2]
    half = np.hypot(*(matrix[:, :2] * ((box[2:] - box[:2]) / 2)).T)
    return np.concatenate([centre - half, centre + half])
