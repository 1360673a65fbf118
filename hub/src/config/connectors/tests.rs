//! `[[connector]]`: what is left out, and what is refused with its fix.

use std::time::Duration;

use super::super::HubConfig;
use super::*;

const HUB: &str =
    "data_dir = \"d\"\npki_dir = \"pki\"\nlisten = \"127.0.0.1:0\"\npublic_host = \"localhost\"\n";
const WEBHOOK: &str = "[[connector]]\nname = \"dispatch\"\nkind = \"webhook\"\nrecipient = \"dispatch-system\"\n\
                       reason = \"dispatch sends stewards\"\nurl = \"https://alerts.example.org/velum?x=1\"\n\
                       secret_file = \"secret\"\n";
const MQTT: &str = "[[connector]]\nname = \"bus\"\nkind = \"mqtt\"\nrecipient = \"city-bus\"\nreason = \"the city's map\"\n\
                    url = \"mqtts://broker.example.org\"\nusername = \"velum\"\npassword_file = \"password\"\n";

const MILESTONE: &str = "[[connector]]\nname = \"vms\"\nkind = \"milestone\"\nrecipient = \"dispatch-system\"\n\
                         reason = \"alarms\"\nurl = \"http://10.1.2.3\"\nallow_private = true\n";

fn parse(text: &str) -> Result<Vec<ConnectorConfig>, ConfigError> {
    HubConfig::parse(&format!("{HUB}{text}"), Path::new("etc/hub.toml")).map(|config| config.connectors)
}

fn refused(base: &str, from: &str, to: &str, expected: &str) {
    assert!(base.contains(from), "{from}");
    let error = parse(&base.replace(from, to)).unwrap_err().to_string();
    assert!(error.contains(expected), "`{error}` should say `{expected}`");
}

#[test]
fn what_is_left_out_is_the_strict_or_usual_value() {
    let [webhook, mqtt] = parse(&format!("{WEBHOOK}{MQTT}")).unwrap().try_into().unwrap();
    let target = &webhook.target;
    assert_eq!(
        (target.host.as_str(), target.port, target.path.as_str()),
        ("alerts.example.org", 443, "/velum?x=1")
    );
    assert_eq!((target.allow_private, target.timeout, webhook.gaps), (false, Duration::from_secs(10), true));
    let KindConfig::Webhook { secret_file, body } = &webhook.kind else { panic!("{webhook:?}") };
    assert_eq!((secret_file.as_path(), body), (Path::new("etc/secret"), &BodyConfig::Structured));
    assert_eq!((mqtt.target.port, mqtt.gaps, mqtt.stream), (8883, false, StreamKind::Records));
    let KindConfig::Mqtt { topic_prefix, client_id, .. } = &mqtt.kind else { panic!("{mqtt:?}") };
    assert_eq!((topic_prefix.as_str(), client_id.as_str()), ("velum", "velum-hub-bus"));
}

#[test]
fn an_xprotect_server_is_plain_in_the_own_network_and_nowhere_else_unless_that_is_meant() {
    let guid = "0F5D7B6A-8A3C-4F0E-9D5B-2F1F6A0C9E11";
    let cameras = format!("cameras = {{ plaza-1 = \"192.0.2.10,1\", plaza-2 = \"{guid}\" }}\n");
    let [vms] = parse(&format!("{MILESTONE}{cameras}")).unwrap().try_into().unwrap();
    assert_eq!((vms.target.port, vms.target.path.as_str(), vms.gaps), (9090, "/", false));
    assert_eq!(vms.target.encryption, Encryption::Plain { in_open_network: false });
    let KindConfig::Milestone(milestone) = &vms.kind else { panic!("{vms:?}") };
    assert_eq!((milestone.transport, milestone.message_prefix.as_str()), (Transport::Http, "Velum"));
    assert_eq!(milestone.cameras["plaza-1"], SourceConfig::Address("192.0.2.10,1".to_owned()));
    assert_eq!(milestone.cameras["plaza-2"], SourceConfig::Guid(guid.to_owned()));
    let [bare] = parse(&MILESTONE.replace("http:", "tcp:")).unwrap().try_into().unwrap();
    assert!(matches!(&bare.kind, KindConfig::Milestone(of) if of.transport == Transport::Tcp));
    let [https] = parse(&MILESTONE.replace("http:", "https:")).unwrap().try_into().unwrap();
    assert_eq!((https.target.port, https.target.encryption), (9090, Encryption::Tls));
    let meant = MILESTONE.replace("10.1.2.3", "1.1.1.1").replace("allow_private", "allow_unencrypted");
    let [open] = parse(&meant).unwrap().try_into().unwrap();
    assert_eq!(open.target.encryption, Encryption::Plain { in_open_network: true });

    refused(MILESTONE, "allow_private = true\n", "", "url: found `http://, which is not encrypted`");
    refused(MILESTONE, "10.1.2.3", "1.1.1.1", "an address of your own network, or https://");
    refused(MILESTONE, "allow_private", "allow_unencrypted", "or `allow_private = true`");
    refused(MILESTONE, "http:", "mqtts:", "url: found `the scheme mqtts`");
    refused(MILESTONE, "http://10.1.2.3", "tcp://10.1.2.3/path", "url: found `a path`");
    refused(MILESTONE, "allow_private", "ca_file = \"a\"\nallow_private", "http:// has no certificates");
    let https = MILESTONE.replace("http:", "https:");
    refused(&https, "allow_private", "allow_unencrypted = true\nallow_private", "https:// is encrypted");
    refused(
        MILESTONE,
        "allow_private",
        "gaps = true\nallow_private",
        "it is not for kind `milestone` of `vms`",
    );
    refused(MILESTONE, "allow_private", "message_prefix = \" \"\nallow_private", "message_prefix: found ` `");
    refused(MILESTONE, "allow_private", "cameras = { a = \"\" }\nallow_private", "of `a` the camera's GUID");
    refused(MILESTONE, "allow_private", "colour = 1\nallow_private", "unknown field `colour`");
    refused(
        WEBHOOK,
        "secret_file",
        "allow_unencrypted = true\nsecret_file",
        "allow_unencrypted: found `a value`",
    );
    refused(MQTT, "username", "cameras = {}\nusername", "it is not for kind `mqtt` of `bus`");
}

#[test]
fn the_example_is_good_once_its_connectors_are_no_comments() {
    let example = include_str!("../../../../examples/hub.toml");
    let (before, connectors) = example.split_once("# [[connector]]").unwrap();
    let connectors = connectors.lines().map(|line| line.trim_start_matches('#')).collect::<Vec<_>>();
    let text = format!("{before}[[connector]]{}", connectors.join("\n"));
    let config = HubConfig::parse(&text, Path::new("etc/hub.toml")).unwrap();
    let found = config.connectors.iter().map(|one| (one.name.as_str(), one.kind.name()));
    assert_eq!(found.collect::<Vec<_>>(), [("dispatch", "webhook"), ("bus", "mqtt"), ("vms", "milestone")]);
}

#[test]
fn refusals_name_connector_field_and_fix() {
    let url = "https://alerts.example.org/velum?x=1";
    refused(WEBHOOK, "https:", "http:", "connector `dispatch`: url: found `the scheme http`");
    refused(WEBHOOK, url, "https://u:geheim@example.org/", "which belongs into a file");
    for private in ["127.0.0.1", "[::1]", "10.1.2.3", "169.254.169.254", "[::ffff:192.168.0.1]", "100.64.0.1"]
    {
        refused(WEBHOOK, url, &format!("https://{private}/"), "or `allow_private = true`");
    }
    refused(WEBHOOK, "secret_file = \"secret\"\n", "", "secret_file: found `nothing`");
    refused(
        WEBHOOK,
        "secret_file",
        "username = \"a\"\nsecret_file",
        "username: found `a value`, expected no such key",
    );
    refused(WEBHOOK, "dispatch-system", "", "recipient: found ``");
    refused(WEBHOOK, "dispatch sends stewards", " ", "reason: found ``");
    refused(WEBHOOK, "secret_file", "timeout_secs = 0\nsecret_file", "timeout_secs: found `0`");
    refused(WEBHOOK, "secret_file", "colour = 1\nsecret_file", "unknown field `colour`");
    refused(WEBHOOK, "secret_file", "certificate = \"a\"\nsecret_file", "both, or neither");
    refused(MQTT, "password_file = \"password\"\n", "", "password_file: found `nothing`");
    refused(MQTT, "username", "topic_prefix = \"a/#\"\nusername", "topic_prefix: found `a/#`");
    refused(MQTT, "mqtts:", "mqtt:", "url: found `the scheme mqtt`");
    let twice = parse(&format!("{WEBHOOK}{WEBHOOK}")).unwrap_err().to_string();
    assert!(twice.contains("a name that no other connector has"), "{twice}");
}
