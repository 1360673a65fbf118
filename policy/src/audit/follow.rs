//! Following the files of a log whose signatures do not matter yet: for proofs and exports, which are verified by
//! whoever is handed them.

use std::path::{Path, PathBuf};

use crate::audit::AuditError;
use crate::audit::chain::Chain;
use crate::audit::fault::{Fault, Located};
use crate::audit::folder::{self, LineRead, Lines};
use crate::audit::line::Line;
use crate::keys::PublicKey;

/// Where following a file ended.
pub(crate) struct End {
    /// After the last line that is right; none where the first is not.
    pub(crate) chain: Option<Chain>,
    /// The first line that is wrong.
    pub(crate) fault: Option<Located>,
}

/// Follows a file to its end or its first fault; hands over each line with the chain behind it.
pub(crate) fn follow(
    path: &Path,
    keys: Option<&[PublicKey]>,
    mut take: impl FnMut(&Chain, &Line, &[u8]),
) -> Result<End, AuditError> {
    let mut lines = Lines::open(path)?;
    let (mut end, mut line) = (End { chain: None, fault: None }, 0);
    loop {
        line += 1;
        let followed = match (lines.read()?, &mut end.chain) {
            (None, Some(_)) => return Ok(end),
            (None, None) => Err(Fault::Opening("the file is empty")),
            (Some(LineRead::Unfinished(_)), _) => Err(Fault::Unfinished),
            (Some(LineRead::Whole(bytes)), begun) => step(path, begun, &bytes, keys).map(|read| {
                if let Some(chain) = begun {
                    take(chain, &read, &bytes);
                }
            }),
        };
        if let Err(fault) = followed {
            let after = end.chain.as_ref().and_then(Chain::last_record);
            end.fault = Some(Located { path: path.to_owned(), line, after, fault });
            return Ok(end);
        }
    }
}

fn step(
    path: &Path,
    begun: &mut Option<Chain>,
    bytes: &[u8],
    keys: Option<&[PublicKey]>,
) -> Result<Line, Fault> {
    if let Some(chain) = begun {
        return chain.follow_part(bytes, keys);
    }
    let number = folder::parse_name(path).map(|(number, _)| number);
    let (chain, linked) = Chain::open_part(bytes, number.unwrap_or_default())?;
    *begun = Some(chain);
    Ok(linked.line)
}

/// The chain at the first line of each file that has one.
pub(crate) fn first_lines(files: &[PathBuf]) -> Result<Vec<Chain>, AuditError> {
    let mut chains = Vec::new();
    for path in files {
        if let Some(LineRead::Whole(bytes)) = Lines::open(path)?.read()? {
            chains.extend(Chain::open_part(&bytes, 0).map(|(chain, _)| chain));
        }
    }
    Ok(chains)
}
