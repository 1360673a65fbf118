//! Where changes of settings are proposed, decided and handed over, and where boxes tell what became of them.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;
use velum_policy::audit::Outcome as Logged;
use velum_proto::v1::{HubMessage, SettingsOffer, SettingsReceipt, hub_message, settings_receipt::Outcome};

use super::{Drafts, SettingsError, Shape};
use crate::access;
use crate::audit::Audit;
use crate::clock::Clock;
use crate::identity::{Name, Person, same_person};
use crate::pending::random_id;
use crate::record::ValidReport;
use crate::sessions::Sessions;
use crate::store::{ChangeRow, ChangeState, Decision, SettingsRow, Store, StoreError, Word};

/// A box answers a draft within a moment, or is busy with something else.
const DRAFT_LIMIT: Duration = Duration::from_secs(15);
/// A box that knows of offers has tried one out by then.
const UNANSWERED_MS: i64 = 120_000;
const TEXT_CHARS: usize = 300;

/// What a desk works with.
pub(crate) struct Doors {
    pub(crate) store: Arc<Store>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) audit: Arc<Audit>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Where answers to drafts come in.
    pub(crate) drafts: Arc<Drafts>,
}

/// A change that somebody proposes.
#[derive(Debug, Clone)]
pub(crate) struct Proposal {
    pub(crate) of: Name,
    pub(crate) camera: String,
    pub(crate) settings: Value,
    pub(crate) base_digest: Vec<u8>,
    pub(crate) note: String,
}

/// How the settings of a camera stand.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Standing {
    /// None where the box never told them.
    pub(crate) current: Option<SettingsRow>,
    /// The newest first.
    pub(crate) changes: Vec<ChangeRow>,
    pub(crate) is_connected: bool,
}

/// Where changes are made.
pub(crate) struct SettingsDesk {
    doors: Doors,
}

impl SettingsDesk {
    /// A desk at which nothing was proposed since the start.
    pub(crate) fn new(doors: Doors) -> Self {
        Self { doors }
    }

    /// Wakes whoever hands changes to boxes.
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.doors.store.settings()
    }

    /// How the settings of a camera stand.
    ///
    /// # Errors
    /// [`SettingsError::UnknownCamera`], [`SettingsError::Store`].
    pub(crate) async fn standing(&self, of: &Name, camera: &str) -> Result<Standing, SettingsError> {
        let store = &self.doors.store;
        let current = store.camera_settings(of, camera).await?;
        if current.is_none() && !store.knows_camera(of, camera).await? {
            return Err(SettingsError::UnknownCamera);
        }
        let changes = store.settings_changes(of, camera).await?;
        Ok(Standing { current, changes, is_connected: self.doors.sessions.is_connected(of.as_str()) })
    }

    /// Whether a change waits for a box that is there and says nothing: one that knows no offers.
    pub(crate) fn is_unanswered(&self, change: &ChangeRow, is_connected: bool) -> bool {
        let waits = matches!(change.state, ChangeState::Approved | ChangeState::Offered);
        let since = change.offered_unix_ms.or(change.decided_unix_ms).unwrap_or(i64::MAX);
        let over = self.doors.clock.unix_ms().saturating_sub(since) >= UNANSWERED_MS;
        waits && over && (is_connected || change.state == ChangeState::Offered)
    }

    /// Asks the box what would become of settings that somebody draws.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub(crate) async fn try_out(
        &self,
        of: &Name,
        camera: &str,
        settings: Value,
    ) -> Result<SettingsReceipt, SettingsError> {
        let shape = Shape::of(settings).map_err(SettingsError::Invalid)?;
        let away = || match self.doors.sessions.elsewhere(of) {
            Some(hub) => SettingsError::Elsewhere(of.to_string(), hub),
            None => SettingsError::Away(of.to_string()),
        };
        let mut line = self.doors.sessions.line(of).ok_or_else(away)?;
        let Some(current) = self.doors.store.camera_settings(of, camera).await? else {
            return Err(SettingsError::OutdatedBox(of.to_string()));
        };
        let id = random_id().ok_or(SettingsError::Busy)?;
        let mut expected = self.doors.drafts.expect(of, id).ok_or(SettingsError::Busy)?;
        let offer = SettingsOffer {
            offer_id: id.to_vec(),
            camera: camera.to_owned(),
            settings_json: shape.text(),
            base_digest: current.digest,
            check_only: true,
            approved_by: String::new(),
        };
        if !line.send(HubMessage { message: Some(hub_message::Message::SettingsOffer(offer)) }) {
            return Err(away());
        }
        tokio::select! {
            answer = tokio::time::timeout(DRAFT_LIMIT, expected.answer()) => {
                answer.map_err(|_| SettingsError::TimedOut(of.to_string()))
            }
            () = line.closed() => Err(away()),
        }
    }

    /// Keeps a change for somebody else to decide.
    ///
    /// # Errors
    /// [`SettingsError`]: nothing was kept.
    pub(crate) async fn propose(&self, by: &Person, proposal: Proposal) -> Result<[u8; 16], SettingsError> {
        let shape = Shape::of(proposal.settings).map_err(SettingsError::Invalid)?;
        let note = one_line("note", &proposal.note, true)?;
        let standing = self.standing(&proposal.of, &proposal.camera).await?;
        let Some(current) = standing.current else {
            return Err(SettingsError::OutdatedBox(proposal.of.to_string()));
        };
        if !current.takes_settings {
            return Err(SettingsError::TakesNone(proposal.of.to_string()));
        }
        if current.digest != proposal.base_digest {
            return Err(SettingsError::Outdated);
        }
        if standing.changes.iter().any(|change| change.state.waits()) {
            return Err(SettingsError::Waiting);
        }
        let id = random_id().ok_or(SettingsError::Busy)?;
        let what = format!(
            "proposed change {} of the settings of camera {} of box {}: {note}",
            hex::encode(id),
            proposal.camera,
            proposal.of
        );
        self.doors.audit.box_changed(by, (proposal.of.as_str(), &what), Logged::Allowed).await?;
        let row = ChangeRow {
            id: id.to_vec(),
            of: proposal.of.to_string(),
            camera: proposal.camera,
            settings: shape.text(),
            base_digest: current.digest,
            note,
            proposed_by: by.to_string(),
            proposed_unix_ms: self.doors.clock.unix_ms(),
            ..ChangeRow::default()
        };
        if self.doors.store.add_settings_change(&row).await? { Ok(id) } else { Err(SettingsError::Waiting) }
    }

    /// Approves or declines what somebody else proposed.
    ///
    /// # Errors
    /// [`SettingsError`]: nothing was decided.
    pub(crate) async fn decide(
        &self,
        by: &Person,
        id: &[u8],
        (approve, reason): (bool, &str),
    ) -> Result<(), SettingsError> {
        let reason = one_line("reason", reason, !approve)?;
        let change = self.change(id).await?;
        let (state, word) =
            if approve { (ChangeState::Approved, "approved") } else { (ChangeState::Declined, "declined") };
        let what = said_of(word, &change, &reason);
        if same_person(&change.proposed_by) == same_person(&by.to_string()) {
            let outcome = Logged::Denied { rule: "four_eyes".to_owned() };
            self.doors.audit.box_changed(by, (&change.of, &format!("would have {what}")), outcome).await?;
            return Err(SettingsError::OwnProposal);
        }
        if change.state != ChangeState::Proposed {
            return Err(SettingsError::Decided);
        }
        self.doors.audit.box_changed(by, (&change.of, &what), Logged::Allowed).await?;
        self.decided(by, id, (ChangeState::Proposed, state, &reason)).await?;
        Ok(self.doors.store.say(Word::Settings).await?)
    }

    /// Takes back what was proposed or approved, or handed to a box that never answered.
    ///
    /// # Errors
    /// [`SettingsError`]: nothing was taken back.
    pub(crate) async fn withdraw(&self, by: &Person, id: &[u8]) -> Result<(), SettingsError> {
        let change = self.change(id).await?;
        let is_open = match change.state {
            ChangeState::Proposed | ChangeState::Approved => true,
            ChangeState::Offered => self.is_unanswered(&change, true),
            _ => false,
        };
        if !is_open {
            return Err(SettingsError::Decided);
        }
        self.doors
            .audit
            .box_changed(by, (&change.of, &said_of("withdrew", &change, "")), Logged::Allowed)
            .await?;
        self.decided(by, id, (change.state, ChangeState::Withdrawn, "")).await
    }

    /// What a box is to be handed now; kept as handed over.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn offers_for(&self, of: &Name) -> Result<Vec<SettingsOffer>, StoreError> {
        let changes = self.doors.store.settings_to_offer(of, self.doors.clock.unix_ms()).await?;
        let offer = |change: ChangeRow| SettingsOffer {
            offer_id: change.id,
            camera: change.camera,
            settings_json: change.settings,
            base_digest: change.base_digest,
            check_only: false,
            approved_by: format!(
                "{}, proposed by {}",
                change.decided_by.unwrap_or_default(),
                change.proposed_by
            ),
        };
        Ok(changes.into_iter().map(offer).collect())
    }

    /// A box told its settings. What was proposed for others is out of date.
    ///
    /// # Errors
    /// [`SettingsError`]: the box tells it again.
    pub(crate) async fn told(&self, of: &Name, report: ValidReport) -> Result<(), SettingsError> {
        let now_unix_ms = self.doors.clock.unix_ms();
        let row = SettingsRow {
            settings: report.settings.text(),
            digest: report.digest,
            from_hub: report.from_hub,
            takes_settings: report.takes_settings,
            told_unix_ms: now_unix_ms,
        };
        self.doors.store.keep_camera_settings(of, &report.camera, &row).await?;
        match report.last {
            Some(last) => self.answered(of, last).await,
            None => Ok(()),
        }
    }

    /// A box said what became of an offer, or of a draft.
    ///
    /// # Errors
    /// [`SettingsError`]: the box tells it again when it next connects.
    pub(crate) async fn answered(&self, of: &Name, receipt: SettingsReceipt) -> Result<(), SettingsError> {
        let state = match receipt.outcome() {
            Outcome::Checked | Outcome::Unspecified => None,
            Outcome::InForce => Some(ChangeState::InForce),
            Outcome::Refused => Some(ChangeState::Refused),
            Outcome::RolledBack => Some(ChangeState::RolledBack),
        };
        let change = self.doors.store.settings_change(&receipt.offer_id).await?;
        let Some(change) = change.filter(|change| change.of == of.as_str()) else {
            let id = receipt.offer_id.clone();
            self.doors.drafts.deliver(of, &id, receipt);
            return Ok(());
        };
        let Some(state) = state.filter(|_| change.may_be_answered()) else { return Ok(()) };
        let problems: Vec<Value> = receipt
            .problems
            .iter()
            .map(|problem| serde_json::json!({ "path": problem.path, "text": problem.text }))
            .collect();
        let reason = receipt.problems.first().map(|problem| problem.text.clone()).unwrap_or_default();
        let logged = match state {
            ChangeState::InForce => Logged::Allowed,
            _ => Logged::Denied { rule: state.name().to_owned() },
        };
        self.doors.audit.box_answered(of, &said_of(state.words(), &change, &reason), logged).await?;
        tracing::info!(box = %of, camera = change.camera, state = state.name(), reason, "a box answered a change of settings");
        let decision =
            Decision { by: None, reason: &reason, problems: Some(Value::from(problems).to_string()) };
        self.doors.store.settle_settings_change(&change.id, (change.state, state), &decision).await?;
        Ok(())
    }

    async fn change(&self, id: &[u8]) -> Result<ChangeRow, SettingsError> {
        self.doors.store.settings_change(id).await?.ok_or(SettingsError::UnknownChange)
    }

    async fn decided(
        &self,
        by: &Person,
        id: &[u8],
        (from, to, reason): (ChangeState, ChangeState, &str),
    ) -> Result<(), SettingsError> {
        let (by, at) = (by.to_string(), self.doors.clock.unix_ms());
        let decision = Decision { by: Some((&by, at)), reason, problems: None };
        let is_done = self.doors.store.settle_settings_change(id, (from, to), &decision).await?;
        if is_done { Ok(()) } else { Err(SettingsError::Decided) }
    }
}

fn said_of(word: &str, change: &ChangeRow, reason: &str) -> String {
    let (id, camera, of) = (hex::encode(&change.id), &change.camera, &change.of);
    let because = if reason.is_empty() { String::new() } else { format!(": {reason}") };
    format!("{word} change {id} of the settings of camera {camera} of box {of}{because}")
}

fn one_line(field: &str, text: &str, is_needed: bool) -> Result<String, SettingsError> {
    access::one_line(text, usize::from(is_needed)..=TEXT_CHARS).map_err(|(expected, found)| {
        SettingsError::Invalid(format!("{field}: expected {expected}, found {found}"))
    })
}
