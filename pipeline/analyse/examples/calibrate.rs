//! How wrong distances are by a calibration, against annotated world positions.
//!
//! ```text
//! calibrate GT.txt --size 768x576 [--field-of-view 55]
//! ```
//! A line of the truth is MOTChallenge's with world positions: `frame,id,left,top,width,height,1,x_m,y_m,_`. Fitted
//! are both ways: from eight measured points, and from the heights of the boxes; then the distance between any two
//! people of a frame is held against the truth's.
#![expect(clippy::print_stdout, reason = "an example that prints what it finds")]

use std::collections::BTreeMap;
use std::error::Error;

use velum_analyse::GroundPlane;
use velum_analyse::PointPair;
use velum_analyse::calibration::{HeightSample, View, fit_heights, report_pairs};
use velum_vocab::GroundPoint;

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

struct Person {
    frame: u32,
    foot: (f64, f64),
    height: f64,
    is_whole: bool,
    world: (f64, f64),
}

fn read(text: &str, (width, height): (f64, f64)) -> Result<Vec<Person>> {
    let mut people = Vec::new();
    for line in text.lines() {
        let fields: Vec<f64> = line.split(',').map(str::parse).collect::<Result<_, _>>()?;
        let [frame, _, left, top, w, h, _, x, y, ..] = fields[..] else {
            return Err("expected 9 fields".into());
        };
        let inside = left > 2.0 && top > 2.0 && left + w < width - 2.0 && top + h < height - 2.0;
        people.push(Person {
            frame: frame as u32,
            foot: ((left + w / 2.0) / width, (top + h) / height),
            height: h / height,
            is_whole: inside && (1.5..4.5).contains(&(h / w)),
            world: (x, y),
        });
    }
    Ok(people)
}

/// Errors of distances between people of one frame, relative and in metres, sorted.
fn errors(people: &[Person], plane: &GroundPlane) -> (Vec<f64>, Vec<f64>, f64) {
    let mut by_frame: BTreeMap<u32, Vec<&Person>> = BTreeMap::new();
    for person in people.iter().filter(|p| p.frame % 10 == 0) {
        by_frame.entry(person.frame).or_default().push(person);
    }
    let (mut relative, mut absolute, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for group in by_frame.values() {
        for (i, a) in group.iter().enumerate() {
            for b in group.iter().skip(i + 1) {
                let truth = (a.world.0 - b.world.0).hypot(a.world.1 - b.world.1);
                let places = plane.ground_at(a.foot.0, a.foot.1).zip(plane.ground_at(b.foot.0, b.foot.1));
                let Some((p, q)) = places.filter(|_| truth >= 1.0) else { continue };
                let found = (p.x_m - q.x_m).hypot(p.y_m - q.y_m);
                relative.push((found - truth).abs() / truth);
                absolute.push((found - truth).abs());
                ratios.push(found / truth);
            }
        }
    }
    for values in [&mut relative, &mut absolute, &mut ratios] {
        values.sort_by(f64::total_cmp);
    }
    let scale = at(&ratios, 0.5);
    (relative, absolute, scale)
}

fn at(sorted: &[f64], share: f64) -> f64 {
    sorted.get((share * sorted.len() as f64) as usize).copied().unwrap_or(f64::NAN)
}

fn tell(what: &str, people: &[Person], plane: &GroundPlane) {
    let (relative, absolute, scale) = errors(people, plane);
    println!(
        "{what}: {} distances of 1 m and more; error median {:.1} %, 90th percentile {:.1} %; {:.2} m, {:.2} m; \
         scale {scale:.3}",
        relative.len(),
        100.0 * at(&relative, 0.5),
        100.0 * at(&relative, 0.9),
        at(&absolute, 0.5),
        at(&absolute, 0.9)
    );
}

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let file = words.first().ok_or("usage: calibrate GT.txt --size 768x576")?;
    let option = |name: &str| words.iter().position(|w| w == name).and_then(|i| words.get(i + 1));
    let (width, height) = option("--size").and_then(|s| s.split_once('x')).ok_or("--size WxH is needed")?;
    let (width, height): (u32, u32) = (width.parse()?, height.parse()?);
    let people = read(&std::fs::read_to_string(file)?, (f64::from(width), f64::from(height)))?;

    // Eight people far from each other stand for measured points.
    let mut chosen: Vec<&Person> = people.iter().take(1).collect();
    while chosen.len() < 8 {
        let apart = |p: &Person| {
            let near = chosen.iter().map(|c| (c.foot.0 - p.foot.0).hypot(c.foot.1 - p.foot.1));
            near.fold(f64::INFINITY, f64::min)
        };
        let next = people.iter().filter(|p| p.is_whole).max_by(|a, b| apart(a).total_cmp(&apart(b)));
        chosen.push(next.ok_or("nobody is there")?);
    }
    let pairs: Vec<PointPair> = chosen
        .iter()
        .map(|p| PointPair {
            x_fraction: p.foot.0,
            y_fraction: p.foot.1,
            ground: GroundPoint { x_m: p.world.0, y_m: p.world.1 },
        })
        .collect();
    match report_pairs(&pairs, (width, height)) {
        Ok(report) => {
            for residual in &report.residuals {
                println!("  {residual:.2?}");
            }
            tell("from eight points", &people, &report.plane);
        }
        Err(error) => println!("from eight points: {error}"),
    }

    let samples: Vec<HeightSample> = people
        .iter()
        .filter(|p| p.is_whole)
        .map(|p| HeightSample { foot_fraction: p.foot.1, height_fraction: p.height })
        .collect();
    let asked: Vec<f64> = match option("--field-of-view") {
        Some(text) => vec![text.parse()?],
        None => vec![40.0, 50.0, 60.0, 75.0],
    };
    for field_of_view_degrees in asked {
        let view = View { width_px: width, height_px: height, field_of_view_degrees };
        let fit = fit_heights(&samples, view)?;
        println!(
            "field of view {field_of_view_degrees}: camera {:.2?} m high, tilt {:.1?} degrees, horizon {:.2}, misfit {:.1} %, {} \
             people",
            fit.camera_height_m,
            fit.tilt_degrees,
            fit.horizon_fraction,
            100.0 * fit.median_misfit_fraction,
            fit.samples
        );
        tell("  from heights", &people, &fit.plane);
    }
    Ok(())
}
