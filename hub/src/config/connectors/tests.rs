//! `[[connector]]`: what is left out, and what is refused with its fix.

use super::super::HubConfig;
use super::*;

const HUB: &str =
    "data_dir = \"d\"\npki_dir = \"pki\"\nlisten = \"127.0.0.1:0\"\npublic_host = \"localhost\"\n";
const WEBHOOK: &str = "[[connector]]\nname = \"dispatch\"\nkind = \"webhook\"\nrecipient = \"dispatch-system\"\n\
                       reason = \"dispatch sends stewards\"\nurl = \"https://alerts.example.org/velum?x=1\"\n\
                       secret_file = \"secret\"\n";
const MQTT: &str = "[[connector]]\nname = \"bus\"\nkind = \"mqtt\"\nrecipient = \"city-bus\"\nreason = \"the city's map\"\n\
                    url = \"mqtts://broker.example.org\"\nusername = \"velum\"\npassword_file = \"password\"\n";

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
fn the_example_is_good_once_its_connectors_are_no_comments() {
    let example = include_str!("../../../../examples/hub.toml");
    let (before, connectors) = example.split_once("# [[connector]]").unwrap();
    let connectors = connectors.lines().map(|line| line.trim_start_matches('#')).collect::<Vec<_>>();
    let text = format!("{before}[[connector]]{}", connectors.join("\n"));
    let config = HubConfig::parse(&text, Path::new("etc/hub.toml")).unwrap();
    let found = config.connectors.iter().map(|one| (one.name.as_str(), one.kind.name()));
    assert_eq!(found.collect::<Vec<_>>(), [("dispatch", "webhook"), ("bus", "mqtt")]);
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
