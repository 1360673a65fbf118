//! The page: the grid of square metres over the redacted still, what was fitted, and what to paste. It needs nothing
//! from elsewhere and runs nothing.

use std::fmt::Write as _;

use base64::Engine as _;
use velum_vocab::CameraId;

use super::Fitted;
use super::grid::grid;
use super::watch::Watched;

/// What the page shows.
pub(super) struct Page<'a> {
    /// Of which camera.
    pub(super) camera: &'a CameraId,
    /// The plane and what is said of it.
    pub(super) fitted: &'a Fitted,
    /// The picture, or why there is none.
    pub(super) watched: &'a Watched,
    /// For the configuration.
    pub(super) toml: &'a str,
}

impl Page<'_> {
    /// The whole page.
    pub(super) fn html(&self) -> String {
        let (width, height) = self.watched.size_px;
        let title = format!("Calibration of {}", escaped(self.camera.as_str()));
        let said = match &self.watched.still {
            Ok(still) => format!(
                "The still is redacted as the policy says ({:.0} % of it is masked) and verified.",
                100.0 * still.covered_fraction
            ),
            Err(reason) => format!("No picture: {}.", escaped(reason)),
        };
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<style>body{{font:16px/1.5 \
             system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}}svg{{width:100%;height:auto;background:#222}}\
             pre{{background:#eee;padding:1rem;overflow:auto}}</style>\n<h1>{title}</h1>\n<p>One square of the grid is one metre \
             by one metre on the ground; circles are the point pairs. {said}</p>\n<svg viewBox=\"0 0 {width} {height}\" role=\"img\" \
             aria-label=\"the grid of square metres\">\n{}{}{}</svg>\n<h2>The fit</h2>\n<pre>{}</pre>\n<h2>For the \
             configuration</h2>\n<pre>{}</pre>\n</html>\n",
            self.picture(),
            self.grid(),
            self.points(),
            escaped(&self.fitted.words),
            escaped(self.toml)
        )
    }

    fn picture(&self) -> String {
        let Ok(still) = &self.watched.still else { return String::new() };
        let (width, height) = self.watched.size_px;
        let data = base64::prelude::BASE64_STANDARD.encode(&still.jpeg);
        format!("<image width=\"{width}\" height=\"{height}\" href=\"data:image/jpeg;base64,{data}\"/>\n")
    }

    fn grid(&self) -> String {
        let (width, height) = (f64::from(self.watched.size_px.0), f64::from(self.watched.size_px.1));
        let mut path = String::new();
        for [a, b] in grid(&self.fitted.plane, &self.fitted.pairs) {
            // Writing into a text cannot fail.
            let _ = write!(
                path,
                "M{:.1} {:.1}L{:.1} {:.1}",
                a.0 * width,
                a.1 * height,
                b.0 * width,
                b.1 * height
            );
        }
        format!(
            "<path d=\"{path}\" fill=\"none\" stroke=\"#ffd400\" stroke-width=\"1\" stroke-opacity=\".8\"/>\n"
        )
    }

    fn points(&self) -> String {
        let (width, height) = (f64::from(self.watched.size_px.0), f64::from(self.watched.size_px.1));
        let circle = |pair: &velum_analyse::PointPair| {
            let (x, y) = (pair.x_fraction * width, pair.y_fraction * height);
            format!(
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"6\" fill=\"none\" stroke=\"#00e5ff\" stroke-width=\"2\"/>\n"
            )
        };
        self.fitted.pairs.iter().map(circle).collect()
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
