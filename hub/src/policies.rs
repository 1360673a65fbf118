//! Published policies: judged by the keys that this hub pins, kept for ever, handed to the boxes in their order.
//!
//! Invariants: what is in the library was verified when it was read, each version as the one that follows the one
//! before, by the same function as on the boxes. A version that does not verify any more takes those before it along; one
//! that enough approvers signed begins anew after it, and where none does, nothing of the policy is shown or handed
//! over. One hub serves one regime. A publication is in the audit log before it is in the store, and so is a refusal.

mod library;
mod service;
#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;

use tokio::sync::{Mutex, watch};
use velum_policy::pack::{GivenPacks, Packs};
use velum_policy::succession::{AcceptedPolicy, Successor, may_take_its_place, succeed};
use velum_policy::{PolicyError, Shortfall, SignedOpinion, SignedPolicy, TrustRoot};

pub(crate) use library::{Library, Published};
pub(crate) use service::{MOST_BYTES, PolicyService};

use crate::access::{CompileError, Rules, Terms};
use crate::audit::{Audit, AuditFailure};
use crate::identity::Name;
use crate::store::{PolicyRow, Store, StoreError, Turn, Word};

/// How the parts of a publication are named in errors.
const POLICY: &str = "policy";
const OPINION: &str = "opinion";

/// Why a policy was not published.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PublishError {
    /// The hub does not know whose signatures count.
    #[error(
        "this hub pins no approvers, and so takes no policy; write `[policy]` with `approvers = \"approvers.toml\"` \
         into its hub.toml and start it again"
    )]
    NoApprovers,
    /// The policy, the opinion or the change was refused.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// It may not follow the one that boxes run, while a newer one waits.
    #[error(
        "it may not follow version {version}, which boxes run when it begins, while a newer one waits: {cause}; write it \
         from version {version}"
    )]
    AfterBegun {
        /// What boxes run.
        version: String,
        /// Why not.
        cause: PolicyError,
    },
    /// The hub serves another regime.
    #[error(
        "policy.regime is `{found}`, and this hub holds policies under `{held}`; one hub serves one regime: publish \
         it to a hub of its own"
    )]
    OtherRegime {
        /// What is offered.
        found: String,
        /// What is held.
        held: String,
    },
    /// Its recipients cannot be used, so that nobody could read what is released under it.
    #[error("{0}")]
    Recipients(#[from] CompileError),
    /// The database says something else of it than it says itself.
    #[error(
        "the database names it otherwise than the file, which is `{found}`; restore the database from a backup"
    )]
    OtherRow {
        /// The file's id.
        found: String,
    },
    /// It cannot be stored.
    #[error("the hub cannot store at the moment; its log says why")]
    Store(#[from] StoreError),
    /// It cannot be logged.
    #[error("the audit log cannot be written, so that nothing is published; the hub's log says why")]
    Audit(#[from] AuditFailure),
}

/// The policies of this hub.
#[derive(Debug)]
pub(crate) struct Policies {
    store: Arc<Store>,
    audit: Arc<Audit>,
    trust: Option<TrustRoot>,
    /// Country packs that were given in a file.
    packs: Option<Mutex<GivenPacks>>,
    library: watch::Sender<Arc<Library>>,
    /// One publication at a time.
    turn: Mutex<()>,
}

/// What became of a publication.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) published: Arc<Published>,
    pub(crate) was_known: bool,
}

impl Policies {
    /// Reads what was published.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub(crate) async fn open(
        store: Arc<Store>,
        audit: Arc<Audit>,
        trust: Option<TrustRoot>,
    ) -> Result<Self, StoreError> {
        let ReadLibrary { library, faults } = ReadLibrary::of(&store.policies().await?, trust.as_ref());
        for fault in &faults {
            tracing::error!(
                id = fault.id,
                digest = fault.digest,
                error = fault.error,
                "a published policy does not verify any more: until a version does, nothing is shown or handed over under it"
            );
        }
        tracing::info!(policies = library.ids().count(), "published policies are read");
        Ok(Self {
            store,
            audit,
            trust,
            packs: None,
            library: watch::Sender::new(Arc::new(library)),
            turn: Mutex::default(),
        })
    }

    /// With packs that hold beside the built-in ones, which are looked at now and before each publication.
    pub(crate) async fn with_packs(self, given: Option<GivenPacks>) -> Self {
        let this = Self { packs: given.map(Mutex::new), ..self };
        // What is wrong is in the log, and keeps publications out until it is mended.
        let _told = this.packs_at_hand().await;
        this
    }

    /// The packs that hold. What cannot be verified changes nothing.
    ///
    /// # Errors
    /// While it is not known what was accepted before.
    async fn packs_at_hand(&self) -> Result<Packs, PolicyError> {
        let Some(given) = &self.packs else { return Ok(Packs::built_in().clone()) };
        let mut given = given.lock().await;
        let looked = given.look();
        let versions = given.packs().versions();
        match looked {
            Ok(true) => tracing::info!(packs = versions, "other country packs hold"),
            Ok(false) => {}
            Err(error) => tracing::error!(
                key = "policy.packs", %error, packs = versions,
                "the given country packs are not used; those that were accepted before, and the built-in ones, hold on, \
                 or nothing is published where those cannot be read"
            ),
        }
        if given.is_known() {
            return Ok(given.packs().clone());
        }
        let cause = "the country packs that were accepted before cannot be read, so that it is not known what holds; see the hub's log";
        Err(PolicyError::Io { path: "[policy] packs".to_owned(), source: std::io::Error::other(cause) })
    }

    /// Keeps what other hubs publish at hand, for ever.
    pub(crate) async fn follow(self: Arc<Self>) {
        let mut published = self.store.published();
        while published.changed().await.is_ok() {
            let _turn = self.turn.lock().await;
            if let Err(error) = self.read_again().await {
                tracing::error!(%error, "what other hubs published cannot be read");
            }
        }
    }

    /// Reads what was published, where that is more than is at hand.
    async fn read_again(&self) -> Result<(), StoreError> {
        if !self.store.is_shared() {
            return Ok(());
        }
        let rows = self.store.policies().await?;
        let library = self.library.borrow().clone();
        if rows.iter().all(|row| library.find(&row.digest).is_some()) {
            return Ok(());
        }
        let read = ReadLibrary::of(&rows, self.trust.as_ref());
        tracing::info!(policies = read.library.ids().count(), "published policies are read again");
        self.library.send_replace(Arc::new(read.library));
        Ok(())
    }

    /// The library, now and later.
    pub(crate) fn watch(&self) -> watch::Receiver<Arc<Library>> {
        self.library.subscribe()
    }

    /// Judges a policy, and publishes it unless it is only asked what would become of it. Done to the end, though who
    /// asked has gone.
    ///
    /// # Errors
    /// [`PublishError`]: nothing changed.
    pub(crate) async fn publish(
        self: &Arc<Self>,
        what: (String, Option<String>),
        by: &Name,
        (now_unix_ms, check_only): (i64, bool),
    ) -> Result<Outcome, PublishError> {
        let (this, by) = (Arc::clone(self), by.clone());
        let whole = tokio::spawn(async move {
            let done = this.publish_whole(what, &by, (now_unix_ms, check_only)).await;
            if let (
                false,
                Err(
                    error @ (PublishError::Policy(_)
                    | PublishError::AfterBegun { .. }
                    | PublishError::Recipients(_)
                    | PublishError::Store(_)
                    | PublishError::OtherRegime { .. }),
                ),
            ) = (check_only, &done)
            {
                // Nothing changes, logged or not.
                let _logged = this.audit.policy_refused(&by, &error.to_string()).await;
            }
            done
        });
        whole.await.unwrap_or(Err(PublishError::Audit(AuditFailure::Interrupted)))
    }

    async fn publish_whole(
        &self,
        (policy_json, opinion_json): (String, Option<String>),
        by: &Name,
        (now_unix_ms, check_only): (i64, bool),
    ) -> Result<Outcome, PublishError> {
        let _turn = self.turn.lock().await;
        let _alone = self.store.turn(Turn::Policies).await?;
        self.read_again().await?;
        let library = Arc::clone(&self.library.borrow());
        let trust = self.trust.as_ref().ok_or(PublishError::NoApprovers)?;
        let signed = SignedPolicy::parse(&policy_json, POLICY)?;
        if let Some(known) = library.find(&signed.digest().0) {
            return Ok(Outcome { published: Arc::clone(known), was_known: true });
        }
        let successor = judge(&library, (&signed, opinion_json.as_deref()), (trust, now_unix_ms))?;
        successor.policy.under(&self.packs_at_hand().await?)?;
        Rules::compile(Terms::of(&successor.policy))?;
        let row = PolicyRow {
            digest: successor.policy.digest().to_vec(),
            policy_id: successor.policy.resolved().id.clone(),
            envelope: policy_json,
            opinion: opinion_json,
            published_by: by.to_string(),
            published_unix_ms: now_unix_ms,
        };
        let published = Arc::new(Published::new(successor, &row));
        if !check_only {
            self.audit.policy_published(by, &published).await?;
            self.store.add_policy(&row).await?;
            let mut library = Library::clone(&library);
            library.add(Arc::clone(&published));
            self.library.send_replace(Arc::new(library));
            // Published it is: a hub that cannot be told looks when it hears the others again.
            if let Err(error) = self.store.say(Word::Policies).await {
                tracing::warn!(%error, "other hubs are not told of the policy at once");
            }
            tracing::info!(id = row.policy_id, digest = hex::encode(&row.digest), by = %by, "a policy is published");
        }
        Ok(Outcome { published, was_known: false })
    }
}

/// What was published, and what of it does not verify any more.
#[derive(Debug, Default)]
pub(crate) struct ReadLibrary {
    pub(crate) library: Library,
    pub(crate) faults: Vec<LibraryFault>,
}

/// A version that does not verify.
#[derive(Debug)]
pub(crate) struct LibraryFault {
    pub(crate) id: String,
    pub(crate) digest: String,
    pub(crate) error: String,
}

impl ReadLibrary {
    /// Judges each version as the one that follows those before it and, where it does not, by itself.
    pub(crate) fn of(rows: &[PolicyRow], trust: Option<&TrustRoot>) -> Self {
        let mut read = Self::default();
        for row in rows {
            if let Err(error) = read.take(row, trust) {
                read.note(row, &error);
                read.library.forget(&row.policy_id);
                if let Err(error) = read.take(row, trust) {
                    read.note(row, &error);
                }
            }
        }
        read
    }

    fn take(&mut self, row: &PolicyRow, trust: Option<&TrustRoot>) -> Result<(), PublishError> {
        self.library.add(Arc::new(read_again(&self.library, row, trust)?));
        Ok(())
    }

    fn note(&mut self, row: &PolicyRow, error: &PublishError) {
        let (id, digest) = (row.policy_id.clone(), hex::encode(&row.digest));
        self.faults.push(LibraryFault { id, digest, error: error.to_string() });
    }
}

/// As boxes judge it: after the version that will be in force on the day on which this one begins, though a newer one
/// waits for a later day.
fn judge(
    library: &Library,
    (signed, opinion_json): (&SignedPolicy, Option<&str>),
    (trust, now_unix_ms): (&TrustRoot, i64),
) -> Result<Successor, PublishError> {
    let opinion = opinion_json.map(|json| SignedOpinion::parse(json, OPINION)).transpose()?;
    let document = signed.file()?;
    let identity = &document.document().policy;
    if let Some(held) = library.regime().filter(|held| *held != identity.regime) {
        let (found, held) = (identity.regime.to_string(), held.to_string());
        return Err(PublishError::OtherRegime { found, held });
    }
    let newest = library.newest(&identity.id);
    let begins = identity.effective_from.starts().as_millisecond().max(now_unix_ms);
    let begun = library.begun(begins).find(|one| one.policy().resolved().id == identity.id);
    let before = begun.or(newest).map(|before| before.policy());
    let waiting = newest
        .map(|newest| newest.policy())
        .filter(|newest| before.is_some_and(|before| before.digest() != newest.digest()));
    let judged = succeed(before, signed, opinion.as_ref(), trust);
    let successor = judged.map_err(|cause| match (before, &cause) {
        (
            Some(before),
            PolicyError::Change { .. } | PolicyError::Quorum { shortfall: Shortfall::Missing, .. },
        ) if waiting.is_some() => {
            PublishError::AfterBegun { version: before.resolved().version.to_string(), cause }
        }
        _ => PublishError::Policy(cause),
    })?;
    if let Some(waiting) = waiting {
        AcceptedPolicy::of(waiting).may_be_followed_by(&AcceptedPolicy::of(&successor.policy))?;
        may_take_its_place(&successor, (waiting, signed), opinion.as_ref(), trust)?;
    }
    Ok(successor)
}

fn read_again(
    library: &Library,
    row: &PolicyRow,
    trust: Option<&TrustRoot>,
) -> Result<Published, PublishError> {
    let signed = SignedPolicy::parse(&row.envelope, POLICY)?;
    let trust = trust.ok_or(PublishError::NoApprovers)?;
    let successor = judge(library, (&signed, row.opinion.as_deref()), (trust, row.published_unix_ms))?;
    let (id, digest) = (&successor.policy.resolved().id, successor.policy.digest());
    if *id != row.policy_id || digest.as_slice() != row.digest.as_slice() {
        return Err(PublishError::OtherRow { found: id.clone() });
    }
    Ok(Published::new(successor, row))
}
