//! What was staged, when and where: written for whoever checks the alerts against it.

use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};

use velum_bench::bag::Rect;

/// One staged bag.
#[derive(Debug, Clone)]
pub(crate) struct StagedBag {
    pub(crate) mount: String,
    pub(crate) staged_at_unix_ms: i64,
    pub(crate) removed_at_unix_ms: Option<i64>,
    pub(crate) box_px: Rect,
    pub(crate) picture_px: (usize, usize),
}

impl StagedBag {
    fn as_json(&self) -> Value {
        let (width, height) = self.picture_px;
        let fraction = |value: usize, of: usize| (value as f64 / of.max(1) as f64 * 1e4).round() / 1e4;
        let Rect { left, top, .. } = self.box_px;
        let (right, bottom) = (self.box_px.right(), self.box_px.bottom());
        json!({
            "mount": self.mount,
            "staged": "drawn bag",
            "staged_at_unix_ms": self.staged_at_unix_ms,
            "removed_at_unix_ms": self.removed_at_unix_ms,
            "picture_px": { "width": width, "height": height },
            "box_px": { "left": left, "top": top, "right": right, "bottom": bottom },
            "box_fraction": {
                "left": fraction(left, width),
                "top": fraction(top, height),
                "right": fraction(right, width),
                "bottom": fraction(bottom, height),
            },
        })
    }
}

/// Writes `{"staged": [...]}`: a reader sees the old file or the new one, never a part.
pub(crate) fn write(path: &Path, bags: &[StagedBag]) -> anyhow::Result<()> {
    let text = json!({ "staged": bags.iter().map(StagedBag::as_json).collect::<Vec<_>>() });
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let wrong = || format!("--truth: `{}` cannot be written", path.display());
    std::fs::write(&beside, format!("{text:#}\n")).with_context(wrong)?;
    std::fs::rename(&beside, path).with_context(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truth_reads_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("truth.json");
        let bag = StagedBag {
            mount: "plaza-2".to_owned(),
            staged_at_unix_ms: 1_000,
            removed_at_unix_ms: None,
            box_px: Rect { left: 100, top: 200, width: 50, height: 100 },
            picture_px: (1_000, 1_000),
        };
        write(&path, &[bag]).unwrap();
        let read: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let bag = &read["staged"][0];
        assert_eq!(bag["mount"], "plaza-2");
        assert_eq!(bag["staged_at_unix_ms"], 1_000);
        assert_eq!(bag["removed_at_unix_ms"], Value::Null);
        assert_eq!(bag["box_fraction"], json!({ "left": 0.1, "top": 0.2, "right": 0.15, "bottom": 0.3 }));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
    }
}
