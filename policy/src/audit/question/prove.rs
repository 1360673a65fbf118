//! What of an answer can be handed to somebody who may not see the log.

use std::path::Path;

use super::{Answer, Verdict};
use crate::audit::AuditError;
use crate::audit::proof::{AnswerProof, prove_growth, prove_record};
use crate::audit::remembered::Remembered;

/// The proof that the first and the last record of an answer, or the one that contradicts, are in the log; and that the
/// log grew from the checkpoint before them.
///
/// # Errors
/// [`AuditError::NotProvable`] where no record speaks of that time, or the files at hand are not those of the log.
pub fn prove_answer(path: &Path, answer: &Answer) -> Result<AnswerProof, AuditError> {
    let mut numbers: Vec<u64> = match (&answer.contradiction, answer.records) {
        (Some(found), _) => vec![found.number],
        (None, Some((first, last))) => vec![first, last],
        (None, None) => {
            let reason = "no record speaks of that time: there is nothing to prove".to_owned();
            return Err(AuditError::NotProvable { path: path.to_owned(), reason });
        }
    };
    numbers.dedup();
    let records = numbers.into_iter().map(|number| prove_record(path, number, None));
    let earlier = answer.earlier.clone().map(|signed| Remembered::Note(Box::new(signed)));
    Ok(AnswerProof {
        question: answer.question.clone(),
        verdict: answer.verdict,
        records: records.collect::<Result<_, _>>()?,
        growth: earlier.map(|earlier| prove_growth(path, earlier)).transpose()?,
    })
}

impl Verdict {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Yes, Self::No, Self::Unknown].into_iter().find(|verdict| verdict.name() == text)
    }
}
