use proptest::prelude::*;
use velum_vocab::ObjectClass;

use super::*;
use crate::detector::detections_in_picture;
use crate::preprocess::Placement;
use crate::suppression::suppress;

const HEADER: &str = "file = \"m.onnx\"\nsha256 = \"0000000000000000000000000000000000000000000000000000000000000000\"\n\
     licence = \"Apache-2.0\"\norigin = \"a test\"\n";
const INPUT: &str = "[input]\nwidth_px = 64\nheight_px = 32\nchannels = \"rgb\"\nrange = \"0..1\"\n\
     fit = \"letterbox-centre\"\npad_value = 114\n";

fn manifest(head: &str, own: &str, classes: &[(usize, &str)]) -> Manifest {
    let classes = classes.iter().map(|(index, class)| {
        format!("[[classes]]\nindex = {index}\nclass = \"{class}\"\nscore_min = 0.1\n")
    });
    let text = format!("id = \"m\"\n{HEADER}head = \"{head}\"\n{own}\n{}", classes.collect::<String>());
    Manifest::parse(&text, "m.toml").unwrap()
}

pub(super) fn yolov8_manifest() -> Manifest {
    let own = format!("task = \"objects\"\nclass_count = 3\nnms_iou = 0.5\n{INPUT}");
    manifest("yolov8", &own, &[(0, "person"), (1, "vehicle"), (2, "suitcase")])
}

pub(super) fn detr_manifest(activation: &str) -> Manifest {
    let own = format!(
        "task = \"objects\"\nclass_count = 2\nnms_iou = 1\n{INPUT}[detr]\nactivation = \"{activation}\"\n"
    );
    manifest("detr", &own, &[(0, "person"), (1, "suitcase")])
}

pub(super) fn density_manifest() -> Manifest {
    let own = format!(
        "task = \"density\"\n{INPUT}[density]\nstride_px = 8\nvalue_per_person = 100\nerror_persons = 3\nerror_fraction = 0.2\n"
    );
    manifest("density", &own, &[])
}

pub(super) fn edges(found: &Candidate) -> [f32; 4] {
    [found.left_px, found.top_px, found.right_px, found.bottom_px]
}

fn output(name: &str, dims: &[u64]) -> TensorInfo {
    let dims = dims.iter().map(|side| if *side == 0 { Dim::Symbolic } else { Dim::Fixed(*side) }).collect();
    TensorInfo { name: name.to_owned(), element: 1, dims: Some(dims) }
}

/// An output's name and sides; 0 for one that is known only when the model runs.
type Sides<'s> = (&'s str, &'s [u64]);

/// `Ok` where the head reads outputs of these sides (0: any), else a part of what is said.
fn judged(manifest: &Manifest, outputs: &[Sides<'_>], expected: Result<(), &str>) {
    let outputs: Vec<TensorInfo> = outputs.iter().map(|(name, dims)| output(name, dims)).collect();
    let judged = in_order(&outputs, manifest).and_then(|outputs| judge_outputs(&outputs, manifest));
    match expected {
        Ok(()) => assert_eq!(judged, Ok(())),
        Err(text) => {
            let error = judged.unwrap_err();
            assert!(error.contains(text), "{error}");
        }
    }
}

#[test]
fn each_head_says_which_outputs_it_reads_and_what_it_found() {
    let yolov8 = yolov8_manifest();
    judged(&yolov8, &[("o", &[1, 7, 42])], Ok(()));
    judged(&yolov8, &[("o", &[1, 42, 7])], Ok(()));
    judged(&yolov8, &[("o", &[0, 0, 0])], Ok(()));
    judged(
        &yolov8,
        &[("o", &[1, 39, 42])],
        Err(
            "output `o` is [1, 39, 42], and the yolov8 head reads [batch, 7, anchors] or [batch, anchors, 7] for 3",
        ),
    );
    judged(
        &yolov8,
        &[("o", &[1, 7, 42]), ("proto", &[1, 32, 8, 8])],
        Err("needs exactly 1 output, found 2 (o, proto)"),
    );

    let softmax = detr_manifest("softmax");
    judged(&softmax, &[("l", &[1, 100, 3]), ("b", &[1, 100, 4])], Ok(()));
    judged(&detr_manifest("sigmoid"), &[("l", &[1, 300, 2]), ("b", &[1, 300, 4])], Ok(()));
    judged(
        &softmax,
        &[("l", &[1, 100, 2]), ("b", &[1, 100, 4])],
        Err(
            "is [1, 100, 2], and the detr head reads [batch, queries, 3] first, for class_count 2 and softmax",
        ),
    );
    judged(&softmax, &[("l", &[1, 100, 3]), ("b", &[1, 100, 5])], Err("[batch, queries, 4] second"));
    judged(&softmax, &[("l", &[1, 100, 3])], Err("the detr head needs exactly 2 outputs, found 1 (l)"));

    let density = density_manifest();
    judged(&density, &[("d", &[1, 1, 4, 8])], Ok(()));
    judged(&density, &[("d", &[0, 1, 0, 0])], Ok(()));
    judged(&density, &[("d", &[1, 1, 8, 16])], Err("the density head reads [batch, 1, 4, 8]"));
    judged(&density, &[("d", &[1, 2, 4, 8])], Err("is [1, 2, 4, 8]"));
}

#[test]
fn outputs_are_taken_by_the_names_that_the_manifest_gives() {
    let named =
        Manifest { outputs: vec!["logits".to_owned(), "boxes".to_owned()], ..detr_manifest("sigmoid") };
    let logits: Sides<'_> = ("logits", &[1, 9, 2]);
    let boxes: Sides<'_> = ("boxes", &[1, 9, 4]);
    judged(&named, &[boxes, logits], Ok(()));
    judged(
        &named,
        &[boxes, ("scores", &[1, 9, 2])],
        Err("output `scores` is not one of the manifest's outputs (logits, boxes)"),
    );
    judged(&named, &[boxes], Err("outputs: `logits` is not there; the model has boxes"));
    judged(&named, &[boxes, logits, ("hidden", &[1, 9, 256])], Err("repairs.drop_outputs = [\"hidden\"]"));
}

#[test]
fn yunet_is_refused_with_its_landmarks() {
    let manifest = Manifest::parse(include_str!("../../catalogue/yunet.toml"), "m").unwrap();
    let manifest = Manifest { outputs: Vec::new(), ..manifest };
    let names =
        ["cls", "obj", "bbox", "kps"].map(|part| ["8", "16", "32"].map(|stride| format!("{part}_{stride}")));
    let outputs: Vec<(&str, &[u64])> = names
        .iter()
        .flatten()
        .map(|name| {
            let width: &[u64] = match &name[..3] {
                "bbo" => &[0, 0, 4],
                "kps" => &[0, 0, 10],
                _ => &[0, 0, 1],
            };
            (name.as_str(), width)
        })
        .collect();
    judged(
        &manifest,
        &outputs,
        Err("landmarks of faces; cut them off: repairs.drop_outputs = [\"kps_8\", \"kps_16\""),
    );
    judged(&manifest, &outputs[..9], Ok(()));
    judged(
        &manifest,
        &outputs[1..10],
        Err("output `bbox_8` is [any, any, 4], and the yunet head reads [batch, 240, 1] at this place"),
    );
}

/// Every head with the sides of its outputs for one frame of 64 by 32 pixels.
fn heads() -> Vec<(Manifest, Vec<Vec<i64>>)> {
    let of = |text: &str| Manifest::parse(text, "m").unwrap();
    let yunet = [32, 8, 2].map(|cells| [vec![cells, 1], vec![cells, 4]]);
    let [[c8, b8], [c16, b16], [c32, b32]] = yunet;
    vec![
        (of(include_str!("../../catalogue/velum-person-1.toml")), vec![vec![42, 8]]),
        (
            of(include_str!("../../catalogue/centerface.toml")),
            vec![vec![1, 8, 16], vec![2, 8, 16], vec![2, 8, 16]],
        ),
        (
            of(include_str!("../../catalogue/yunet.toml")),
            vec![c8.clone(), c16.clone(), c32.clone(), c8, c16, c32, b8, b16, b32],
        ),
        (yolov8_manifest(), vec![vec![7, 42]]),
        (yolov8_manifest(), vec![vec![42, 7]]),
        (detr_manifest("softmax"), vec![vec![20, 3], vec![20, 4]]),
        (detr_manifest("sigmoid"), vec![vec![20, 2], vec![20, 4]]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever a model answers, boxes are finite and inside the picture, or the answer is an error.
    #[test]
    fn boxes_are_finite_and_inside_the_picture(
        seed in any::<u64>(),
        wildness in 0_usize..4,
        (width_px, height_px) in (16_usize..300, 16_usize..300),
    ) {
        let size = InputSize { width_px: 64, height_px: 32 };
        for (manifest, outputs) in heads() {
            let mut random = fastrand::Rng::with_seed(seed);
            let mut value = || match (wildness, random.u32(0..1000)) {
                (3, 0) => f32::NAN,
                (2 | 3, 1) => f32::INFINITY,
                (2 | 3, 2..10) => f32::from_bits(random.u32(..)),
                (1.., 10..100) => random.f32() * 200.0 - 100.0,
                _ => random.f32(),
            };
            let filled: Vec<Vec<f32>> =
                outputs.iter().map(|dims| (0..dims.iter().product::<i64>()).map(|_| value()).collect()).collect();
            let answers: Vec<Answer<'_>> =
                outputs.iter().zip(&filled).map(|(dims, values)| Answer { dims, values }).collect();
            let Ok(candidates) = Boxes::read(&manifest, size, &answers) else {
                prop_assert!(wildness > 0, "{:?} failed on tame numbers", manifest.head);
                continue;
            };
            prop_assert!(candidates.iter().flat_map(edges).all(f32::is_finite));
            let placement = Placement::of((width_px, height_px), size, manifest.input.fit);
            let found = detections_in_picture(&candidates, &placement, (width_px, height_px));
            let kept = suppress(found, manifest.nms_iou.unwrap_or(1.0));
            for detection in &kept {
                let area = &detection.box_in_frame;
                prop_assert!(area.left_px() >= 0.0 && area.right_px() <= width_px as f32);
                prop_assert!(area.top_px() >= 0.0 && area.bottom_px() <= height_px as f32);
                prop_assert!((0.0..=1.0).contains(&detection.score));
            }
        }
    }
}

#[test]
fn a_map_holds_no_boxes() {
    let answer = Answer { dims: &[1, 4, 8], values: &[0.0; 32] };
    let size = InputSize { width_px: 64, height_px: 32 };
    assert!(Boxes::read(&density_manifest(), size, &[answer]).unwrap_err().contains("no boxes"));
    assert!(is_covered(ObjectClass::Person) && !is_covered(ObjectClass::Suitcase));
}
