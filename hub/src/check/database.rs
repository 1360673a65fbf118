//! The database: opens, of a schema that this program knows, whole.

use velum_policy::check::{Finding, Verdict};

use crate::config::{DatabaseConfig, ServerConfig};
use crate::store::{OpenError, Store};

const SUBJECT: &str = "database";

/// What is found, and the store to read from, where its schema is this program's own.
pub(super) async fn look(config: &DatabaseConfig) -> (Vec<Finding>, Option<Store>) {
    let (store, schema) = match Store::beside(config).await {
        Ok(None) => {
            let found = "there is none yet; the first start makes one";
            return (vec![Finding::ok(SUBJECT, found)], None);
        }
        Ok(Some(opened)) => opened,
        Err(error @ OpenError::Newer { .. }) => {
            return (vec![Finding::of_error(SUBJECT, Verdict::Error, &error)], None);
        }
        Err(error) => return (vec![Finding::of_error(SUBJECT, Verdict::Error, &error)], None),
    };
    let mut findings = match config {
        DatabaseConfig::File(_) => vec![whole(&store).await],
        DatabaseConfig::Server(server) => on_server(&store, server).await,
    };
    let is_own = schema.found == schema.known;
    findings.push(if is_own {
        Finding::ok("schema", format!("{}, this program's own", schema.found))
    } else {
        Finding::warning(
            "schema",
            format!(
                "{}; this program's is {}: the next start migrates it, and an older program then refuses it",
                schema.found, schema.known
            ),
            "back up before that: `velum-hub backup --to DIR` of the program that wrote it",
        )
    });
    if is_own {
        return (findings, Some(store));
    }
    store.close().await;
    (findings, None)
}

async fn on_server(store: &Store, server: &ServerConfig) -> Vec<Finding> {
    let mut findings = vec![Finding::ok(SUBJECT, format!("{} answers", server.words()))];
    let doubt = match store.doubt().await {
        Ok(doubt) => {
            doubt.map(|doubt| format!("{doubt}: a power cut there may spoil everything that is kept"))
        }
        Err(error) => Some(format!("its settings cannot be read: {error}")),
    };
    let fix = "set `fsync` and `full_page_writes` on in postgresql.conf of the server, and reload it";
    findings.extend(doubt.map(|found| Finding::warning(SUBJECT, found, fix)));
    findings
}

async fn whole(store: &Store) -> Finding {
    let fix = "stop the hub, move the data folder aside and restore a backup; boxes send again what they still hold";
    match store.faults().await {
        Ok(faults) => match faults.first() {
            None => Finding::ok(SUBJECT, "opens, and is whole (quick_check)"),
            Some(first) => Finding::error(SUBJECT, format!("is damaged: {first}"), fix),
        },
        Err(error) => Finding::error(SUBJECT, format!("cannot be read to its end: {error}"), fix),
    }
}
