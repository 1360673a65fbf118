"""Teacher boxes along a clip, linked, so that weak ones are kept only in good company."""

from dataclasses import dataclass, field

import numpy as np

from . import boxes

LONGEST_GAP_FRAMES = 3


@dataclass
class Track:
    frames: list[int] = field(default_factory=list)
    boxes: list[np.ndarray] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)

    def add(self, frame, box, score):
        self.frames.append(frame)
        self.boxes.append(box)
        self.scores.append(float(score))


def link(per_frame) -> list[Track]:
    """Greedy overlap linking of `[(boxes, scores)]`, best score first; every box is in one track."""
    tracks: list[Track] = []
    for frame, (found, scores) in enumerate(per_frame):
        active = [t for t in tracks if frame - t.frames[-1] <= LONGEST_GAP_FRAMES]
        taken = set()
        for index in np.argsort(-scores):
            overlap = np.zeros(0)
            if active:
                overlap = boxes.iou(found[index][None], np.array([t.boxes[-1] for t in active]))[0]
                overlap[list(taken)] = 0
            if overlap.size and overlap.max() > 0.3:
                taken.add(int(overlap.argmax()))
                active[int(overlap.argmax())].add(frame, found[index], scores[index])
            else:
                tracks.append(Track())
                tracks[-1].add(frame, found[index], scores[index])
    return tracks


def sort_out(per_frame):
    """Per frame, the boxes to learn and the boxes to leave out of the loss.

    Kept: score >= 0.6, or >= 0.2 inside a track that is certain at its best; short gaps of
    such a track are filled in. A weak track that never moves through the whole clip is furniture.
    """
    kept = [[] for _ in per_frame]
    doubtful = [[] for _ in per_frame]
    for track in link(per_frame):
        scores = np.array(track.scores)
        best_quarter = np.sort(scores)[-max(1, len(scores) // 4):].mean()
        good = scores.max() >= 0.6 and len(scores) >= 3 and best_quarter >= 0.5
        furniture = len(scores) > 0.6 * len(per_frame) and best_quarter < 0.5
        for rank, (frame, box, score) in enumerate(zip(track.frames, track.boxes, scores)):
            if not furniture and (score >= 0.6 or (good and score >= 0.2)):
                kept[frame].append(box)
                if good and rank:
                    fill_gap(kept, track, rank)
            elif score >= 0.12:
                doubtful[frame].append(box)
    return [distinct(k) for k in kept], doubtful


def fill_gap(kept, track, rank):
    first, last = track.frames[rank - 1], track.frames[rank]
    for frame in range(first + 1, last):
        share = (frame - first) / (last - first)
        kept[frame].append(track.boxes[rank - 1] * (1 - share) + track.boxes[rank] * share)


def distinct(kept):
    """Without near-duplicates; the larger of two stays."""
    found = np.array(kept, np.float32).reshape(-1, 4)
    return found[boxes.non_maximum_suppression(found, boxes.area_px2(found), 0.7)]
