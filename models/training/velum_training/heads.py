"""Head labels: a face where one is seen, else the top of an upright whole person."""

import numpy as np

from . import HEAD, PERSON, records

SMALLEST_HEAD_PX = 6
SMALLEST_PERSON_PX = 14


def head_of(person, faces, picture_height_px):
    """The head box of one person box, or None where nothing says where the head is."""
    width, height = person[2] - person[0], person[3] - person[1]
    centre_x, centre_y = (faces[:, 0] + faces[:, 2]) / 2, (faces[:, 1] + faces[:, 3]) / 2
    belongs = (centre_x >= person[0]) & (centre_x <= person[2])
    belongs &= (centre_y >= person[1] - 0.05 * height) & (centre_y <= person[1] + 0.45 * height)
    belongs &= faces[:, 3] - faces[:, 1] >= 5
    if belongs.any():
        face = faces[belongs][faces[belongs, 4].argmax()]
        x, half = (face[0] + face[2]) / 2, (face[2] - face[0]) * 0.68
        face_height = face[3] - face[1]
        return np.array([x - half, face[1] - 0.32 * face_height, x + half, face[3] + 0.08 * face_height])
    whole = person[3] < picture_height_px - 3 and person[1] > 2
    if height / width > 1.9 and whole and height >= 40:
        x = (person[0] + person[2]) / 2
        return np.array([x - 0.062 * height, person[1], x + 0.062 * height, person[1] + 0.15 * height])
    return None


def with_heads(persons, doubtful_persons, faces, picture_height_px):
    """Person boxes `[n, 4]` to labels and ignored regions `[m, 5]`, heads included.

    Where a head cannot be placed, the upper half of the person is ignored for that class.
    """
    labels, ignored = [], [[*box, PERSON] for box in doubtful_persons]
    for person in persons:
        if person[3] - person[1] < SMALLEST_PERSON_PX:
            ignored += [[*person, PERSON], [*person, HEAD]]
            continue
        labels.append([*person, PERSON])
        head = head_of(person, faces, picture_height_px)
        if head is not None and head[3] - head[1] >= SMALLEST_HEAD_PX:
            labels.append([*head, HEAD])
        else:
            middle = (person[1] + person[3]) / 2
            ignored.append([person[0], person[1], person[2], middle, HEAD])
    ignored += [[*box, HEAD] for box in doubtful_persons]
    return records.table(labels), records.table(ignored)
