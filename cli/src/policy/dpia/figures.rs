//! Figures out of a report of `velum-edge eval`, each with how many it rests on and its 95 % interval.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use serde::Deserialize;

/// The form of report that is understood.
const FORMAT: &str = "velum-eval-events-1";

/// No report is longer, bytes.
const LONGEST_BYTES: usize = 64 << 20;

/// 95 % of a normal distribution lie within so many standard deviations.
const Z: f64 = 1.959_964;

/// A report, and which one it is.
#[derive(Debug)]
pub(super) struct Report {
    /// Where it was read from.
    pub(super) path: String,
    /// The SHA-256 of its bytes.
    pub(super) sha256: String,
    /// What it says.
    pub(super) said: Said,
}

/// The parts of a report that an annex tells. Others may be there.
#[derive(Debug, Deserialize)]
pub(super) struct Said {
    format: String,
    /// What was measured, in words.
    pub(super) about: String,
    /// Digests of the models, by name.
    pub(super) models: BTreeMap<String, String>,
    totals: Vec<Total>,
    clips: Vec<Clip>,
    run: Run,
}

#[derive(Debug, Deserialize)]
struct Total {
    detector: String,
    kind: String,
    half: String,
    clips: u64,
    footage_secs: f64,
    recall: Tally,
    precision: Tally,
    false_alerts: u64,
    /// Rate, and the ends of its interval.
    false_per_hour: [f64; 3],
}

#[derive(Debug, Deserialize)]
struct Clip {
    clip: String,
    detector: String,
    tuned: String,
    counts: Vec<Count>,
}

#[derive(Debug, Deserialize)]
struct Count {
    zone: String,
    counted: u64,
    mean_absolute_error: f64,
    truth_mean: f64,
}

#[derive(Debug, Deserialize)]
struct Run {
    made_at: String,
}

/// So many out of so many.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Tally {
    hits: u64,
    of: u64,
}

impl Report {
    /// Reads a report; `path` is only named.
    ///
    /// # Errors
    /// Where it is no report of the known form.
    pub(super) fn parse(bytes: &[u8], path: &str) -> anyhow::Result<Self> {
        ensure!(
            bytes.len() <= LONGEST_BYTES,
            "{path}: a report has at most {LONGEST_BYTES} bytes, found {}; is this the right file?",
            bytes.len()
        );
        let fix = "make one with `velum-edge eval --out DIR`";
        let said: Said = serde_json::from_slice(bytes)
            .with_context(|| format!("{path}: expected a report of the form `{FORMAT}`; {fix}"))?;
        ensure!(
            said.format == FORMAT,
            "{path}: expected a report of the form `{FORMAT}`, found `{}`; {fix}",
            said.format
        );
        let sha256 = hex::encode(ring::digest::digest(&ring::digest::SHA256, bytes));
        Ok(Self { path: path.to_owned(), sha256, said })
    }

    /// When it was made.
    pub(super) fn made_at(&self) -> &str {
        &self.said.run.made_at
    }

    /// How well objects left alone are found, a line for each detector and part of the suite.
    pub(super) fn objects(&self) -> Vec<String> {
        let measured =
            self.said.totals.iter().filter(|total| total.recall.of > 0 || total.footage_secs > 0.0);
        measured.map(Total::words).collect()
    }

    /// How well people are counted, a line for each clip and zone.
    pub(super) fn counts(&self) -> Vec<String> {
        let clips = self.said.clips.iter();
        clips.flat_map(|clip| clip.counts.iter().map(|count| clip.words(count))).collect()
    }
}

impl Total {
    fn words(&self) -> String {
        let [rate, low, high] = self.false_per_hour;
        format!(
            "{}, {} footage, half `{}` ({} clips, {:.0} s): found {}; of alerts, right {}; false alerts {}, \
             {rate:.2} per camera-hour (95 %: {low:.2} to {high:.2})",
            self.detector,
            self.kind,
            self.half,
            self.clips,
            self.footage_secs,
            self.recall.words(),
            self.precision.words(),
            self.false_alerts,
        )
    }
}

impl Clip {
    fn words(&self, count: &Count) -> String {
        format!(
            "{}, {}, zone {}: off by {:.2} persons on the mean, of {:.2} ({} counts; tuned or trained on it: {})",
            self.clip,
            self.detector,
            count.zone,
            count.mean_absolute_error,
            count.truth_mean,
            count.counted,
            self.tuned,
        )
    }
}

impl Tally {
    fn words(self) -> String {
        match self.wilson() {
            Some((low, high)) => {
                format!("{} of {} (95 %: {:.0} to {:.0} %)", self.hits, self.of, 100.0 * low, 100.0 * high)
            }
            None => "not measured".to_owned(),
        }
    }

    /// The score interval of a share.
    ///
    /// *Source*: Wilson 1927, as in the evaluator.
    fn wilson(self) -> Option<(f64, f64)> {
        #[expect(clippy::cast_precision_loss, reason = "counts of a report are far below 2^52")]
        let (hits, of) = (self.hits as f64, self.of as f64);
        if self.of == 0 || self.hits > self.of {
            return None;
        }
        let (share, z2) = (hits / of, Z * Z);
        let middle = (share + z2 / (2.0 * of)) / (1.0 + z2 / of);
        let half = Z / (1.0 + z2 / of) * (share * (1.0 - share) / of + z2 / (4.0 * of * of)).sqrt();
        Some(((middle - half).max(0.0), (middle + half).min(1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_have_their_interval_or_are_not_measured() {
        assert_eq!(Tally { hits: 88, of: 111 }.words(), "88 of 111 (95 %: 71 to 86 %)");
        assert_eq!(Tally { hits: 1, of: 1 }.words(), "1 of 1 (95 %: 21 to 100 %)");
        assert_eq!(Tally { hits: 0, of: 0 }.words(), "not measured");
        assert_eq!(Tally { hits: 2, of: 1 }.words(), "not measured");
    }

    #[test]
    fn other_files_are_no_reports() {
        for (bytes, said) in [
            (&b"{}"[..], "velum-edge eval"),
            (b"not json", "velum-edge eval"),
            (br#"{"format": "other-2", "about": "", "models": {}, "totals": [], "clips": [], "run": {"made_at": ""}}"#, "found `other-2`"),
        ] {
            let error = format!("{:#}", Report::parse(bytes, "report.json").unwrap_err());
            assert!(error.starts_with("report.json: ") && error.contains(said), "{error}");
        }
    }
}
