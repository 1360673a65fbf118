//! Renewal of a box's certificate, against a hub in this process.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;

use velum_vocab::{Clock, SimulatedClock, Timestamp};

use super::hub::{Behaviour, Hub, Pki, Renews};
use super::{NOW, PATIENCE};
use crate::renewal::{RenewalError, renew_if_due};
use crate::{HubAccess, Identity};

/// A box whose certificate holds until this year.
struct Enrolled {
    folder: tempfile::TempDir,
    access: HubAccess,
    hub: Hub,
}

impl Enrolled {
    async fn at(pki: &Pki, until_year: i32, renews: Option<Renews>) -> Self {
        let hub = Hub::start(pki, Behaviour { renews, ..Behaviour::default() }).await;
        let folder = tempfile::tempdir().unwrap();
        let identity_dir = pki.identity(folder.path(), &hub);
        let (certificate, key) = pki.leaf_until("box-1", until_year);
        fs::write(identity_dir.join("box.crt"), certificate).unwrap();
        fs::write(identity_dir.join("box.key"), key).unwrap();
        Self { folder, access: HubAccess { identity_dir, address: None }, hub }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("identity").join(name)
    }

    fn identity(&self) -> [Vec<u8>; 2] {
        ["box.crt", "box.key"].map(|name| fs::read(self.file(name)).unwrap())
    }

    async fn renew(&self) -> Result<Option<Timestamp>, RenewalError> {
        let clock: Arc<dyn Clock> = Arc::new(SimulatedClock::at(NOW));
        renew_if_due(&self.access, &clock).await
    }

    async fn is_taken(&self) {
        let address = self.access.probe(Arc::new(SimulatedClock::at(NOW)), PATIENCE).await;
        assert_eq!(address, Ok(self.hub.address.clone()));
    }
}

fn signed_by(pki: &Pki, until_year: i32) -> Renews {
    Renews { pki: pki.clone(), until_year, of_another_key: false }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_near_its_end_becomes_another_with_another_key() {
    let pki = Pki::new();
    let enrolled = Enrolled::at(&pki, 2030, Some(signed_by(&pki, 2100))).await;
    let [certificate, key] = enrolled.identity();
    let until = enrolled.renew().await.unwrap().expect("it was due");
    assert_eq!(until.unix_secs(), rcgen::date_time_ymd(2100, 1, 1).unix_timestamp());
    let [renewed, new_key] = enrolled.identity();
    assert!(renewed != certificate && new_key != key);
    let mode = fs::metadata(enrolled.file("box.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(enrolled.file("").read_dir().unwrap().count(), 4, "nothing is left over");
    enrolled.is_taken().await;
    assert_eq!(enrolled.renew().await.unwrap(), None, "and is not due");
    assert_eq!(enrolled.identity(), [renewed, new_key]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_renewed_keeps_the_old_certificate() {
    let pki = Pki::new();
    let other = Renews { pki: Pki::new(), ..signed_by(&pki, 2100) };
    let another_key = Renews { of_another_key: true, ..signed_by(&pki, 2100) };
    for (renews, expected) in [
        (None, "renews no certificates"),
        (Some(signed_by(&pki, 2029)), "ends no later"),
        (Some(another_key), "for another key"),
        (Some(other), "does not take this box by the new certificate"),
    ] {
        let enrolled = Enrolled::at(&pki, 2030, renews).await;
        let before = enrolled.identity();
        let error = enrolled.renew().await.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}, expected {expected}");
        assert_eq!(enrolled.identity(), before, "{expected}");
        enrolled.is_taken().await;
    }
    let enrolled = Enrolled::at(&pki, 2030, None).await;
    fs::write(enrolled.file("hub"), "localhost:1").unwrap();
    assert!(matches!(enrolled.renew().await.unwrap_err(), RenewalError::Unasked(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_that_is_switched_off_while_it_is_put_in_place_goes_on_with_the_new_one() {
    let pki = Pki::new();
    let enrolled = Enrolled::at(&pki, 2030, None).await;
    let (certificate, key) = pki.leaf_until("box-1", 2100);
    fs::write(enrolled.file("box.crt.new"), &certificate).unwrap();
    enrolled.is_taken().await;
    fs::write(enrolled.file("box.key"), key).unwrap();
    enrolled.is_taken().await;
    assert!(Identity::load(&enrolled.file("")).unwrap().is_half_put);
    assert_eq!(enrolled.renew().await.unwrap(), None);
    assert_eq!(fs::read_to_string(enrolled.file("box.crt")).unwrap(), certificate);
    assert!(!enrolled.file("box.crt.new").exists());
    enrolled.is_taken().await;
}
