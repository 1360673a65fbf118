//! Every manifest that docs/models.md shows can be used as it stands.

#![expect(clippy::unwrap_used, reason = "a test that reads a file of this repository")]

use std::collections::BTreeSet;

use velum_models::{HeadKind, Manifest};

/// The blocks of this language in a page, with the line on which each begins.
fn blocks(page: &str, language: &str) -> Vec<(usize, String)> {
    let (mut blocks, mut open): (Vec<(usize, String)>, bool) = (Vec::new(), false);
    for (at, line) in page.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(found) if !open && found == language => {
                open = true;
                blocks.push((at + 1, String::new()));
            }
            Some(_) => open = false,
            None if open => {
                let block = &mut blocks.last_mut().unwrap().1;
                block.push_str(line);
                block.push('\n');
            }
            None => {}
        }
    }
    blocks
}

#[test]
fn every_manifest_of_the_page_is_a_good_one() {
    let page = include_str!("../../docs/models.md");
    let manifests: Vec<Manifest> = blocks(page, "toml")
        .into_iter()
        .map(|(line, text)| Manifest::parse(&text, &format!("docs/models.md:{line}")).unwrap())
        .collect();
    let ids: BTreeSet<&str> = manifests.iter().map(Manifest::id).collect();
    assert_eq!(ids.len(), manifests.len());
    let heads: Vec<HeadKind> = manifests.iter().map(Manifest::head).collect();
    assert_eq!(heads, [HeadKind::Yolox, HeadKind::Yolov8, HeadKind::Detr, HeadKind::Density]);
}

/// The table of what is known names what the catalogue holds, and no other.
#[test]
fn the_page_names_every_model_of_the_catalogue() {
    let page = include_str!("../../docs/models.md");
    let table = page.split("## What is known").nth(1).unwrap().split("\n\n").nth(1).unwrap();
    let named: BTreeSet<&str> = table
        .lines()
        .skip(2)
        .flat_map(|line| line.split('|').nth(1).unwrap().split('`').skip(1).step_by(2))
        .collect();
    let catalogue = velum_models::Catalogue::open(&[]).unwrap();
    let known: BTreeSet<String> =
        catalogue.list().iter().map(|listing| listing.manifest.id().to_owned()).collect();
    assert_eq!(named, known.iter().map(String::as_str).collect());
}
