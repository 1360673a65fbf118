"""Checks that need no footage: geometry, assignment, and the exported graph."""

import tempfile
from pathlib import Path

import cv2
import numpy as np
import torch

from . import NOTHING, PERSON, assignment, boxes, composition, cutouts, density, drawn, evaluate, export, lying, meshes
from . import network, records, recover, teacher


def decoding_round_trip():
    """Encoding a box into any cell and decoding it gives the box, in torch and in numpy."""
    grid, stride = network.cells(256, 416)
    box = torch.tensor([50.0, 40.0, 90.0, 160.0])
    centre, size = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
    raw = torch.cat([centre / stride - grid, (size / stride).log()], -1)
    assert torch.allclose(network.decode(raw, grid, stride), box.expand(len(raw), 4), atol=1e-2)
    decoded = teacher.decode(raw.numpy(), *teacher.cells(256, 416))
    assert np.allclose(decoded, box.numpy(), atol=1e-2)


def cells_agree():
    for height_px, width_px in ((416, 416), (384, 640)):
        for ours, theirs in zip(network.cells(height_px, width_px), teacher.cells(height_px, width_px)):
            assert np.array_equal(ours.numpy(), theirs)


def labels_claim_their_cells():
    """A perfect prediction is assigned to its label, inside it, and costs almost no box loss."""
    grid, stride = network.cells(256, 416)
    label = torch.tensor([[[100.0, 60.0, 140.0, 180.0, 0.0], [-1.0] * 5]])
    truth = label[0, 0, :4]
    centre, size = (truth[:2] + truth[2:]) / 2, truth[2:] - truth[:2]
    raw = torch.cat([centre / stride - grid, (size / stride).log()], -1)
    output = torch.cat([raw, torch.zeros(len(raw), 3)], -1)[None]
    nothing = torch.full((1, 1, 5), -1.0)
    targets = assignment.targets_for(output, label, nothing, torch.zeros(1, len(raw), 6), grid, stride)
    chosen = targets.box_weights[0] > 0
    assert int(chosen.sum()) == assignment.CELLS_PER_LABEL
    points = ((grid + 0.5) * stride)[chosen]
    assert ((points > truth[:2]) & (points < truth[2:])).all()
    assert targets.classes[0, chosen, 0].min() > 0.5 and targets.classes[0, ~chosen].sum() == 0
    box_loss = assignment.loss(output, label, nothing, torch.zeros(1, len(raw), 6), grid, stride)[1]
    assert box_loss < 1e-3


def ignored_cells_cost_nothing():
    grid, stride = network.cells(256, 416)
    output = torch.zeros(1, len(grid), 7)
    everywhere = torch.tensor([[[0.0, 0.0, 416.0, 256.0, c] for c in range(3)]])
    nothing = torch.full((1, 1, 5), -1.0)
    class_loss, _ = assignment.loss(output, nothing, everywhere, torch.zeros(1, len(grid), 6), grid, stride)
    assert class_loss == 0


def known_nothing_overrules_the_teacher():
    """Where something is known to be no person, the teacher's person there is no target and is punished."""
    grid, stride = network.cells(256, 416)
    output = torch.zeros(1, len(grid), 7)
    view = torch.zeros(1, len(grid), 6)
    view[..., 4] = 0.9
    nothing = torch.tensor([[[101.0, 61.0, 141.0, 181.0, float(NOTHING)]]])
    no_label = torch.full((1, 1, 5), -1.0)
    targets = assignment.targets_for(output, no_label, nothing, view, grid, stride)
    points = (grid + 0.5) * stride
    inside = ((points > nothing[0, 0, :2]) & (points < nothing[0, 0, 2:4])).all(-1)
    assert targets.classes[0, inside, PERSON].max() == 0 and targets.weights[0, inside, PERSON].min() > 0
    assert targets.weights[0, ~inside, PERSON].max() == 0


def density_counts_heads():
    labels = np.array([[100, 60, 140, 180, PERSON], [200, 60, 240, 180, PERSON]], np.float32)
    target, known = density.maps(labels, labels[:0], 256, 416)
    assert abs(target.sum() - 2) < 1e-4 and known.all()
    kept, _ = density.head_covered(labels, labels[:0], np.array([90, 50, 150, 100], np.float32))
    assert np.array_equal(kept, labels[1:])


def a_cube_is_drawn():
    """Two faces of a cube at least show, and a person-high cube is a person tall."""
    corner = np.array([[x, y, z] for x in (-20, 20) for y in (0, 170) for z in (-20, 20)], float)
    faces = np.array([[0, 1, 3], [0, 3, 2], [4, 5, 7], [4, 7, 6], [0, 1, 5], [0, 5, 4], [2, 3, 7], [2, 7, 6],
                      [0, 2, 6], [0, 6, 4], [1, 3, 7], [1, 7, 5]])
    mesh = meshes.Mesh(corner[faces], np.full((12, 3), 200.0), np.zeros((12, 3, 2)), np.full(12, -1), [])
    picture, persons_tall = meshes.draw(mesh, 0.5, 0.2)
    assert 0.9 < persons_tall < 1.3 and (picture[..., 3] > 0).mean() > 0.6


def mirrored_boxes_stay_in_view():
    image = np.zeros((240, 320, 3), np.uint8)
    labels = np.array([[100, 60, 140, 180, 0]], np.float32)
    for _ in range(200):
        _, moved, ignored = composition.warp(image, labels, np.zeros((0, 5), np.float32), composition.padding(256, 416))
        for rows in (moved, ignored):
            assert (rows[:, [0, 1]] >= 0).all() and (rows[:, 2] <= 416).all() and (rows[:, 3] <= 256).all()
            assert (boxes.area_px2(rows) > 0).all()


def the_fallen_lie_with_their_heads():
    """A person laid down is wider than tall, whole, on the same scale, and the head box still holds the head."""
    standing = np.zeros((200, 60, 4), np.uint8)
    standing[:, 10:50] = (90, 90, 90, 255)
    standing[0:30, 20:40] = (0, 0, 250, 255)  # the head
    person = cutouts.Cutout(standing, PERSON, np.array([20, 0, 40, 30]), "selftest")
    for _ in range(50):
        lies = lying.laid_down(person)
        height, width = lies.bgra.shape[:2]
        assert abs(lies.persons_tall[0] - height / 200) < 1e-6 and height < 200 and width > 100
        rows, columns = np.nonzero((lies.bgra[..., 2] > 200) & (lies.bgra[..., 3] > 200))
        left, top, right, bottom = lies.head
        inside = (columns > left - 2) & (columns < right + 2) & (rows > top - 2) & (rows < bottom + 2)
        assert len(rows) > 100 and inside.mean() > 0.9
        assert (right - left) * (bottom - top) < 3 * 20 * 30
    half = cutouts.Cutout(standing[:80], PERSON, None, "selftest")
    assert lying.laid_down(half) is half


def bags_beside_people_are_nothing():
    """Each person has one bag or none, which is no label, and stands within a body's height."""
    person = cutouts.Cutout(np.full((100, 40, 4), 255, np.uint8), PERSON, None, "selftest")
    bag = cutouts.drawn_things(1, drawn.LUGGAGE)[0]
    for _ in range(100):
        empty = np.zeros((0, 5), np.float32)
        scene = composition.padding(256, 416)
        crowd = (1, 1, 60, 100)
        _, labels, ignored = composition.paste_crowd(scene, empty, empty, lambda: person, crowd, draw_bag=lambda: bag)
        persons, bags = labels[labels[:, 4] == PERSON], ignored[ignored[:, 4] == NOTHING]
        assert len(persons) <= 1 and len(bags) <= 1
        if len(persons) and len(bags):
            assert abs(persons[0, 3] - bags[0, 3]) < 0.6 * (persons[0, 3] - persons[0, 1])


def who_stands_for_long_is_no_background():
    """Somebody in ten of twelve pictures does not show; somebody in all of them makes the scene no empty one."""
    for present, everywhere in ((10, True), (12, False)):
        with tempfile.TemporaryDirectory() as folder:
            found = []
            for number in range(12):
                picture, labels = np.full((80, 100, 3), 90, np.uint8), np.zeros((0, 5), np.float32)
                if number < present:
                    picture[20:60, 40:55] = 250
                    labels = np.array([[40, 20, 55, 60, PERSON]], np.float32)
                path = str(Path(folder) / f"{number}.png")
                cv2.imwrite(path, picture)
                found.append(records.Record(path, "selftest", False, labels, labels[:0]))
            background = cutouts.Background.of(found)
            assert background.everywhere == everywhere and (not everywhere or (background.image == 90).all())


def things_are_drawn():
    for each in drawn.THINGS:
        picture, (low, high) = drawn.thing((each,))
        assert (picture[..., 3] > 0).mean() > 0.05 and low < high


def wilson_is_known():
    low, high = evaluate.wilson(8, 10)
    assert abs(low - 0.490) < 0.001 and abs(high - 0.943) < 0.001


def exported_graph_agrees():
    """`export` itself refuses a graph that differs; the batch axis and row count are checked here."""
    torch.manual_seed(1)
    detector = network.Detector().eval()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "selftest.onnx"
        export.export(detector, path, 416, 416)
        session = teacher.open_session(path)
        assert session.get_outputs()[0].shape[1:] == [3549, 8]
        rows = session.run(None, {"images": np.zeros((2, 3, 416, 416), np.float32)})[0]
        assert rows.shape == (2, 3549, 8) and (rows[..., 4] == 1).all()
        assert ((rows[..., 5:] >= 0) & (rows[..., 5:] <= 1)).all()


def recovered_weights_agree():
    """Weights read back from an export compute what the export does."""
    torch.manual_seed(2)
    detector = network.Detector()
    images = torch.rand(4, 3, 96, 96) * 255
    detector(images)  # moves the running statistics
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "selftest.onnx"
        export.export(detector.eval(), path, 96, 96)
        recovered = recover.recover(path, images)
        assert torch.allclose(recovered(images), detector(images), atol=1e-3)


CHECKS = (decoding_round_trip, cells_agree, labels_claim_their_cells, ignored_cells_cost_nothing,
          known_nothing_overrules_the_teacher, density_counts_heads, a_cube_is_drawn, mirrored_boxes_stay_in_view,
          the_fallen_lie_with_their_heads, bags_beside_people_are_nothing,
          who_stands_for_long_is_no_background, things_are_drawn, wilson_is_known, exported_graph_agrees, recovered_weights_agree)


def run():
    for check in CHECKS:
        check()
        print(f"ok {check.__name__}")
