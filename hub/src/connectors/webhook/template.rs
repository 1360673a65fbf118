//! A body of one's own: what a template makes of a CloudEvent. Compiled when the hub starts; it can read nothing but the
//! event, and what it names and is not there is an error, not an empty text. Invariant: an error tells of the template, and
//! never what stands in the event: it goes to logs and dead letters.

use std::path::Path;

use minijinja::value::Serde;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value};

use crate::connectors::cloudevents::CloudEvent;

const NAME: &str = "body";
/// Steps of one rendering: an event has some dozens of values.
const FUEL: u64 = 50_000;
const SOURCE_BYTES: u64 = 64 * 1_024;
const BODY_BYTES: usize = 256 * 1_024;

/// A compiled template.
#[derive(Debug)]
pub(super) struct Template(Environment<'static>);

impl Template {
    /// Reads and compiles a file.
    ///
    /// # Errors
    /// What is wrong with it, with the line.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let file = path.display();
        let size =
            std::fs::metadata(path).map_err(|error| format!("`{file}` cannot be read ({error})"))?.len();
        if size > SOURCE_BYTES {
            return Err(format!("`{file}` has {size} bytes, expected at most {SOURCE_BYTES}"));
        }
        let source =
            std::fs::read_to_string(path).map_err(|error| format!("`{file}` cannot be read ({error})"))?;
        Self::compile(source).map_err(|reason| format!("`{file}`: {reason}"))
    }

    pub(super) fn compile(source: String) -> Result<Self, String> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        environment.add_template_owned(NAME, source).map_err(|error| error.to_string())?;
        Ok(Self(environment))
    }

    /// The body.
    ///
    /// # Errors
    /// What the template does that cannot be, with the line.
    pub(super) fn render(&self, event: &CloudEvent) -> Result<String, String> {
        let rendered =
            self.0.get_template(NAME).and_then(|template| template.render(Value::from(Serde(event))));
        let body = rendered.map_err(|error| format!("template_file: {}", without_values(&error)))?;
        if body.len() > BODY_BYTES {
            return Err(format!("template_file: made {} bytes, expected at most {BODY_BYTES}", body.len()));
        }
        Ok(body)
    }
}

/// The kind of an error and its line; and more only where it is a name that stands in the template.
fn without_values(error: &Error) -> String {
    let is_name = matches!(
        error.kind(),
        ErrorKind::UnknownFilter | ErrorKind::UnknownFunction | ErrorKind::UnknownTest
    );
    let name = error.detail().filter(|_| is_name).map(|detail| format!(": {detail}")).unwrap_or_default();
    format!("{}{name} (line {})", error.kind(), error.line().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connectors::message::Message;

    fn check(source: &str, expected: Result<&str, &str>) {
        let message = Message::Test { id: "7".to_owned(), unix_ms: 1_796_285_660_000 };
        let event = CloudEvent::of(&message, "hub.example.org").unwrap();
        let found = Template::compile(source.to_owned()).and_then(|template| template.render(&event));
        match (&found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected),
            (Err(error), Err(part)) => assert!(error.contains(part), "{source}: {error}"),
            _ => panic!("{source}: {found:?}"),
        }
    }

    #[test]
    fn a_template_reads_the_event_and_nothing_else() {
        check("{{ type }} at {{ time }}", Ok("velum.test at 2026-12-03T08:14:20Z"));
        check(
            "{\"text\": {{ data.message | tojson }}}",
            Ok("{\"text\": \"a trial of this connector: nothing happened\"}"),
        );
        check("{{ nobody }}", Err("undefined value (line 1)"));
        check("{{ data.nobody }}", Err("undefined"));
        check("{{ type", Err("body:1"));
        check("{% include '/etc/passwd' %}", Err("include"));
        check("{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}", Err("fuel"));
        let long = format!("{{% for a in range(1000) %}}{}{{% endfor %}}", "x".repeat(300));
        check(&long, Err("expected at most"));
    }

    #[test]
    fn an_error_tells_nothing_of_the_event() {
        for source in [
            "\n{{ data.message + 1 }}",
            "\n{{ -data.message }}",
            "\n{{ data.message | int }}",
            "\n{{ data.message | round }}",
            "\n{{ data[data.message].x }}",
            "\n{{ data.message.nobody() }}",
            "\n{{ data.message[type] | nobody }}",
            "\n{{ range(data.message) }}",
            "\n{% for a, b in [[data.message]] %}{% endfor %}",
        ] {
            let error = check_error(source);
            assert!(error.starts_with("template_file: ") && error.contains("(line 2)"), "{source}: {error}");
            assert!(!error.contains("trial") && !error.contains("velum.test"), "{source}: {error}");
        }
        assert!(check_error("{{ type | nobody }}").contains("nobody"), "what the template names is told");
    }

    fn check_error(source: &str) -> String {
        let message = Message::Test { id: "7".to_owned(), unix_ms: 1_796_285_660_000 };
        let event = CloudEvent::of(&message, "hub.example.org").unwrap();
        let template = Template::compile(source.to_owned()).unwrap();
        template.render(&event).unwrap_err()
    }
}
