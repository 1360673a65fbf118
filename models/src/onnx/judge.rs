//! Which models may run here.
//!
//! Refused: values outside the file, more than one input, outputs that the head does not read, and whatever
//! looks like it tells people apart. A head with a fixed list of outputs already leaves no room for a vector of
//! a face; the checks on names, shape and normalisation come first, so that the message says what was found.

use super::{Dim, ELEMENT_F32, Graph, Node, TensorInfo};
use crate::head;
use crate::manifest::Manifest;

/// Words in an output's name that no detector has.
const IDENTITY_WORDS: [&str; 9] =
    ["embed", "feat", "fc1", "identity", "reid", "descriptor", "arcface", "facenet", "l2norm"];
/// Lengths of vectors that describe a face or a body.
const VECTOR_LENGTHS: std::ops::RangeInclusive<u64> = 64..=8192;

/// Whether this graph is what the manifest says, and may run; the text says why not.
pub(crate) fn judge(graph: &Graph, manifest: &Manifest) -> Result<(), String> {
    if graph.has_external_data {
        return Err("its values lie in another file; export it as one file without external data".to_owned());
    }
    graph.outputs.iter().try_for_each(|output| judge_identity(output, graph, manifest))?;
    judge_input(graph, manifest)?;
    for output in &graph.outputs {
        if output.element != ELEMENT_F32 {
            return Err(format!("output `{}` is not of 32-bit floats", output.name));
        }
    }
    head::judge_outputs(&head::in_order(&graph.outputs, manifest)?, manifest)
}

fn judge_input(graph: &Graph, manifest: &Manifest) -> Result<(), String> {
    let [input] = graph.inputs.as_slice() else {
        return Err(format!("needs exactly 1 input, found {}", graph.inputs.len()));
    };
    let (width, height) = (u64::from(manifest.input.width_px), u64::from(manifest.input.height_px));
    let planes = manifest.input.channels.count() as u64;
    let fits = |dim: &Dim, size: u64| matches!(dim, Dim::Symbolic) || *dim == Dim::Fixed(size);
    match input.dims.as_deref() {
        Some([batch, channels, high, wide])
            if input.element == ELEMENT_F32
                && fits(batch, 1)
                && fits(channels, planes)
                && fits(high, height)
                && fits(wide, width) =>
        {
            Ok(())
        }
        _ => Err(format!(
            "input `{}` is not [1 or batch, {planes}, {height}, {width}] of 32-bit floats",
            input.name
        )),
    }
}

fn judge_identity(output: &TensorInfo, graph: &Graph, manifest: &Manifest) -> Result<(), String> {
    let name = output.name.to_ascii_lowercase();
    let because = |what: &str| {
        Err(format!(
            "output `{}` {what}: it looks like a vector that tells people apart, and such models never run here",
            output.name
        ))
    };
    if let Some(word) = IDENTITY_WORDS.iter().find(|word| name.contains(**word)) {
        return because(&format!("is named `{word}`"));
    }
    if let Some(length) = vector_length(output).filter(|_| !head::is_score_column(output, manifest)) {
        return because(&format!("is one vector of {length} values"));
    }
    if is_normalised(&output.name, graph) {
        return because("is normalised to length 1");
    }
    Ok(())
}

/// The length, where an output is a single vector an item: `[n, 512]`, `[512]`, `[n, 512, 1, 1]`.
fn vector_length(output: &TensorInfo) -> Option<u64> {
    let dims = output.dims.as_deref()?;
    let sides: Vec<&Dim> = match dims {
        [only] => vec![only],
        [_, rest @ ..] => rest.iter().filter(|dim| **dim != Dim::Fixed(1)).collect(),
        [] => Vec::new(),
    };
    match sides.as_slice() {
        [Dim::Fixed(length)] if VECTOR_LENGTHS.contains(length) => Some(*length),
        _ => None,
    }
}

/// Whether a tensor is divided by its own length, directly or through what only reshapes it.
fn is_normalised(name: &str, graph: &Graph) -> bool {
    let Some(node) = producer(name, graph) else { return false };
    match node.op_type.as_str() {
        "LpNormalization" => true,
        "Div" => node.inputs.get(1).is_some_and(|divisor| is_length(divisor, graph, 0)),
        "Identity" | "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" | "Cast" => {
            node.inputs.first().filter(|input| *input != name).is_some_and(|input| {
                producer(input, graph).is_some_and(|inner| {
                    inner.op_type == "LpNormalization"
                        || (inner.op_type == "Div"
                            && inner.inputs.get(1).is_some_and(|divisor| is_length(divisor, graph, 0)))
                })
            })
        }
        _ => false,
    }
}

/// Whether a tensor is a length (`ReduceL2`, or the root of a sum of squares), perhaps kept off zero first.
fn is_length(name: &str, graph: &Graph, depth: usize) -> bool {
    let Some(node) = producer(name, graph) else { return false };
    match node.op_type.as_str() {
        "ReduceL2" => true,
        "Sqrt" | "Clip" | "Max" | "Add" | "Expand" | "Unsqueeze" if depth < 6 => node
            .inputs
            .iter()
            .any(|input| is_length(input, graph, depth + 1) || is_sum_of_squares(input, graph)),
        _ => false,
    }
}

fn is_sum_of_squares(name: &str, graph: &Graph) -> bool {
    producer(name, graph).is_some_and(|node| node.op_type == "ReduceSumSquare" || node.op_type == "ReduceSum")
}

fn producer<'a>(name: &str, graph: &'a Graph) -> Option<&'a Node> {
    graph.nodes.iter().find(|node| node.outputs.iter().any(|output| output == name))
}
