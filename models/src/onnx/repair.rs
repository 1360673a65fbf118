//! Mends a graph that was exported badly: see [`Repairs`].
//!
//! Every field that is not named here is copied byte by byte.

use std::collections::HashSet;

use super::wire::{Field, Fields, Value, Wrong, put_bytes};
use super::{field, read_tensor_info, tensor_name};
use crate::manifest::Repairs;

/// The model with the repairs made.
pub(crate) fn repair(model: &[u8], repairs: &Repairs) -> Result<Vec<u8>, Wrong> {
    rewrite(model, |entry, out| match entry.as_pair() {
        (field::MODEL_GRAPH, Value::Bytes(graph)) => {
            put_bytes(out, field::MODEL_GRAPH, &repair_graph(graph, repairs)?);
            Ok(())
        }
        _ => keep(entry, out),
    })
}

fn repair_graph(graph: &[u8], repairs: &Repairs) -> Result<Vec<u8>, Wrong> {
    let initializers = initializer_names(graph)?;
    rewrite(graph, |entry, out| match entry.as_pair() {
        (field::GRAPH_INPUT, Value::Bytes(info)) => {
            let is_initializer = initializers.contains(&read_tensor_info(info)?.name);
            match (is_initializer, repairs) {
                (true, Repairs { drop_initializer_inputs: true, .. }) => Ok(()),
                (false, Repairs { symbolic_input: true, .. }) => {
                    put_bytes(out, field::GRAPH_INPUT, &free_dims(info, &INPUT_DIMS)?);
                    Ok(())
                }
                _ => keep(entry, out),
            }
        }
        (field::GRAPH_OUTPUT, Value::Bytes(info)) => {
            if repairs.drop_outputs.contains(&read_tensor_info(info)?.name) {
                return Ok(());
            }
            if repairs.symbolic_input {
                put_bytes(out, field::GRAPH_OUTPUT, &free_dims(info, &OUTPUT_DIMS)?);
                return Ok(());
            }
            keep(entry, out)
        }
        // Sizes of inner tensors that were noted for the old input are wrong now; the runtime infers them anew.
        (field::GRAPH_VALUE_INFO, _) if repairs.symbolic_input => Ok(()),
        _ => keep(entry, out),
    })
}

/// Names for the sides of an input `[batch, channels, height, width]`; `None` keeps the side as it is.
const INPUT_DIMS: [Option<&str>; 4] = [Some("batch"), None, Some("height"), Some("width")];
/// The same for outputs: the runtime works out their height and width.
const OUTPUT_DIMS: [Option<&str>; 4] = [Some("batch"), None, Some(""), Some("")];

fn initializer_names(graph: &[u8]) -> Result<HashSet<String>, Wrong> {
    let mut names = HashSet::new();
    for entry in Fields::of(graph) {
        if let (field::GRAPH_INITIALIZER, Value::Bytes(tensor)) = entry?.as_pair() {
            names.insert(tensor_name(tensor)?);
        }
    }
    Ok(names)
}

/// A `ValueInfoProto` whose sides are symbolic where `names` has one.
fn free_dims(info: &[u8], names: &[Option<&str>]) -> Result<Vec<u8>, Wrong> {
    let in_shape = |shape: &[u8]| {
        let mut names = names.iter();
        rewrite_field(shape, field::SHAPE_DIM, |dim| Ok(symbolic(dim, names.next().copied().flatten())))
    };
    let in_tensor = |tensor: &[u8]| rewrite_field(tensor, field::TENSOR_TYPE_SHAPE, in_shape);
    let in_type = |kind: &[u8]| rewrite_field(kind, field::TYPE_TENSOR, in_tensor);
    rewrite_field(info, field::VALUE_TYPE, in_type)
}

fn symbolic(dim: &[u8], name: Option<&str>) -> Vec<u8> {
    let mut out = Vec::new();
    match name {
        None => out.extend_from_slice(dim),
        Some("") => {}
        Some(name) => put_bytes(&mut out, field::DIM_PARAM, name.as_bytes()),
    }
    out
}

fn rewrite_field(
    message: &[u8],
    number: u32,
    mut change: impl FnMut(&[u8]) -> Result<Vec<u8>, Wrong>,
) -> Result<Vec<u8>, Wrong> {
    rewrite(message, |entry, out| match entry.as_pair() {
        (found, Value::Bytes(inner)) if found == number => {
            put_bytes(out, number, &change(inner)?);
            Ok(())
        }
        _ => keep(entry, out),
    })
}

fn rewrite(
    message: &[u8],
    mut each: impl FnMut(&Field<'_>, &mut Vec<u8>) -> Result<(), Wrong>,
) -> Result<Vec<u8>, Wrong> {
    let mut out = Vec::with_capacity(message.len());
    for entry in Fields::of(message) {
        each(&entry?, &mut out)?;
    }
    Ok(out)
}

fn keep(entry: &Field<'_>, out: &mut Vec<u8>) -> Result<(), Wrong> {
    out.extend_from_slice(entry.raw);
    Ok(())
}
