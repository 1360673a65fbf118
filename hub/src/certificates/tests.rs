use std::fs;

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer};
use tempfile::TempDir;

use super::*;
use crate::clock::simulated::SimulatedClock;

const DAY_SECS: i64 = 86_400;
/// 2027-01-01.
const START_SECS: i64 = 1_798_761_600;

/// A hub's folders, with an authority and a certificate that holds for 90 days from the start.
struct Place {
    dir: TempDir,
    issuer: Issuer<'static, KeyPair>,
    clock: Arc<SimulatedClock>,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        hold(&mut params, 0..3_000);
        for folder in ["pki", "data"] {
            fs::create_dir(dir.path().join(folder)).unwrap();
        }
        fs::write(dir.path().join("pki/authority.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
        fs::write(dir.path().join("pki/authority.key"), key.serialize_pem()).unwrap();
        let clock = Arc::new(SimulatedClock::at(START_SECS * 1_000));
        let place = Self { dir, issuer: Issuer::new(params, key), clock };
        place.give(&["localhost"], 0..90);
        place
    }

    /// The administrator puts a certificate there.
    fn give(&self, hosts: &[&str], days: std::ops::Range<i64>) {
        let key = KeyPair::generate().unwrap();
        let hosts: Vec<_> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let mut params = CertificateParams::new(hosts).unwrap();
        hold(&mut params, days);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let pem = params.signed_by(&key, &self.issuer).unwrap().pem();
        fs::write(self.dir.path().join("pki/hub.pem"), pem).unwrap();
        fs::write(self.dir.path().join("pki/hub.key"), key.serialize_pem()).unwrap();
    }

    fn config(&self) -> HubConfig {
        let text = "data_dir = \"data\"\npki_dir = \"pki\"\nlisten = \"127.0.0.1:0\"\nenrolment_listen = \"127.0.0.1:0\"\n\
                    public_host = \"localhost\"\n[enrolment]\ncertificate_valid_days = 90\n";
        let path = self.dir.path().join("hub.toml");
        fs::write(&path, text).unwrap();
        HubConfig::read(&path).unwrap()
    }

    fn open(&self) -> Certificates {
        let config = self.config();
        let authority =
            Authority::open(config.enrolment.as_ref().unwrap(), tls::authority(&config).unwrap()).unwrap();
        let clock = Arc::<SimulatedClock>::clone(&self.clock);
        Certificates::open(&config, Some(Arc::new(authority)), clock).unwrap()
    }

    fn to_day(&self, day: i64) {
        let now_ms = self.clock.unix_ms();
        self.clock.advance_ms((START_SECS + day * DAY_SECS) * 1_000 - now_ms);
    }

    /// The day until which the certificate in use holds.
    fn until_day(&self) -> i64 {
        let own = in_use(&self.config(), self.clock.unix_ms()).unwrap();
        (own.validity.1 - START_SECS).div_euclid(DAY_SECS)
    }
}

fn hold(params: &mut CertificateParams, days: std::ops::Range<i64>) {
    let at = |day: i64| {
        rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs((START_SECS + day * DAY_SECS).unsigned_abs())
    };
    (params.not_before, params.not_after) = (at(days.start), at(days.end));
}

fn shown(certificates: &Certificates) -> CertificateDer<'static> {
    certificates.hub.0.borrow().cert.first().unwrap().clone()
}

#[test]
fn the_hub_renews_its_certificate_when_a_third_is_left_and_shows_the_new_one_at_once() {
    let place = Place::new();
    let certificates = place.open();
    let first = shown(&certificates);
    place.to_day(59);
    certificates.renew();
    assert_eq!((shown(&certificates), place.until_day()), (first.clone(), 90));
    place.to_day(61);
    certificates.renew();
    assert_ne!(shown(&certificates), first);
    assert_eq!(place.until_day(), 151);
    judged(&place.config(), &shown(&certificates), place.clock.unix_ms()).unwrap();
    assert_eq!(names_in(&shown(&certificates)), names_in(&first));
    assert_eq!(shown(&place.open()), shown(&certificates), "the next start shows it too");
    place.to_day(140);
    certificates.renew();
    assert_eq!(place.until_day(), 230, "and again, for ever");
}

#[test]
fn what_the_administrator_puts_there_later_counts_without_a_restart() {
    let place = Place::new();
    let certificates = place.open();
    place.to_day(61);
    certificates.renew();
    place.give(&["localhost"], 62..100);
    place.to_day(63);
    certificates.read_anew();
    assert_eq!(place.until_day(), 100, "the newer one, though it ends earlier");
    place.give(&["localhost", "hub.example"], 0..95);
    certificates.read_anew();
    assert_eq!(place.until_day(), 95, "other names");
    assert_eq!(names_in(&shown(&certificates)).unwrap().len(), 2);
}

#[test]
fn a_running_hub_does_not_change_to_what_boxes_would_refuse_or_to_another_authority() {
    let (place, other) = (Place::new(), Place::new());
    let certificates = place.open();
    let first = shown(&certificates);
    let take = |files: &[&str]| {
        for file in files {
            let [from, to] = [&other, &place].map(|of| of.dir.path().join("pki").join(file));
            fs::copy(from, to).unwrap();
        }
        certificates.read_anew();
        assert_eq!(shown(&certificates), first, "{files:?}");
    };
    place.give(&["hub.example"], 0..95);
    take(&[]);
    take(&["hub.pem", "hub.key"]);
    take(&["authority.pem", "authority.key"]);
    assert_ne!(shown(&place.open()), first, "the next start is under the other authority");
}

#[test]
fn files_that_cannot_be_read_leave_the_certificate_in_use() {
    let place = Place::new();
    let certificates = place.open();
    let first = shown(&certificates);
    fs::write(place.dir.path().join("pki/hub.key"), "half a ke").unwrap();
    certificates.read_anew();
    certificates.renew();
    assert_eq!(shown(&certificates), first);
    fs::remove_file(place.dir.path().join("pki/hub.pem")).unwrap();
    certificates.read_anew();
    assert_eq!(shown(&certificates), first);
}

#[test]
fn what_the_hub_made_counts_no_longer_once_it_is_spoilt_or_of_another_authority_or_of_the_future() {
    let place = Place::new();
    let certificates = place.open();
    place.to_day(61);
    certificates.renew();
    assert_eq!(place.until_day(), 151);
    place.clock.advance_ms(-5 * DAY_SECS * 1_000);
    assert_eq!(place.until_day(), 90, "made by a clock that was ahead");
    place.clock.advance_ms(5 * DAY_SECS * 1_000);
    let renewed = place.dir.path().join("data").join(RENEWED_FILE);
    fs::copy(&renewed, place.dir.path().join("kept")).unwrap();
    fs::write(&renewed, "spoilt").unwrap();
    assert_eq!(place.until_day(), 90);
    fs::copy(place.dir.path().join("kept"), &renewed).unwrap();
    assert_eq!(place.until_day(), 151);
    let other = Place::new();
    fs::copy(&renewed, other.dir.path().join("data").join(RENEWED_FILE)).unwrap();
    other.to_day(61);
    assert_eq!(other.until_day(), 90, "another authority");
}

#[test]
fn a_certificate_that_ended_while_the_hub_was_off_is_renewed_at_its_start() {
    let place = Place::new();
    place.to_day(120);
    let certificates = place.open();
    certificates.renew();
    assert_eq!(place.until_day(), 210);
    judged(&place.config(), &shown(&certificates), place.clock.unix_ms()).unwrap();
}

#[test]
fn a_full_disk_or_a_name_that_is_not_in_the_certificate_changes_nothing() {
    let place = Place::new();
    place.give(&["hub.example"], 0..90);
    let certificates = place.open();
    place.to_day(61);
    let refused = certificates.renew_if_due().unwrap_err();
    assert!(matches!(refused, RenewalError::Refused(_)), "{refused}");
    assert!(!place.dir.path().join("data").join(RENEWED_FILE).exists());
    place.give(&["localhost"], 0..90);
    fs::remove_dir(place.dir.path().join("data")).unwrap();
    let unwritten = certificates.renew_if_due().unwrap_err();
    assert!(unwritten.to_string().contains(RENEWED_FILE), "{unwritten}");
    assert_eq!(place.until_day(), 90);
}

#[test]
fn a_hub_without_the_authoritys_key_leaves_its_certificate_as_it_is() {
    let place = Place::new();
    let clock = Arc::<SimulatedClock>::clone(&place.clock);
    let certificates = Certificates::open(&place.config(), None, clock).unwrap();
    place.to_day(80);
    assert_eq!(certificates.renew_if_due().unwrap(), None);
    assert_eq!(place.until_day(), 90);
}
