"""Drawn things that stand about and are not people: cases, bags, boxes, belts, posts and barriers.

Few photographs of bags may be learned from; these add shapes and colours without end. Each comes as
a cut-out (BGRA) and the range of its height in heights of a standing person.
"""

import random

import cv2
import numpy as np

HEIGHT_PX = 160
SHADOW_SHARE = 0.5
DARK_SHARE = 0.55


def thing(choices=None) -> tuple[np.ndarray, tuple[float, float]]:
    """One of the things, or of `choices` among them, drawn at random."""
    draw, persons_tall = random.choice(choices or THINGS)
    canvas = np.zeros((HEIGHT_PX + 40, 3 * HEIGHT_PX, 4), np.uint8)
    draw(canvas)
    canvas = textured(canvas)
    if random.random() < SHADOW_SHARE:
        canvas = with_shadow(canvas)
    x, y, width, height = cv2.boundingRect(canvas[..., 3])
    return cv2.GaussianBlur(canvas, (3, 3), 0)[y : y + height, x : x + width], persons_tall


def colour(gain=1.0):
    base = random.uniform(15, 70) if random.random() < DARK_SHARE else random.uniform(60, 220)
    tint = [random.gauss(0, 0.25) for _ in range(3)] if random.random() < 0.6 else [0.0] * 3
    return tuple(float(np.clip(base * (1 + t) * gain, 0, 255)) for t in tint) + (255.0,)


def darker(paint, gain):
    return (*(min(255.0, c * gain) for c in paint[:3]), 255.0)


def box(canvas, left, top, right, bottom, paint, radius=0):
    radius = int(min(radius, (right - left) / 2 - 1, (bottom - top) / 2 - 1))
    left, top, right, bottom = (int(v) for v in (left, top, right, bottom))
    if radius < 2:
        cv2.rectangle(canvas, (left, top), (right, bottom), paint, -1)
        return
    cv2.rectangle(canvas, (left + radius, top), (right - radius, bottom), paint, -1)
    cv2.rectangle(canvas, (left, top + radius), (right, bottom - radius), paint, -1)
    for x in (left + radius, right - radius):
        for y in (top + radius, bottom - radius):
            cv2.circle(canvas, (x, y), radius, paint, -1)


def case(canvas):
    """A trolley case or suitcase: body, side face, ribs, a band, handle, wheels."""
    height, width = random.uniform(0.6, 1) * HEIGHT_PX, random.uniform(0.4, 1.3) * HEIGHT_PX
    left, foot, paint = 100, HEIGHT_PX + 10, colour()
    top = foot - height
    handle = min(random.uniform(0, 0.8) * height, top - 4)
    if handle > 5:
        middle, half = left + width * random.uniform(0.35, 0.6), width * random.uniform(0.1, 0.25)
        cv2.rectangle(canvas, (int(middle - half), int(top - handle)), (int(middle + half), int(top + 8)), colour(0.8),
                      random.randint(3, 9))
    if random.random() < 0.6:
        deep = width * random.uniform(0.1, 0.35)
        box(canvas, left + width * 0.5, top - random.uniform(0, 6), left + width + deep, foot - random.uniform(2, 12),
            darker(paint, random.uniform(0.5, 0.85)), random.uniform(0, 16))
    box(canvas, left, top, left + width, foot, paint, random.uniform(0, 22))
    for x in np.linspace(left, left + width, random.randint(2, 7))[1:-1]:
        cv2.line(canvas, (int(x), int(top + 6)), (int(x), int(foot - 6)), darker(paint, random.uniform(0.7, 1.4)), 2)
    if random.random() < 0.5:
        y, band = int(top + height * random.uniform(0.2, 0.8)), darker(paint, random.uniform(0.5, 1.6))
        cv2.line(canvas, (left, y), (int(left + width), y), band, random.randint(2, 10))
    if random.random() < 0.5:
        for x in (left + width * 0.15, left + width * 0.85):
            cv2.circle(canvas, (int(x), int(foot + 4)), random.randint(4, 9), colour(0.4), -1)


def bag(canvas):
    """A soft bag or rucksack: a lump, straps, a flap."""
    height, width = random.uniform(0.5, 1) * HEIGHT_PX, random.uniform(0.5, 1.5) * HEIGHT_PX
    paint, foot, middle = colour(), HEIGHT_PX + 10, 220
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    power = random.uniform(0.5, 1.0)
    x = middle + width / 2 * np.sign(np.cos(angles)) * np.abs(np.cos(angles)) ** power
    y = foot - height / 2 + height / 2 * np.sign(np.sin(angles)) * np.abs(np.sin(angles)) ** power
    wobble = np.array([[random.gauss(0, 3), random.gauss(0, 3)] for _ in angles])
    if random.random() < 0.7:
        cv2.ellipse(canvas, (middle, int(foot - height)), (int(width * random.uniform(0.15, 0.4)),
                    int(height * random.uniform(0.1, 0.4))), 0, 180, 360, colour(0.9), random.randint(3, 8))
    cv2.fillPoly(canvas, [(np.stack([x, y], 1) + wobble).astype(np.int32)], paint)
    for _ in range(random.randint(0, 3)):
        dx, dy = random.uniform(-0.35, 0.35) * width, random.uniform(-0.4, 0.3) * height
        box(canvas, middle + dx - width * 0.12, foot - height / 2 + dy - height * 0.1, middle + dx + width * 0.12,
            foot - height / 2 + dy + height * 0.1, darker(paint, random.uniform(0.6, 1.5)), 6)


def stack(canvas):
    """A case with bags on top of it, as it stands at a counter: as tall and narrow as somebody small."""
    foot, middle, width = HEIGHT_PX + 10, 220, random.uniform(0.3, 0.7) * HEIGHT_PX
    case_top = top = foot - random.uniform(0.4, 0.6) * HEIGHT_PX
    if random.random() < 0.6:
        half = width * random.uniform(0.12, 0.3)
        cv2.rectangle(canvas, (int(middle - half), foot - HEIGHT_PX), (int(middle + half), int(top + 8)), colour(0.8),
                      random.randint(3, 7))
    for _ in range(random.randint(1, 2)):
        high, half, aside = random.uniform(0.15, 0.25) * HEIGHT_PX, width * random.uniform(0.3, 0.6), random.gauss(0, 0.08)
        left = middle - half + aside * width
        box(canvas, left, top - high, left + 2 * half, top + 4, colour(), random.uniform(4, high / 2))
        top -= high * 0.95
    paint = colour()
    box(canvas, middle - width / 2, case_top, middle + width / 2, foot, paint, random.uniform(0, 16))
    for x in np.linspace(middle - width / 2, middle + width / 2, random.randint(2, 6))[1:-1]:
        cv2.line(canvas, (int(x), int(case_top + 6)), (int(x), foot - 6), darker(paint, random.uniform(0.7, 1.4)), 2)


def belt(canvas):
    """A conveyor: a banded surface at a slant, an edge that shines, a side, and cases and bags that ride on it."""
    foot, left, width, high = HEIGHT_PX + 10, 20, random.uniform(1.4, 2.7) * HEIGHT_PX, random.uniform(0.25, 0.6) * HEIGHT_PX
    right, deep, lean = left + width, random.uniform(0.08, 0.35) * HEIGHT_PX, random.uniform(-0.3, 0.3) * HEIGHT_PX
    rubber, side, edge = foot - high, colour(), colour(1.3)
    surface = [(left, rubber), (right, rubber), (right + lean, rubber - deep), (left + lean, rubber - deep)]
    paint = colour(0.6)
    cv2.fillPoly(canvas, [np.array(surface, np.int32)], paint)
    for share in np.linspace(0, 1, random.randint(4, 30)):
        x = left + share * width
        cv2.line(canvas, (int(x), int(rubber)), (int(x + lean), int(rubber - deep)), darker(paint, random.uniform(0.7, 1.4)), 1)
    for _ in range(random.randint(0, 4)):
        across = random.uniform(0.1, 0.9)
        start, wide = left + random.uniform(0, 0.85) * width + across * lean, random.uniform(0.15, 0.5) * HEIGHT_PX
        base = rubber - across * deep
        box(canvas, start, max(2, base - random.uniform(0.12, 0.45) * HEIGHT_PX), start + wide, base, colour(), random.uniform(0, 20))
    box(canvas, left, rubber, right, foot, side)
    cv2.line(canvas, (left, int(rubber)), (int(right), int(rubber)), edge, random.randint(2, 7))
    for x in np.linspace(left, right, random.randint(2, 6)):
        cv2.line(canvas, (int(x), int(rubber)), (int(x), foot), darker(side, random.uniform(0.6, 1.3)), random.randint(1, 4))


def carton(canvas):
    """A box seen on an edge: two faces and a lid."""
    height, width, deep = (random.uniform(0.4, 1) * HEIGHT_PX for _ in range(3))
    paint, foot, left = colour(), HEIGHT_PX, 100
    slope, edge, back = random.uniform(0, 0.35), left + width, left + width + deep * 0.6
    front = [(left, foot), (edge, foot + 20), (edge, foot + 20 - height), (left, foot - height)]
    side = [(edge, foot + 20), (back, foot - 5), (back, foot - 5 - height), (edge, foot + 20 - height)]
    lid = [(left, foot - height), (edge, foot + 20 - height), (back, foot - 5 - height),
           (left + deep * 0.5, foot - height - 60 * slope)]
    for corners, gain in ((front, 1.0), (side, random.uniform(0.5, 0.9)), (lid, random.uniform(1.0, 1.4))):
        cv2.fillPoly(canvas, [np.array(corners, np.int32)], darker(paint, gain))


def post(canvas):
    """A pole, bollard, lamp or sign post."""
    width, foot, middle = random.uniform(0.02, 0.2) * HEIGHT_PX, HEIGHT_PX + 10, 220
    paint = colour()
    box(canvas, middle - width / 2, foot - HEIGHT_PX, middle + width / 2 + 1, foot, paint, random.uniform(0, width / 2))
    if random.random() < 0.4:
        box(canvas, middle - 2 * width, foot - 8, middle + 2 * width, foot, darker(paint, 0.8))
    if random.random() < 0.5:
        half, high, top = random.uniform(8, 32), random.uniform(16, 56), foot - HEIGHT_PX
        box(canvas, middle - half, top, middle + half, top + high, colour(), random.uniform(0, half))
    for y in np.linspace(foot - HEIGHT_PX, foot, random.randint(2, 7))[1:-1]:
        ring = darker(paint, random.uniform(0.5, 1.8))
        box(canvas, middle - width / 2, y, middle + width / 2, y + random.uniform(2, 12), ring)


def barrier(canvas):
    """A railing or crowd barrier: frame, bars, feet."""
    height, width = random.uniform(0.5, 1) * HEIGHT_PX, random.uniform(1, 2.4) * HEIGHT_PX
    left, foot, paint, thick = 20, HEIGHT_PX + 10, colour(), random.randint(2, 8)
    right, top = int(left + width), int(foot - height)
    cv2.rectangle(canvas, (left, top), (right, foot - 12), paint, thick)
    for x in np.linspace(left, right, random.randint(3, 20))[1:-1]:
        cv2.line(canvas, (int(x), top), (int(x), foot - 12), paint, max(1, thick - 2))
    if random.random() < 0.3:
        box(canvas, left, top, right, top + height * random.uniform(0.2, 0.6), colour())
    for x in (left + width * 0.1, right - width * 0.1):
        cv2.line(canvas, (int(x), foot - 12), (int(x), foot), paint, thick + 2)


def textured(canvas):
    """Light that falls off across the thing, and a grain."""
    height, width = canvas.shape[:2]
    across = np.linspace(random.uniform(0.6, 1.2), random.uniform(0.6, 1.2), width)[None, :, None]
    down = np.linspace(random.uniform(0.9, 1.35), random.uniform(0.5, 1.0), height)[:, None, None]
    grain = np.random.normal(0, random.uniform(1, 9), (height // 3 + 1, width // 3 + 1, 1)).astype(np.float32)
    grain = cv2.resize(grain, (width, height))[..., None]
    lit = (canvas[..., :3] * across * down + grain).clip(0, 255).astype(np.uint8)
    return np.dstack([lit, canvas[..., 3]])


def with_shadow(canvas):
    """A soft dark patch on the ground, under and beside the foot."""
    alpha = canvas[..., 3]
    x, y, width, height = cv2.boundingRect(alpha)
    shadow = np.zeros_like(alpha)
    centre = (int(x + width / 2 + random.uniform(-0.3, 0.3) * width), y + height - 4)
    cv2.ellipse(shadow, centre, (int(width * 0.6), max(4, int(height * 0.1))), 0, 0, 360, random.randint(60, 150), -1)
    shadow = cv2.GaussianBlur(shadow, (0, 0), 6)
    return np.dstack([canvas[..., :3], np.maximum(alpha, shadow)])


LUGGAGE = ((case, (0.2, 0.62)), (case, (0.2, 0.62)), (stack, (0.4, 0.85)), (bag, (0.15, 0.45)), (carton, (0.15, 0.6)))
THINGS = (*LUGGAGE, (belt, (0.4, 0.9)), (post, (0.5, 2.0)), (barrier, (0.5, 0.75)))
