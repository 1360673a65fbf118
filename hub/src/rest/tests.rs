//! What the description says, and what is answered.

use std::collections::BTreeSet;

use serde_json::Value;

use super::OPENAPI;

const ROUTES: &str = include_str!("../rest.rs");
const QUERIES: &str = include_str!("query.rs");

fn described() -> Value {
    serde_json::from_str(OPENAPI).unwrap()
}

#[test]
fn every_path_is_described_and_none_besides() {
    let answered: BTreeSet<_> = ROUTES
        .split(".route(\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect();
    let described: BTreeSet<_> = described()["paths"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(answered, described);
}

/// The fields of a struct in `query.rs`.
fn fields(of: &str) -> BTreeSet<String> {
    let (_, body) = QUERIES.split_once(&format!("struct {of} {{")).unwrap();
    let (body, _) = body.split_once('}').unwrap();
    let name = |line: &str| Some(line.trim().trim_start_matches("r#").split_once(':')?.0.to_owned());
    body.lines().filter_map(name).collect()
}

#[test]
fn every_parameter_is_described_and_none_besides() {
    let described = described();
    for (path, of) in [
        ("/v1/events", "ListQuery"),
        ("/v1/events/stream", "StreamQuery"),
        ("/v1/reviewed/stream", "ReviewedQuery"),
        ("/v1/boxes", "BoxesQuery"),
    ] {
        let parameters = described["paths"][path]["get"]["parameters"].as_array().unwrap();
        let in_query = parameters.iter().filter(|one| one["in"] == "query");
        let told: BTreeSet<_> = in_query.map(|one| one["name"].as_str().unwrap().to_owned()).collect();
        assert_eq!(told, fields(of), "{path}");
    }
}

#[test]
fn what_is_referred_to_is_there() {
    let described = described();
    for reference in OPENAPI.split("\"$ref\": \"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(described.pointer(reference).is_some(), "{reference}");
    }
}
