//! `velum-edge attest`: what this box could tell at most, by what it has; that it cannot tell people apart.
//!
//! Nothing here is a list that somebody keeps: models are loaded and judged as for a run, and kinds of events are those of the
//! gate. A model whose graph puts out what could tell people apart is not among them, for it does not load.

use std::fmt::Write as _;

use serde::Serialize;
use velum_gate::EventKind;
use velum_models::{Catalogue, LoadedModel, Output, Presence};

use crate::config::ModelSettings;
use crate::detectors::model_folders;

/// All of it.
#[derive(Debug, Serialize)]
struct Abilities {
    models: Vec<Model>,
    /// Those that are here and do not load, with why.
    refused: Vec<Refused>,
    events: Vec<Kind>,
}

#[derive(Debug, Serialize)]
struct Model {
    id: String,
    sha256: String,
    task: &'static str,
    /// What can be read of its answer.
    answer: &'static str,
    classes: Vec<&'static str>,
    outputs: Vec<Tensor>,
}

#[derive(Debug, Serialize)]
struct Tensor {
    name: String,
    /// Null where the side is known only when the model runs.
    sides: Vec<Option<u64>>,
}

#[derive(Debug, Serialize)]
struct Refused {
    id: String,
    why: String,
}

#[derive(Debug, Serialize)]
struct Kind {
    kind: &'static str,
    /// As a policy allows it; none for the state of a camera.
    analytic: Option<&'static str>,
}

/// The text for standard output.
///
/// # Errors
/// Where the catalogue cannot be read.
pub(crate) fn run(settings: &ModelSettings, json: bool) -> anyhow::Result<String> {
    let abilities = abilities(&Catalogue::open(&model_folders(settings))?);
    Ok(if json { format!("{}\n", serde_json::to_string_pretty(&abilities)?) } else { text(&abilities) })
}

fn abilities(catalogue: &Catalogue) -> Abilities {
    let (mut models, mut refused) = (Vec::new(), Vec::new());
    for listing in catalogue.list().into_iter().filter(|listing| listing.presence != Presence::Absent) {
        let id = listing.manifest.id();
        match catalogue.load(id) {
            Ok(model) => models.push(Model::of(&model)),
            Err(error) => refused.push(Refused { id: id.to_owned(), why: error.to_string() }),
        }
    }
    let kind = |kind: EventKind| Kind { kind: kind.name(), analytic: kind.analytic() };
    Abilities { models, refused, events: EventKind::ALL.map(kind).into() }
}

impl Model {
    fn of(model: &LoadedModel) -> Self {
        let manifest = model.manifest();
        let tensor = |output: &Output| Tensor { name: output.name.clone(), sides: output.sides.clone() };
        Self {
            id: manifest.id().to_owned(),
            sha256: model.digest().to_string(),
            task: manifest.task().name(),
            answer: manifest.head().answer(),
            classes: manifest.classes().iter().map(|entry| entry.class.name()).collect(),
            outputs: model.outputs().iter().map(tensor).collect(),
        }
    }
}

fn text(all: &Abilities) -> String {
    let mut text =
        "What this box could tell at most, by the models that are here and the events that there are.\n"
            .to_owned();
    for model in &all.models {
        let Model { id, sha256, task, answer, classes, outputs } = model;
        let _ = write!(text, "\n{id}  ({task}, sha256 {sha256})\n  is read as {answer}");
        if !classes.is_empty() {
            let _ = write!(text, "; classes: {}", classes.join(", "));
        }
        for Tensor { name, sides } in outputs {
            let side = |side: &Option<u64>| side.map_or_else(|| "?".to_owned(), |side| side.to_string());
            let sides: Vec<String> = sides.iter().map(side).collect();
            let _ = write!(text, "\n  puts out `{name}` [{}]", sides.join(", "));
        }
        text.push('\n');
    }
    for Refused { id, why } in &all.refused {
        let _ = write!(text, "\n{id} is here and is not used: {why}\n");
    }
    let events: Vec<&str> = all.events.iter().map(|event| event.kind).collect();
    let _ = write!(
        text,
        "\nEvents: {}. Each as far as a signed policy lists its fields.\n\n\
         No model here puts out a vector that describes a face, a body or a gait: such a model does not load. Nothing is compared\n\
         between cameras, and no event has a field for who somebody is. What each policy lets out: velum policy explain.\n",
        events.join(", ")
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Built in, and where at hand those of others: nothing that could tell people apart.
    #[test]
    fn no_model_of_this_box_tells_people_apart() {
        let all = abilities(&Catalogue::open(&Catalogue::usual_folders(&[])).unwrap());
        assert!(all.models.len() >= 3, "{all:?}");
        for model in &all.models {
            assert!(["objects", "faces", "density"].contains(&model.task), "{model:?}");
            for output in &model.outputs {
                assert!(!velum_policy::tells_people_apart(&output.name), "{model:?}");
            }
            // Whatever is found, it is found as one of these.
            let known = ["person", "head", "face", "vehicle", "backpack", "handbag", "suitcase"];
            assert!(model.classes.iter().all(|class| known.contains(class)), "{model:?}");
        }
        let text = text(&all);
        for expected in
            ["velum-person-1", "boxes, each with a class and a score", "abandoned_object, crowd_density"]
        {
            assert!(text.contains(expected), "{expected} is missing in\n{text}");
        }
    }
}
