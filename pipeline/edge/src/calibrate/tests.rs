use velum_analyse::calibration::HeightSample;
use velum_vocab::GroundPoint;

use super::easel::Still;
use super::*;

fn watched(still: Result<Still, String>) -> Watched {
    Watched { size_px: (768, 576), samples: Vec::new(), secs: 20.0, still }
}

fn pairs() -> Vec<PointPair> {
    let corners = [(0.2, 0.4, 0.0, 10.0), (0.8, 0.4, 8.0, 10.0), (0.9, 0.9, 6.0, 2.0), (0.1, 0.9, 2.0, 2.0)];
    corners
        .iter()
        .map(|&(x_fraction, y_fraction, x_m, y_m)| PointPair {
            x_fraction,
            y_fraction,
            ground: GroundPoint { x_m, y_m },
        })
        .collect()
}

#[test]
fn the_page_needs_nothing_from_elsewhere_and_shows_only_what_it_was_given() {
    let fitted = by_points(pairs(), &watched(Err(String::new()))).unwrap();
    assert!(fitted.words.contains("four pairs always fit exactly"), "{}", fitted.words);
    let id = CameraId::parse("plaza-1").unwrap();
    let html = |still| {
        let watched = watched(still);
        Page { camera: &id, fitted: &fitted, watched: &watched, toml: "ground_plane = []" }.html()
    };
    let without = html(Err("redaction.imagery_egress is `none` <b>".to_owned()));
    assert!(!without.contains("<image") && without.contains("is `none` &lt;b&gt;"), "{without}");
    assert!(without.contains("<path d=\"M") && without.matches("<circle").count() == 4);
    let with = html(Ok(Still { jpeg: vec![0xff, 0xd8], covered_fraction: 0.25 }));
    assert!(with.contains("data:image/jpeg;base64,/9g=") && with.contains("25 % of it is masked"));
    for page in [with, without] {
        assert!(!page.contains("http") && !page.contains("<script"), "{page}");
    }
}

#[test]
fn too_few_people_are_an_error_that_says_so() {
    let mut seen = watched(Err(String::new()));
    seen.samples = vec![HeightSample { foot_fraction: 0.5, height_fraction: 0.1 }; 5];
    let error = by_heights(&seen, 60.0).err().unwrap().to_string();
    assert!(error.starts_with("5 whole, standing people were seen, and 60 are needed"), "{error}");
}
