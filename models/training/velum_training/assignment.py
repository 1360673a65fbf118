"""The loss: task-aligned assignment of labels, and the teacher where no label claims a cell.

Sources: TOOD (arXiv 2108.07755) for the assignment, VarifocalNet (2008.13367) for the weights.
"""

from dataclasses import dataclass

import torch
from torch.nn import functional as F

from . import CLASSES, NOTHING, PERSON, VEHICLE
from .network import decode

CELLS_PER_LABEL = 9
CENTRE_RADIUS_STRIDES = 2.0
SMALLEST_RADIUS_PX = 6.0
SURE_TEACHER = 0.3
FAINT_TEACHER = 0.05
NOTHING_WEIGHT = 4.0


def paired_iou(a, b, eps=1e-7):
    """Intersection over union, and the union and hull it came from."""
    extent = (torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2])).clamp(min=0)
    shared = extent[..., 0] * extent[..., 1]
    size_a, size_b = a[..., 2:] - a[..., :2], b[..., 2:] - b[..., :2]
    union = size_a.prod(-1) + size_b.prod(-1) - shared + eps
    return shared / union, union


def generalised_iou(a, b, eps=1e-7):
    iou, union = paired_iou(a, b)
    hull = (torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2])).prod(-1) + eps
    return iou - (hull - union) / hull


@dataclass
class Targets:
    """Per cell: class targets and weights `[b, n, c]`, box `[b, n, 4]` and its weight `[b, n]`."""

    classes: torch.Tensor
    weights: torch.Tensor
    boxes: torch.Tensor
    box_weights: torch.Tensor


def within(points, boxes):
    """Whether each point lies in each box. Shape: `[n, 2]`, `[b, m, 4]` -> `[b, m, n]`."""
    p, b = points[None, None], boxes[:, :, None]
    return ((p >= b[..., :2]) & (p <= b[..., 2:])).all(-1)


def any_of_class(inside, class_ids):
    """`[b, m, n]`, `[b, m]` -> `[b, n, c]`: whether any box of that class holds the point."""
    per_class = [(inside & (class_ids == c)[..., None]).any(1) for c in range(len(CLASSES))]
    return torch.stack(per_class, -1)


def assign(scores, boxes, labels, points, stride):
    """Cells for labels: soft class targets `[b, n, c]`, boxes and box weights."""
    batch, rows, _ = scores.shape
    truth, class_ids = labels[..., :4], labels[..., 4].long()
    valid = class_ids >= 0
    class_ids = class_ids.clamp(min=0)
    iou = paired_iou(truth[:, :, None], boxes[:, None])[0]
    score = scores.transpose(1, 2).gather(1, class_ids[..., None].expand(-1, -1, rows))
    half = (truth[..., 2:] - truth[..., :2])[:, :, None] / 2
    reach = torch.minimum(half.clamp(min=SMALLEST_RADIUS_PX), CENTRE_RADIUS_STRIDES * stride[None, None])
    distance = (points[None, None] - ((truth[..., :2] + truth[..., 2:]) / 2)[:, :, None]).abs()
    near = (distance < reach.clamp(min=SMALLEST_RADIUS_PX)).all(-1) & valid[..., None]
    alignment = (score + 0.02) * (iou + 0.02).pow(4) * near
    top = alignment.topk(min(CELLS_PER_LABEL, rows), -1)
    alignment = alignment * torch.zeros_like(alignment).scatter_(2, top.indices, (top.values > 0).float())
    winner = alignment.argmax(1)
    claimed = alignment.amax(1) > 0
    alignment = alignment * F.one_hot(winner, labels.shape[1]).transpose(1, 2)
    best_iou = (iou * (alignment > 0)).amax(2, keepdim=True).clamp(min=0.15)
    strength = (alignment / (alignment.amax(2, keepdim=True) + 1e-9) * best_iou).amax(1) * claimed
    picked = torch.arange(batch, device=labels.device)[:, None]
    targets = torch.zeros_like(scores).scatter_(2, class_ids[picked, winner][..., None], strength[..., None])
    return targets, truth[picked, winner], strength


def targets_for(output, labels, ignored, teacher, grid, stride) -> Targets:
    with torch.no_grad():
        points = (grid + 0.5) * stride
        scores = output[..., 4:].sigmoid()
        classes, boxes, box_weights = assign(
            scores, decode(output[..., :4], grid, stride), labels, points, stride
        )
        known = any_of_class(within(points, labels[..., :4]), labels[..., 4])
        in_ignored = within(points, ignored[..., :4])
        doubtful = any_of_class(in_ignored, ignored[..., 4])
        nothing = (in_ignored & (ignored[..., 4] == NOTHING)[..., None]).any(1)[..., None] & ~known & ~doubtful
        view = torch.zeros_like(scores)
        view[..., PERSON], view[..., VEHICLE] = teacher[..., 4], teacher[..., 5]
        view = view.masked_fill(nothing, 0.0)
        unclaimed = classes == 0
        taught = unclaimed & (known | doubtful) & (view > FAINT_TEACHER)
        unsure = unclaimed & ~taught & (doubtful | (~known & (view > SURE_TEACHER)))
        classes = torch.where(taught, view, classes)
        weights = torch.where(unclaimed, torch.maximum(0.75 * scores.pow(1.5), classes), 1.0)
        weights = torch.where(unclaimed & nothing, NOTHING_WEIGHT * weights, weights)
        weights = weights.masked_fill(unsure, 0.0)
        teacher_weight = (view * taught).amax(-1)
        follow = (box_weights == 0) & (teacher_weight > SURE_TEACHER)
        boxes = torch.where(follow[..., None], decode(teacher[..., :4], grid, stride), boxes)
        box_weights = torch.where(follow, 0.5 * teacher_weight, box_weights)
        return Targets(classes, weights, boxes, box_weights)


def loss(output, labels, ignored, teacher, grid, stride):
    """Class loss and box loss, each normalised by what there is to find."""
    targets = targets_for(output, labels, ignored, teacher, grid, stride)
    entropy = F.binary_cross_entropy_with_logits(output[..., 4:], targets.classes, reduction="none")
    class_loss = (entropy * targets.weights).sum() / targets.classes.sum().clamp(min=1)
    chosen = targets.box_weights > 0
    if not chosen.any():
        return class_loss, output[..., :4].sum() * 0
    boxes = decode(output[..., :4], grid, stride)[chosen]
    weights = targets.box_weights[chosen]
    box_loss = ((1 - generalised_iou(boxes, targets.boxes[chosen])) * weights).sum() / weights.sum().clamp(min=1)
    return class_loss, box_loss
