//! Reads of an ONNX file what decides whether the model may run here, and mends its graph.
//!
//! A model file is outside bytes: sizes, counts and depth are bounded, nothing is indexed, and whatever is not
//! understood is an error. Fields that we do not read are kept as they are when a graph is rewritten.
//! *Source*: `onnx.proto` of ONNX 1.x, <https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>.

use std::collections::HashSet;

mod judge;
mod repair;
mod wire;

pub(crate) use judge::judge;
pub(crate) use repair::repair;
pub(crate) use wire::Wrong;
use wire::{Fields, Value, text};

/// Larger files are refused.
pub(crate) const FILE_BYTES_MAX: u64 = 512 * 1024 * 1024;
const NODES_MAX: usize = 100_000;
const DEPTH_MAX: usize = 8;
const RANK_MAX: usize = 16;

/// Field numbers of `onnx.proto` that are read here.
pub(crate) mod field {
    pub(crate) const MODEL_GRAPH: u32 = 7;
    pub(crate) const MODEL_TRAINING: u32 = 20;
    pub(crate) const MODEL_FUNCTIONS: u32 = 25;
    pub(crate) const GRAPH_NODE: u32 = 1;
    pub(crate) const GRAPH_INITIALIZER: u32 = 5;
    pub(crate) const GRAPH_INPUT: u32 = 11;
    pub(crate) const GRAPH_OUTPUT: u32 = 12;
    pub(crate) const GRAPH_VALUE_INFO: u32 = 13;
    pub(crate) const GRAPH_SPARSE_INITIALIZER: u32 = 15;
    pub(crate) const NODE_INPUT: u32 = 1;
    pub(crate) const NODE_OUTPUT: u32 = 2;
    pub(crate) const NODE_OP_TYPE: u32 = 4;
    pub(crate) const NODE_ATTRIBUTE: u32 = 5;
    pub(crate) const FUNCTION_NODE: u32 = 7;
    pub(crate) const ATTRIBUTE_TENSOR: u32 = 5;
    pub(crate) const ATTRIBUTE_GRAPH: u32 = 6;
    pub(crate) const ATTRIBUTE_TENSORS: u32 = 10;
    pub(crate) const ATTRIBUTE_GRAPHS: u32 = 11;
    pub(crate) const ATTRIBUTE_SPARSE_TENSOR: u32 = 22;
    pub(crate) const ATTRIBUTE_SPARSE_TENSORS: u32 = 23;
    pub(crate) const TENSOR_NAME: u32 = 8;
    pub(crate) const TENSOR_EXTERNAL_DATA: u32 = 13;
    pub(crate) const TENSOR_DATA_LOCATION: u32 = 14;
    pub(crate) const SPARSE_VALUES: u32 = 1;
    pub(crate) const SPARSE_INDICES: u32 = 2;
    pub(crate) const VALUE_NAME: u32 = 1;
    pub(crate) const VALUE_TYPE: u32 = 2;
    pub(crate) const TYPE_TENSOR: u32 = 1;
    pub(crate) const TENSOR_TYPE_ELEMENT: u32 = 1;
    pub(crate) const TENSOR_TYPE_SHAPE: u32 = 2;
    pub(crate) const SHAPE_DIM: u32 = 1;
    pub(crate) const DIM_VALUE: u32 = 1;
    pub(crate) const DIM_PARAM: u32 = 2;
}

/// `TensorProto.FLOAT`.
pub(crate) const ELEMENT_F32: u64 = 1;

/// One side of a tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Dim {
    Fixed(u64),
    /// Named or unnamed: known only when the model runs.
    Symbolic,
}

/// An input or output of the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TensorInfo {
    pub(crate) name: String,
    /// 0 where it is no tensor.
    pub(crate) element: u64,
    /// `None` where the file does not say.
    pub(crate) dims: Option<Vec<Dim>>,
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) op_type: String,
    pub(crate) inputs: Vec<String>,
    pub(crate) outputs: Vec<String>,
}

/// What is read of a model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Graph {
    /// Without those that are initializers.
    pub(crate) inputs: Vec<TensorInfo>,
    pub(crate) outputs: Vec<TensorInfo>,
    pub(crate) initializers: HashSet<String>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) has_external_data: bool,
}

/// Reads a model.
pub(crate) fn read(bytes: &[u8]) -> Result<Graph, Wrong> {
    let mut graph = Graph::default();
    let mut graphs = 0;
    for entry in Fields::of(bytes) {
        match entry?.as_pair() {
            (field::MODEL_GRAPH, Value::Bytes(inner)) => {
                graphs += 1;
                read_graph(inner, &mut graph)?;
            }
            (field::MODEL_FUNCTIONS, Value::Bytes(inner)) => {
                graph.has_external_data |= function_refers_out(inner)?
            }
            (field::MODEL_TRAINING, _) => return Err(Wrong("it carries training information")),
            _ => {}
        }
    }
    if graphs != 1 {
        return Err(Wrong("it does not hold exactly one graph"));
    }
    let initializers = std::mem::take(&mut graph.initializers);
    graph.inputs.retain(|input| !initializers.contains(&input.name));
    Ok(Graph { initializers, ..graph })
}

fn read_graph(bytes: &[u8], graph: &mut Graph) -> Result<(), Wrong> {
    for entry in Fields::of(bytes) {
        match entry?.as_pair() {
            (field::GRAPH_NODE, Value::Bytes(inner)) => {
                if graph.nodes.len() >= NODES_MAX {
                    return Err(Wrong("it has more than 100000 operations"));
                }
                graph.has_external_data |= node_refers_out(inner, 0)?;
                graph.nodes.push(read_node(inner)?);
            }
            (field::GRAPH_INITIALIZER, Value::Bytes(inner)) => {
                graph.has_external_data |= tensor_refers_out(inner)?;
                graph.initializers.insert(tensor_name(inner)?);
            }
            (field::GRAPH_SPARSE_INITIALIZER, Value::Bytes(inner)) => {
                graph.has_external_data |= sparse_refers_out(inner)?;
            }
            (field::GRAPH_INPUT, Value::Bytes(inner)) => graph.inputs.push(read_tensor_info(inner)?),
            (field::GRAPH_OUTPUT, Value::Bytes(inner)) => graph.outputs.push(read_tensor_info(inner)?),
            _ => {}
        }
    }
    Ok(())
}

fn read_node(bytes: &[u8]) -> Result<Node, Wrong> {
    let mut node = Node { op_type: String::new(), inputs: Vec::new(), outputs: Vec::new() };
    for entry in Fields::of(bytes) {
        match entry?.as_pair() {
            (field::NODE_INPUT, Value::Bytes(name)) => node.inputs.push(text(name)?),
            (field::NODE_OUTPUT, Value::Bytes(name)) => node.outputs.push(text(name)?),
            (field::NODE_OP_TYPE, Value::Bytes(name)) => node.op_type = text(name)?,
            _ => {}
        }
    }
    Ok(node)
}

pub(crate) fn tensor_name(bytes: &[u8]) -> Result<String, Wrong> {
    wire::last_text(bytes, field::TENSOR_NAME)
}

pub(crate) fn read_tensor_info(bytes: &[u8]) -> Result<TensorInfo, Wrong> {
    let mut info = TensorInfo { name: wire::last_text(bytes, field::VALUE_NAME)?, element: 0, dims: None };
    let Some(kind) = wire::last_bytes(bytes, field::VALUE_TYPE)? else { return Ok(info) };
    let Some(tensor) = wire::last_bytes(kind, field::TYPE_TENSOR)? else { return Ok(info) };
    for entry in Fields::of(tensor) {
        match entry?.as_pair() {
            (field::TENSOR_TYPE_ELEMENT, Value::Varint(element)) => info.element = element,
            (field::TENSOR_TYPE_SHAPE, Value::Bytes(shape)) => info.dims = Some(read_dims(shape)?),
            _ => {}
        }
    }
    Ok(info)
}

fn read_dims(shape: &[u8]) -> Result<Vec<Dim>, Wrong> {
    let mut dims = Vec::new();
    for entry in Fields::of(shape) {
        if let (field::SHAPE_DIM, Value::Bytes(inner)) = entry?.as_pair() {
            if dims.len() >= RANK_MAX {
                return Err(Wrong("a tensor has more than 16 sides"));
            }
            dims.push(read_dim(inner)?);
        }
    }
    Ok(dims)
}

fn read_dim(bytes: &[u8]) -> Result<Dim, Wrong> {
    let mut dim = Dim::Symbolic;
    for entry in Fields::of(bytes) {
        match entry?.as_pair() {
            (field::DIM_VALUE, Value::Varint(value)) => dim = Dim::Fixed(value),
            (field::DIM_PARAM, Value::Bytes(_)) => dim = Dim::Symbolic,
            _ => {}
        }
    }
    Ok(dim)
}

/// Whether a tensor's values lie in another file.
fn tensor_refers_out(bytes: &[u8]) -> Result<bool, Wrong> {
    let mut refers_out = false;
    for entry in Fields::of(bytes) {
        refers_out |= match entry?.as_pair() {
            (field::TENSOR_EXTERNAL_DATA, _) => true,
            (field::TENSOR_DATA_LOCATION, Value::Varint(location)) => location != 0,
            _ => false,
        };
    }
    Ok(refers_out)
}

fn sparse_refers_out(bytes: &[u8]) -> Result<bool, Wrong> {
    let mut refers_out = false;
    for entry in Fields::of(bytes) {
        if let (field::SPARSE_VALUES | field::SPARSE_INDICES, Value::Bytes(inner)) = entry?.as_pair() {
            refers_out |= tensor_refers_out(inner)?;
        }
    }
    Ok(refers_out)
}

fn function_refers_out(bytes: &[u8]) -> Result<bool, Wrong> {
    let mut refers_out = false;
    for entry in Fields::of(bytes) {
        if let (field::FUNCTION_NODE, Value::Bytes(inner)) = entry?.as_pair() {
            refers_out |= node_refers_out(inner, 0)?;
        }
    }
    Ok(refers_out)
}

fn node_refers_out(bytes: &[u8], depth: usize) -> Result<bool, Wrong> {
    let mut refers_out = false;
    for entry in Fields::of(bytes) {
        if let (field::NODE_ATTRIBUTE, Value::Bytes(inner)) = entry?.as_pair() {
            refers_out |= attribute_refers_out(inner, depth)?;
        }
    }
    Ok(refers_out)
}

fn attribute_refers_out(bytes: &[u8], depth: usize) -> Result<bool, Wrong> {
    let mut refers_out = false;
    for entry in Fields::of(bytes) {
        refers_out |= match entry?.as_pair() {
            (field::ATTRIBUTE_TENSOR | field::ATTRIBUTE_TENSORS, Value::Bytes(inner)) => {
                tensor_refers_out(inner)?
            }
            (field::ATTRIBUTE_SPARSE_TENSOR | field::ATTRIBUTE_SPARSE_TENSORS, Value::Bytes(inner)) => {
                sparse_refers_out(inner)?
            }
            (field::ATTRIBUTE_GRAPH | field::ATTRIBUTE_GRAPHS, Value::Bytes(inner)) => {
                subgraph_refers_out(inner, depth + 1)?
            }
            _ => false,
        };
    }
    Ok(refers_out)
}

fn subgraph_refers_out(bytes: &[u8], depth: usize) -> Result<bool, Wrong> {
    if depth > DEPTH_MAX {
        return Err(Wrong("its graphs are nested more than 8 deep"));
    }
    let mut refers_out = false;
    for entry in Fields::of(bytes) {
        refers_out |= match entry?.as_pair() {
            (field::GRAPH_NODE, Value::Bytes(inner)) => node_refers_out(inner, depth)?,
            (field::GRAPH_INITIALIZER, Value::Bytes(inner)) => tensor_refers_out(inner)?,
            (field::GRAPH_SPARSE_INITIALIZER, Value::Bytes(inner)) => sparse_refers_out(inner)?,
            _ => false,
        };
    }
    Ok(refers_out)
}

#[cfg(test)]
pub(crate) mod tests;
