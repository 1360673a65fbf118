use super::wire::{put_bytes, put_varint};
use super::*;
use crate::manifest::{Manifest, Repairs};

/// A `ValueInfoProto`: positive sides are fixed, others symbolic.
fn value_info(name: &str, dims: &[i64]) -> Vec<u8> {
    let mut shape = Vec::new();
    for &dim in dims {
        let mut inner = Vec::new();
        if dim > 0 {
            put_varint(&mut inner, 8);
            put_varint(&mut inner, dim as u64);
        } else {
            put_bytes(&mut inner, field::DIM_PARAM, b"n");
        }
        put_bytes(&mut shape, field::SHAPE_DIM, &inner);
    }
    let mut tensor = vec![8, ELEMENT_F32 as u8];
    put_bytes(&mut tensor, field::TENSOR_TYPE_SHAPE, &shape);
    let (mut kind, mut info) = (Vec::new(), Vec::new());
    put_bytes(&mut kind, field::TYPE_TENSOR, &tensor);
    put_bytes(&mut info, field::VALUE_NAME, name.as_bytes());
    put_bytes(&mut info, field::VALUE_TYPE, &kind);
    info
}

fn node(op_type: &str, inputs: &[&str], output: &str) -> Vec<u8> {
    let mut node = Vec::new();
    inputs.iter().for_each(|input| put_bytes(&mut node, field::NODE_INPUT, input.as_bytes()));
    put_bytes(&mut node, field::NODE_OUTPUT, output.as_bytes());
    put_bytes(&mut node, field::NODE_OP_TYPE, op_type.as_bytes());
    node
}

fn initializer(name: &str) -> Vec<u8> {
    let mut tensor = Vec::new();
    put_bytes(&mut tensor, field::TENSOR_NAME, name.as_bytes());
    tensor
}

struct Sketch {
    inputs: Vec<Vec<u8>>,
    outputs: Vec<Vec<u8>>,
    nodes: Vec<Vec<u8>>,
    initializers: Vec<Vec<u8>>,
}

impl Sketch {
    fn with_output(name: &str, dims: &[i64]) -> Self {
        Self {
            inputs: vec![value_info("images", &[1, 3, 416, 416])],
            outputs: vec![value_info(name, dims)],
            nodes: Vec::new(),
            initializers: Vec::new(),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let (mut graph, mut model) = (Vec::new(), vec![8, 6]);
        self.nodes.iter().for_each(|inner| put_bytes(&mut graph, field::GRAPH_NODE, inner));
        self.initializers.iter().for_each(|inner| put_bytes(&mut graph, field::GRAPH_INITIALIZER, inner));
        self.inputs.iter().for_each(|inner| put_bytes(&mut graph, field::GRAPH_INPUT, inner));
        self.outputs.iter().for_each(|inner| put_bytes(&mut graph, field::GRAPH_OUTPUT, inner));
        put_bytes(&mut model, 2, b"made by a test");
        put_bytes(&mut model, field::MODEL_GRAPH, &graph);
        model
    }
}

fn yolox_manifest() -> Manifest {
    Manifest::parse(include_str!("../../catalogue/yolox-nano.toml"), "yolox-nano.toml").unwrap()
}

fn centerface_manifest() -> Manifest {
    Manifest::parse(include_str!("../../catalogue/centerface.toml"), "centerface.toml").unwrap()
}

fn judged(sketch: &Sketch, manifest: &Manifest) -> Result<(), String> {
    judge(&read(&sketch.bytes()).unwrap(), manifest)
}

#[test]
fn a_yolox_model_may_run() {
    assert_eq!(judged(&Sketch::with_output("output", &[1, 3549, 85]), &yolox_manifest()), Ok(()));
    assert_eq!(judged(&Sketch::with_output("output", &[-1, -1, 85]), &yolox_manifest()), Ok(()));
}

#[test]
fn what_tells_people_apart_never_runs() {
    let check = |name: &str, dims: &[i64], expected: &str| {
        let error = judged(&Sketch::with_output(name, dims), &yolox_manifest()).unwrap_err();
        assert!(error.contains(expected) && error.contains("never run here"), "{error}");
    };
    check("683", &[1, 512], "one vector of 512 values");
    check("683", &[-1, 128], "one vector of 128 values");
    check("683", &[512], "one vector of 512 values");
    check("out", &[1, 2048, 1, 1], "one vector of 2048 values");
    check("face_Embedding", &[1, 3549, 85], "is named `embed`");
    check("fc1", &[1, 3549, 85], "is named `fc1`");
}

/// One number a cell is what YuNet puts out; the same shape is a vector for any head that does not read it.
#[test]
fn a_column_of_scores_is_no_vector_where_the_head_reads_it() {
    let yunet = Manifest::parse(include_str!("../../catalogue/yunet.toml"), "yunet.toml").unwrap();
    let sketch = |cells: [i64; 3]| {
        let column = |name: &str, width: i64| {
            ["8", "16", "32"]
                .map(|stride| format!("{name}_{stride}"))
                .into_iter()
                .zip(cells)
                .map(move |(name, cells)| value_info(&name, &[1, cells, width]))
                .collect::<Vec<_>>()
        };
        let outputs = [column("cls", 1), column("obj", 1), column("bbox", 4)].concat();
        Sketch {
            inputs: vec![value_info("input", &[1, 3, 384, 640])],
            outputs,
            ..Sketch::with_output("", &[])
        }
    };
    assert_eq!(judged(&sketch([3840, 960, 240]), &yunet), Ok(()));
    let error = judged(&sketch([3840, 960, 512]), &yunet).unwrap_err();
    assert!(error.contains("one vector of 512 values") && error.contains("never run here"), "{error}");
    let error = judged(&Sketch::with_output("output", &[1, 3840, 1]), &yolox_manifest()).unwrap_err();
    assert!(error.contains("one vector of 3840 values"), "{error}");
}

#[test]
fn a_normalised_answer_never_runs() {
    let check = |nodes: &[Vec<u8>]| {
        let sketch = Sketch { nodes: nodes.to_vec(), ..Sketch::with_output("output", &[1, -1, -1]) };
        assert!(judged(&sketch, &yolox_manifest()).unwrap_err().contains("normalised to length 1"));
    };
    check(&[node("LpNormalization", &["x"], "output")]);
    check(&[node("ReduceL2", &["x"], "l"), node("Div", &["x", "l"], "output")]);
    check(&[
        node("ReduceSumSquare", &["x"], "s"),
        node("Sqrt", &["s"], "l"),
        node("Clip", &["l", "low"], "c"),
        node("Div", &["x", "c"], "d"),
        node("Reshape", &["d", "shape"], "output"),
    ]);
}

#[test]
fn what_the_head_does_not_read_is_refused() {
    let check = |sketch: &Sketch, manifest: &Manifest, expected: &str| {
        let error = judged(sketch, manifest).unwrap_err();
        assert!(error.contains(expected), "{error}");
    };
    let yolox = yolox_manifest();
    check(&Sketch::with_output("output", &[1, 3549, 84]), &yolox, "[batch, 3549, 85]");
    check(&Sketch::with_output("output", &[1, 100, 85]), &yolox, "[batch, 3549, 85]");
    let two = vec![value_info("a", &[1, 3549, 85]), value_info("b", &[1, 10, 4])];
    check(
        &Sketch { outputs: two, ..Sketch::with_output("", &[]) },
        &yolox,
        "the yolox head needs exactly 1 output, found 2 (a, b)",
    );
    let input = vec![value_info("images", &[1, 3, 640, 640])];
    check(
        &Sketch { inputs: input, ..Sketch::with_output("o", &[1, 3549, 85]) },
        &yolox,
        "input `images` is not",
    );
    let inputs = vec![value_info("a", &[1, 3, 416, 416]), value_info("b", &[1])];
    check(
        &Sketch { inputs, ..Sketch::with_output("o", &[1, 3549, 85]) },
        &yolox,
        "needs exactly 1 input, found 2",
    );
}

#[test]
fn values_in_another_file_are_refused() {
    let mut outside = initializer("w");
    put_bytes(&mut outside, field::TENSOR_EXTERNAL_DATA, b"");
    let mut located = initializer("w");
    put_varint(&mut located, u64::from(field::TENSOR_DATA_LOCATION) << 3);
    put_varint(&mut located, 1);
    let mut attribute = Vec::new();
    put_bytes(&mut attribute, field::ATTRIBUTE_TENSOR, &outside);
    let mut constant = node("Constant", &[], "w");
    put_bytes(&mut constant, field::NODE_ATTRIBUTE, &attribute);
    let (mut subgraph, mut holder, mut branch) = (Vec::new(), Vec::new(), node("If", &["c"], "w"));
    put_bytes(&mut subgraph, field::GRAPH_NODE, &constant);
    put_bytes(&mut holder, field::ATTRIBUTE_GRAPH, &subgraph);
    put_bytes(&mut branch, field::NODE_ATTRIBUTE, &holder);
    let plain = || Sketch::with_output("output", &[1, 3549, 85]);
    for sketch in [
        Sketch { initializers: vec![outside], ..plain() },
        Sketch { initializers: vec![located], ..plain() },
        Sketch { nodes: vec![constant], ..plain() },
        Sketch { nodes: vec![branch], ..plain() },
    ] {
        assert!(judged(&sketch, &yolox_manifest()).unwrap_err().contains("another file"));
    }
}

fn badly_exported_face_model() -> Sketch {
    let output = |name, channels| value_info(name, &[10, channels, 8, 8]);
    Sketch {
        inputs: vec![value_info("input.1", &[10, 3, 32, 32]), value_info("w", &[4])],
        outputs: vec![output("537", 1), output("538", 2), output("539", 2), output("540", 10)],
        nodes: vec![node("Conv", &["input.1", "w"], "537")],
        initializers: vec![initializer("w")],
    }
}

#[test]
fn repairs_make_the_input_symbolic_and_cut_landmarks_off() {
    let manifest = centerface_manifest();
    let sketch = badly_exported_face_model();
    assert!(judged(&sketch, &manifest).is_err());
    let repaired = repair(&sketch.bytes(), &manifest.repairs).unwrap();
    let graph = read(&repaired).unwrap();
    assert_eq!(judge(&graph, &manifest), Ok(()));
    assert_eq!(
        graph.outputs.iter().map(|output| output.name.as_str()).collect::<Vec<_>>(),
        ["537", "538", "539"]
    );
    let symbolic = vec![Dim::Symbolic, Dim::Fixed(3), Dim::Symbolic, Dim::Symbolic];
    assert_eq!(graph.inputs[0].dims, Some(symbolic));
    // Everything else is kept, byte by byte.
    assert!(repaired.windows(14).any(|part| part == b"made by a test"));
    assert_eq!(graph.nodes, read(&sketch.bytes()).unwrap().nodes);
}

#[test]
fn landmarks_are_refused_where_they_are_not_cut_off() {
    let manifest = centerface_manifest();
    let repairs = Repairs { drop_outputs: Vec::new(), ..manifest.repairs.clone() };
    let graph = read(&repair(&badly_exported_face_model().bytes(), &repairs).unwrap()).unwrap();
    assert!(judge(&graph, &manifest).unwrap_err().contains("landmarks"));
}

#[test]
fn no_repairs_change_no_byte() {
    let bytes = badly_exported_face_model().bytes();
    assert_eq!(repair(&bytes, &Repairs::default()).unwrap(), bytes);
}

/// The parser on any bytes: reads, judges, repairs, and never panics.
fn fuzz_onnx(bytes: &[u8]) {
    let manifest = centerface_manifest();
    if let Ok(graph) = read(bytes) {
        let _ = judge(&graph, &manifest);
    }
    if let Ok(repaired) = repair(bytes, &manifest.repairs) {
        assert!(repaired.len() <= bytes.len() + 4096);
    }
}

#[test]
fn any_bytes_are_read_without_a_panic() {
    let mut random = fastrand::Rng::with_seed(7);
    let good = badly_exported_face_model().bytes();
    for _ in 0..20_000 {
        let mut bytes = good.clone();
        for _ in 0..random.usize(1..6) {
            let at = random.usize(0..bytes.len());
            bytes[at] = random.u8(..);
        }
        bytes.truncate(random.usize(0..=bytes.len()));
        fuzz_onnx(&bytes);
        let noise: Vec<u8> = (0..random.usize(0..64)).map(|_| random.u8(..)).collect();
        fuzz_onnx(&noise);
    }
}
