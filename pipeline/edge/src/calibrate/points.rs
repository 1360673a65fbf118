//! Point pairs as they are written: the same lines as in the configuration.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;
use velum_analyse::PointPair;
use velum_vocab::GroundPoint;

/// A file of pairs, or a camera's part of a configuration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPoints {
    ground_plane: Vec<RawPair>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPair {
    picture: [f64; 2],
    ground_m: [f64; 2],
}

/// Reads a file of pairs.
pub(super) fn read(file: &Path) -> anyhow::Result<Vec<PointPair>> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("--points: `{}` cannot be read", file.display()))?;
    parse(&text).with_context(|| {
        format!(
            "--points: {}: expected lines like `ground_plane = [{{ picture = [0.25, 0.80], ground_m = [3.0, 1.5] }}, ...]`",
            file.display()
        )
    })
}

fn parse(text: &str) -> anyhow::Result<Vec<PointPair>> {
    let raw: RawPoints = toml::from_str(text)?;
    let pair = |RawPair { picture: [x_fraction, y_fraction], ground_m: [x_m, y_m] }| PointPair {
        x_fraction,
        y_fraction,
        ground: GroundPoint { x_m, y_m },
    };
    Ok(raw.ground_plane.into_iter().map(pair).collect())
}

/// What is to be written into the configuration, below the camera's table.
pub(super) fn toml(camera: &str, pairs: &[PointPair]) -> String {
    let mut text = format!("# below [cameras.{camera}]\nground_plane = [\n");
    for pair in pairs {
        // Writing into a text cannot fail.
        let _ = writeln!(
            text,
            "    {{ picture = [{:.4}, {:.4}], ground_m = [{:.3}, {:.3}] }},",
            pair.x_fraction, pair.y_fraction, pair.ground.x_m, pair.ground.y_m
        );
    }
    text.push_str("]\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let pair = |x: f64, y: f64| PointPair {
            x_fraction: x,
            y_fraction: y,
            ground: GroundPoint { x_m: 10.0 * x, y_m: -3.5 * y },
        };
        let pairs = [pair(0.25, 0.5), pair(1.0, 0.75)];
        assert_eq!(parse(&toml("plaza-1", &pairs)).unwrap(), pairs);
        let error = parse("ground_plane = [{ picture = [0.1, 0.2] }]").unwrap_err().to_string();
        assert!(error.contains("ground_m"), "{error}");
    }
}
