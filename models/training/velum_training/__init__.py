"""Training of `velum-person-1`, Velum's own person, head and vehicle detector, and of `velum-density-1`.

Reading order, which is also the order of the work:

- `sources`: which footage may be trained on, and under what terms
- `teacher`, `labels`: boxes from the third-party teacher, cleaned along tracks
- `packages`, `meshes`, `rendered`, `drawn`: cut-outs from free three-dimensional models, and drawings
- `cutouts`, `lying`, `composition`, `appearance`, `dataset`: labelled frames to training batches
- `network`, `assignment`, `train`, `recover`: the detector and how it learns
- `export`: ONNX with the output layout of YOLOX
- `density`, `density_training`: persons a cell, on the detector's backbone
- `evaluate`, `calibrate`, `counting`, `staged`, `card`: what is measured, and the model card's tables
- `selftest`: checks that need no footage

Boxes are `[x0, y0, x1, y1]` in pixels of the picture at hand unless a name says otherwise.
"""

CLASSES = ("person", "head", "vehicle")
PERSON, HEAD, VEHICLE = range(3)
NOTHING = 3  # in a table of ignored regions: known to be none of the classes, whatever the teacher says
STRIDES_PX = (8, 16, 32)
PAD_VALUE = 114
