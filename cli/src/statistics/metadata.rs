//! What the columns are: metadata for tabular data on the web (W3C CSVW), found beside the file by its name.

use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::{Value, json};

use super::table::Table;

/// Where it is looked for (CSVW, 5.3): `FILE.csv-metadata.json`.
pub(super) fn beside(csv: &Path) -> PathBuf {
    let mut name = csv.file_name().unwrap_or_default().to_owned();
    name.push("-metadata.json");
    csv.with_file_name(name)
}

/// Of this table, in this file.
///
/// # Errors
/// None in practice: all of it is text.
pub(super) fn of(table: &Table, csv: &Path) -> Result<String> {
    let columns: Vec<Value> = table
        .columns
        .iter()
        .map(|column| {
            json!({"titles": column.name, "datatype": column.datatype, "dc:description": column.means, "null": ""})
        })
        .collect();
    let described = json!({
        "@context": "http://www.w3.org/ns/csvw",
        "url": csv.file_name().unwrap_or_default().to_string_lossy(),
        "dialect": {"lineTerminators": ["\r\n"], "encoding": "utf-8"},
        "tableSchema": {"columns": columns},
    });
    Ok(serde_json::to_string_pretty(&described)? + "\n")
}

#[cfg(test)]
mod tests {
    use velum_proto::v1::StatisticsResponse;

    use super::*;

    #[test]
    fn each_column_is_described_where_it_is_looked_for() {
        let csv = Path::new("reports/november.csv");
        assert_eq!(beside(csv), Path::new("reports/november.csv-metadata.json"));
        let table = Table::of(&StatisticsResponse::default());
        let described: Value = serde_json::from_str(&of(&table, csv).unwrap()).unwrap();
        assert_eq!(described["url"], "november.csv");
        let columns = described["tableSchema"]["columns"].as_array().unwrap();
        assert_eq!(columns.len(), table.columns.len());
        assert_eq!(columns[0]["titles"], "bin_start_utc");
    }
}
