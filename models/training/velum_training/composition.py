"""Geometric augmentation: crops at chosen person sizes, mosaics, pasted crowds."""

import random

import cv2
import numpy as np

from . import HEAD, NOTHING, PAD_VALUE, PERSON, boxes

SMALLEST_PX = np.array([14, 6, 12])
SMALLEST_THING_PX = 8
CROWDS = ((1, 5, 32, 320), (6, 12, 32, 230), (12, 24, 18, 80))  # fewest, most, height of the nearest in px
CROWD_SHARES = (0.62, 0.28, 0.10)
GATHERED_SHARE = 0.5
BAG_SHARE = 0.22  # of the pasted persons have a bag beside them
PERSON_HEIGHT_PX = (20, 340)


def padding(height_px, width_px):
    return np.full((height_px, width_px, 3), PAD_VALUE, np.uint8)


def backdrop(image, height_px, width_px):
    """A random part of an empty scene, filling the canvas."""
    height, width = image.shape[:2]
    scale = max(width_px / width, height_px / height) * log_uniform(1, 2.5)
    shift_x = random.uniform(width_px - width * scale, 0)
    shift_y = random.uniform(height_px - height * scale, 0)
    mirror = random.choice([-1, 1])
    matrix = np.array([[mirror * scale, 0, shift_x if mirror > 0 else width_px - shift_x], [0, scale, shift_y]])
    return cv2.warpAffine(image, matrix, (width_px, height_px), borderMode=cv2.BORDER_REFLECT)


def warp(image, labels, ignored, canvas, shrink=1.0):
    """The picture at a random scale and place, mirrored half the time, drawn over `canvas`."""
    height_px, width_px = canvas.shape[:2]
    height, width = image.shape[:2]
    fit = min(width_px / width, height_px / height)
    fill = max(width_px / width, height_px / height)
    base = random.choice([fit, fill])
    persons = labels[labels[:, 4] == PERSON]
    if len(persons) and random.random() < 0.7:
        person = persons[random.randrange(len(persons))]
        wanted = log_uniform(*PERSON_HEIGHT_PX) * shrink
        scale = float(np.clip(wanted / (person[3] - person[1]), 0.3 * base, 2.6 * base))
        centre = ((person[0] + person[2]) / 2, (person[1] + person[3]) / 2)
    else:
        scale = base * log_uniform(0.6, 2.4)
        centre = (random.uniform(0, width), random.uniform(0, height))
    stretch = np.exp(random.uniform(-0.12, 0.12)) ** 0.5
    scale_x, scale_y = scale * stretch, scale / stretch
    shift_x = placement(centre[0] * scale_x, width * scale_x, width_px)
    shift_y = placement(centre[1] * scale_y, height * scale_y, height_px)
    shear = np.tan(np.radians(random.uniform(-4, 4))) * scale_y if random.random() < 0.3 else 0.0
    matrix = np.array([[scale_x, shear, shift_x - shear * centre[1]], [0, scale_y, shift_y]], np.float32)
    if random.random() < 0.5:
        matrix[0] = [-matrix[0, 0], -matrix[0, 1], width_px - matrix[0, 2]]
    if scale < 0.6:
        image = cv2.blur(image, (2, 2))
    canvas = cv2.warpAffine(
        image, matrix, (width_px, height_px), dst=canvas, borderMode=cv2.BORDER_TRANSPARENT
    )
    return canvas, *clip(moved(labels, matrix), moved(ignored, matrix), height_px, width_px)


def log_uniform(low, high):
    return float(np.exp(random.uniform(np.log(low), np.log(high))))


def placement(centre, size, canvas):
    """Shift of a picture along one axis: whole if it fits, else `centre` in view."""
    if size <= canvas:
        return random.uniform(0, canvas - size)
    return min(0.0, max(canvas - size, random.uniform(0.1, 0.9) * canvas - centre))


def moved(rows, matrix):
    if not len(rows):
        return rows.reshape(0, 5).copy()
    x, y = rows[:, [0, 2, 0, 2]], rows[:, [1, 1, 3, 3]]
    new_x = np.sort(matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2], 1)
    new_y = matrix[1, 1] * y + matrix[1, 2]
    # A small shear: the mean of the two corner positions is the tighter box.
    columns = [new_x[:, :2].mean(1), new_y[:, :2].mean(1), new_x[:, 2:].mean(1), new_y[:, 2:].mean(1), rows[:, 4]]
    return np.stack(columns, 1).astype(np.float32)


def clip(labels, ignored, height_px, width_px):
    """Labels that are mostly in view; the rest becomes ignored."""
    inside = labels.copy()
    inside[:, [0, 2]] = inside[:, [0, 2]].clip(0, width_px)
    inside[:, [1, 3]] = inside[:, [1, 3]].clip(0, height_px)
    area = boxes.area_px2(inside)
    large = inside[:, 3] - inside[:, 1] >= SMALLEST_PX[inside[:, 4].astype(int)]
    clear = (area > 0.3 * boxes.area_px2(labels)) & large
    ignored = np.concatenate([ignored, inside[~clear & (area > 4)]])
    ignored[:, [0, 2]] = ignored[:, [0, 2]].clip(0, width_px)
    ignored[:, [1, 3]] = ignored[:, [1, 3]].clip(0, height_px)
    return inside[clear], ignored[boxes.area_px2(ignored) > 0]


def paste_crowd(image, labels, ignored, draw_cutout, crowd=None, hide=None, draw_bag=None):
    """Cut-outs on one ground plane, the far ones first, so that near ones hide them.

    `crowd` is a row of `CROWDS`; `hide` says what becomes of the labels that a cut-out covers;
    `draw_bag` gives what some people have beside them, partly before or behind them.
    """
    height, width = image.shape[:2]
    low, high, smallest, largest = crowd or random.choices(CROWDS, CROWD_SHARES)[0]
    count, tallest = random.randint(low, high), log_uniform(smallest, largest)
    horizon = random.uniform(-1.5, 0.35) * height
    where = gathered if crowd and random.random() < GATHERED_SHARE else scattered
    standing = []
    for foot, column in where(count, height, width):
        if foot <= horizon + 4:
            continue
        size = tallest * (foot - horizon) / (height - horizon)
        cutout = draw_cutout()
        standing.append((foot, column, size, cutout))
        if draw_bag and cutout.class_id == PERSON and random.random() < BAG_SHARE:
            standing.append((*beside(foot, column, size), size, draw_bag()))
    for foot, column, size, cutout in sorted(standing, key=lambda placed: placed[0]):
        size *= np.exp(random.gauss(0, 0.12))
        image, labels, ignored = paste(image, labels, ignored, cutout, (foot, column), size, hide or mostly_covered)
    return image, labels, ignored


def beside(foot, column, size):
    """Where a bag stands whose owner of that height stands at `foot`, `column`: to one side, a little before or behind."""
    return foot + random.uniform(-0.12, 0.08) * size, column + random.choice([-1, 1]) * random.uniform(0.12, 0.6) * size


def scattered(count, height, width):
    """Rows of feet and columns, anywhere on the ground."""
    return [(random.uniform(0.15, 1.05) * height, random.uniform(0, width)) for _ in range(count)]


def gathered(count, height, width):
    """People who stand together in a group or two, and so hide each other."""
    groups = [(random.uniform(0.3, 1.0) * height, random.uniform(0, width)) for _ in range(random.randint(1, 3))]
    wide, deep = random.uniform(0.06, 0.25) * width, random.uniform(0.02, 0.15) * height
    chosen = [random.choice(groups) for _ in range(count)]
    return [(foot + random.gauss(0, deep), column + random.gauss(0, wide)) for foot, column in chosen]


def paste(image, labels, ignored, cutout, foot_px, size_px, hide):
    """One cut-out standing at `foot_px` (row, column); `hide` says what becomes of the labels it covers."""
    height, width = image.shape[:2]
    source_height, source_width = cutout.bgra.shape[:2]
    if cutout.persons_tall is not None:
        scale = size_px * random.uniform(*cutout.persons_tall) / source_height
    else:
        scale = size_px / (source_height if cutout.class_id == PERSON else max(source_height, source_width))
    new_height = round(source_height * scale)
    new_width = max(4, round(source_width * scale * np.exp(random.uniform(-0.15, 0.15))))
    least = SMALLEST_PX[PERSON] if cutout.class_id is not None else SMALLEST_THING_PX
    if new_height < least or new_width > 0.8 * width or new_height > 0.95 * height:
        return image, labels, ignored
    patch = cv2.resize(cutout.bgra, (new_width, new_height), interpolation=cv2.INTER_AREA)
    head = cutout.head
    if head is not None:
        head = np.asarray(head) * np.tile([new_width / source_width, new_height / source_height], 2)
    if random.random() < 0.5:
        patch = patch[:, ::-1]
        head = None if head is None else np.array([new_width - head[2], head[1], new_width - head[0], head[3]])
    out_of_view = new_width // (6 if cutout.class_id is not None else 2)  # a thing at the border is often cut
    furthest_left, furthest_right = -out_of_view, max(0, width - new_width + out_of_view)
    left = int(np.clip(round(foot_px[1] - new_width / 2), furthest_left, furthest_right))
    top = round(foot_px[0]) - new_height
    x0, y0, x1, y1 = max(0, left), max(0, top), min(width, left + new_width), min(height, top + new_height)
    if x1 - x0 < 4 or y1 - y0 < 0.5 * new_height:
        return image, labels, ignored
    blend(image, patch[y0 - top : y1 - top, x0 - left : x1 - left], x0, y0)
    labels, ignored = hide(labels, ignored, np.array([x0, y0, x1, y1], np.float32))
    if cutout.class_id is None:
        nothing = np.array([[x0, y0, x1, y1, NOTHING]], np.float32)
        return image, labels, np.concatenate([ignored, nothing])
    added = [[x0, y0, x1, y1, cutout.class_id]]
    if cutout.class_id == PERSON:
        if head is not None and head[3] - head[1] >= SMALLEST_PX[HEAD] and head[1] + top >= 0:
            added.append([max(0, head[0] + left), head[1] + top, min(width, head[2] + left), head[3] + top, HEAD])
        else:
            ignored = np.concatenate([ignored, [[x0, y0, x1, (y0 + y1) / 2, HEAD]]])
    return image, np.concatenate([labels, added]).astype(np.float32), ignored.astype(np.float32)


def mostly_covered(labels, ignored, cover):
    covered = boxes.intersection_px2(labels, cover[None])[:, 0] > 0.7 * boxes.area_px2(labels)
    return labels[~covered], np.concatenate([ignored, labels[covered]])


def blend(image, patch, x, y):
    height, width = patch.shape[:2]
    region = image[y : y + height, x : x + width]
    alpha = patch[..., 3:].astype(np.float32) / 255
    colour = patch[..., :3].astype(np.float32) * random.uniform(0.6, 1.3)
    if random.random() < 0.5:  # drawn half-way to the local brightness
        colour *= np.clip((region.mean() + 1) / (colour.mean() + 1), 0.5, 1.8) ** 0.5
    region[:] = np.clip(region * (1 - alpha) + colour * alpha, 0, 255).astype(np.uint8)


def mosaic(pick, paint_canvas, height_px, width_px):
    """Pictures side by side, two to three each way, cut at random places."""
    columns, rows = cuts(width_px), cuts(height_px)
    shrink = 2.1 / max(len(columns), len(rows))
    canvas = np.empty((height_px, width_px, 3), np.uint8)
    all_labels, all_ignored = [], []
    for y0, y1 in zip(rows, rows[1:]):
        for x0, x1 in zip(columns, columns[1:]):
            part, labels, ignored = warp(*pick(), paint_canvas(y1 - y0, x1 - x0), shrink)
            canvas[y0:y1, x0:x1] = part
            offset = np.array([x0, y0, x0, y0, 0], np.float32)
            all_labels.append(labels + offset)
            all_ignored.append(ignored + offset)
    return canvas, np.concatenate(all_labels), np.concatenate(all_ignored)


def cuts(size_px):
    """Borders of two or three cells along one axis."""
    if random.random() < 0.65:
        inner = [random.uniform(0.3, 0.7)]
    else:
        inner = [random.uniform(0.25, 0.4), random.uniform(0.6, 0.75)]
    return [0, *(int(size_px * share) for share in inner), size_px]
