//! What `check` hears of a hub.

use std::path::PathBuf;
use std::sync::Arc;

use tonic::Status;
use velum_vocab::SimulatedClock;

use super::hub::{Behaviour, Hub, Pki};
use super::{NOW, PATIENCE};
use crate::{HubAccess, Identity, ProbeError};

struct Asked {
    folder: tempfile::TempDir,
    access: HubAccess,
}

impl Asked {
    /// As a box that was enrolled under this authority.
    fn of(pki: &Pki, hub: &Hub) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let identity_dir = pki.identity(folder.path(), hub);
        Self { folder, access: HubAccess { identity_dir, address: None } }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("identity").join(name)
    }

    async fn probe(&self) -> Result<String, ProbeError> {
        self.access.probe(Arc::new(SimulatedClock::at(NOW)), PATIENCE).await
    }

    async fn refused(&self, expected: &str) {
        match self.probe().await {
            Err(error @ ProbeError::Refused { .. }) => {
                assert!(error.to_string().contains(expected), "{error}, expected {expected}");
            }
            other => panic!("{other:?}, expected {expected}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_takes_this_box_hears_no_hello() {
    let pki = Pki::new();
    let hub = Hub::start(&pki, Behaviour::default()).await;
    let asked = Asked::of(&pki, &hub);
    assert_eq!(asked.probe().await, Ok(hub.address.clone()));
    assert!(hub.seen().hellos.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_does_not_take_this_box_is_told_apart() {
    let pki = Pki::new();
    let hub = Hub::start(&pki, Behaviour::default()).await;
    Asked::of(&Pki::new(), &hub).refused("hub certificate not of this authority; enrol").await;

    let mut by_number = Asked::of(&pki, &hub);
    by_number.access.address = Some(hub.address.replace("localhost", "127.0.0.1"));
    by_number.refused("hub certificate is for another name; write in hub.address").await;

    for (leaf, expected) in [
        (pki.leaf_until("box-1", 1990), "hub refused the box's certificate: expired"),
        (Pki::new().leaf("box-1"), "hub refused the box's certificate: of another authority"),
    ] {
        let asked = Asked::of(&pki, &hub);
        std::fs::write(asked.file("box.crt"), leaf.0).unwrap();
        std::fs::write(asked.file("box.key"), leaf.1).unwrap();
        asked.refused(expected).await;
    }

    let revoked = Behaviour { refuse: Some(Status::permission_denied("x")), ..Behaviour::default() };
    let hub = Hub::start(&pki, revoked).await;
    Asked::of(&pki, &hub).refused("its certificate was revoked").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_is_away_is_not_reached() {
    let pki = Pki::new();
    let hub = Hub::start(&pki, Behaviour::default()).await;
    let mut asked = Asked::of(&pki, &hub);
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    asked.access.address = Some(format!("localhost:{}", free.port()));
    let away = asked.probe().await.unwrap_err();
    assert!(matches!(&away, ProbeError::Unreachable { .. }), "{away}");
    assert!(away.to_string().contains(": connection refused; start the hub"), "{away}");
    std::fs::remove_file(asked.file("box.key")).unwrap();
    assert!(matches!(asked.probe().await, Err(ProbeError::Identity(_))));
}

#[test]
fn a_key_that_others_may_read_is_noticed() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("box.key");
    assert!(Identity::key_rights_too_wide(folder.path()).is_err());
    std::fs::write(&key, "").unwrap();
    for (rights, expected) in [(0o600, None), (0o400, None), (0o640, Some(0o640)), (0o604, Some(0o604))] {
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(rights)).unwrap();
        assert_eq!(Identity::key_rights_too_wide(folder.path()), Ok(expected), "{rights:o}");
    }
}
