//! Webhooks: CloudEvents posted over HTTPS, signed, one request a connection.
//!
//! Invariant: an attempt ends in time whatever the target does.

mod signature;
mod template;

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, USER_AGENT};

use super::cloudevents::{CloudEvent, DATA, STRUCTURED};
use super::connection::Destination;
use super::http::{self, AGENT, answer};
use super::{Fault, Message, Outcome, Target};
use crate::clock::{Clock, SystemClock};
use crate::config::{BodyConfig, TargetConfig};
use crate::secret_file;
use signature::Keys;
use template::Template;

const HTTPS_PORT: u16 = 443;

/// A target that takes webhooks.
pub(super) struct Webhook {
    destination: Destination,
    path: String,
    hub: String,
    keys: Keys,
    body: Body,
    clock: Arc<dyn Clock>,
}

enum Body {
    Structured,
    Binary,
    Template { template: Box<Template>, content_type: String },
}

/// What is posted.
struct Post {
    id: String,
    content_type: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Webhook {
    /// With its key and template read and checked.
    ///
    /// # Errors
    /// The key in hub.toml, and what is wrong with what it names.
    pub(super) fn open(
        target: &TargetConfig,
        (secret_file, body): (&Path, &BodyConfig),
        hub: &str,
    ) -> Result<Self, Fault> {
        let secret = secret_file::read(secret_file).map_err(|reason| ("secret_file", reason))?;
        let keys = Keys::parse(&secret)
            .map_err(|reason| ("secret_file", format!("`{}`: {reason}", secret_file.display())))?;
        let body = match body {
            BodyConfig::Structured => Body::Structured,
            BodyConfig::Binary => Body::Binary,
            BodyConfig::Template { file, content_type } => Body::Template {
                template: Box::new(Template::read(file).map_err(|reason| ("template_file", reason))?),
                content_type: content_type.clone(),
            },
        };
        Ok(Self {
            destination: Destination::open(target)?,
            path: target.path.clone(),
            hub: hub.to_owned(),
            keys,
            body,
            clock: Arc::new(SystemClock),
        })
    }

    /// What is to be posted of a message; where that cannot be said, it never can.
    fn post_of(&self, message: &Message) -> Result<Post, String> {
        let event = CloudEvent::of(message, &self.hub).map_err(|error| error.to_string())?;
        let (content_type, headers, body) = match &self.body {
            Body::Structured => (STRUCTURED.to_owned(), Vec::new(), serde_json::to_string(&event)),
            Body::Binary => (DATA.to_owned(), event.headers(), serde_json::to_string(&event.data)),
            Body::Template { template, content_type } => {
                (content_type.clone(), event.headers(), Ok(template.render(&event)?))
            }
        };
        Ok(Post { id: event.id, content_type, headers, body: body.map_err(|error| error.to_string())? })
    }

    fn request(&self, post: Post) -> Result<Request<Full<Bytes>>, String> {
        let timestamp = self.clock.unix_ms().div_euclid(1_000);
        let signature = self.keys.sign(&post.id, timestamp, &post.body);
        let mut request = Request::post(&self.path)
            .header(HOST, self.destination.authority(HTTPS_PORT))
            .header(USER_AGENT, AGENT)
            .header(CONNECTION, "close")
            .header(CONTENT_TYPE, post.content_type)
            .header("webhook-id", post.id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature);
        for (name, value) in post.headers {
            request = request.header(name, value);
        }
        request.body(Full::from(post.body)).map_err(|error| error.to_string())
    }
}

impl Target for Webhook {
    async fn deliver(&mut self, message: &Message) -> Outcome {
        let request = match self.post_of(message).and_then(|post| self.request(post)) {
            Ok(request) => request,
            Err(reason) => return Outcome::Refused(reason),
        };
        let failed = |reason: String| Outcome::Failed { reason, retry_after: None };
        match tokio::time::timeout(self.destination.timeout, http::post(&self.destination, request, 0)).await
        {
            Ok(Ok(found)) => answer::outcome(found.status, &found.headers, self.clock.unix_ms()),
            Ok(Err(error)) => failed(error.to_string()),
            Err(_) => failed(format!("no answer within {} s", self.destination.timeout.as_secs())),
        }
    }
}

/// The signature of a body by the key of a file's text.
#[cfg(test)]
pub(super) fn sign(secret: &str, id: &str, timestamp_secs: i64, body: &str) -> String {
    Keys::parse(secret).map(|keys| keys.sign(id, timestamp_secs, body)).unwrap_or_default()
}

/// What a template makes of an event, or what is wrong with it.
#[cfg(test)]
pub(super) fn render(source: &str, event: &CloudEvent) -> String {
    Template::compile(source.to_owned())
        .and_then(|template| template.render(event))
        .unwrap_or_else(|error| error)
}
