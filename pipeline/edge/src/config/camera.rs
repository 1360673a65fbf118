//! One camera: `[cameras.NAME]` to what decode and analyse take.

use std::path::{Path, PathBuf};
use std::time::Duration;

use velum_decode::{AtEnd, Credentials, DecodeError, DecoderChoice, SourceConfig, SourceUrl, Transport};
use velum_models::LONGEST_REST;
use velum_vocab::{CameraId, SiteId, ZoneId};

use super::line::one_line;
use super::problem::Problems;
use super::pushed::{RawWatching, Watching};
use super::raw::{RawAtEnd, RawCamera};
use super::settings::DensityModel;

/// Frames a second that are analysed, where nothing is written.
const DEFAULT_FPS: f32 = 5.0;
/// Wider pictures are made smaller before analysis, where nothing is written.
const DEFAULT_WIDTH_PX: u32 = 1280;

/// In the place of a name that cannot be one.
const NAMELESS: &str = "camera";

/// One camera, checked.
#[derive(Debug, Clone)]
pub(crate) struct CameraSettings {
    /// Its name.
    pub(crate) id: CameraId,
    /// The site that the configuration believes it to be at; the policy decides.
    pub(crate) site: Option<SiteId>,
    /// The stream that is analysed, without its credentials.
    pub(crate) stream: SourceConfig,
    /// Where its credentials are; read anew at each start of the camera.
    pub(crate) credentials: Option<CredentialsFrom>,
    /// Zones, rules and calibration.
    pub(crate) analysis: velum_analyse::CameraSettings,
    /// Rules that are only tried: what they say stays on the box.
    pub(crate) shadow: Vec<ShadowRule>,
    /// The density network that counts beside the detector.
    pub(crate) density_model: Option<DensityModel>,
    /// So long the detector may rest while the picture does not change.
    pub(crate) detector_rest: Duration,
    /// Whether the configuration lets the person who put an object down be followed back.
    pub(crate) back_tracing: bool,
    /// What of this is zones and ground plane, as it is written.
    pub(crate) watching: Watching,
}

/// A rule in a zone that runs in shadow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShadowRule {
    /// In this zone.
    pub(crate) zone: ZoneId,
    /// `abandoned_object` or `crowd_density`, as events name it.
    pub(crate) rule: &'static str,
}

/// Where a camera's credentials are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CredentialsFrom {
    /// In a file that only this program can read.
    File(PathBuf),
    /// In an environment variable.
    Env(String),
}

impl CameraSettings {
    /// The stream to open, with the credentials as they are now.
    pub(crate) fn source_config(&self) -> Result<SourceConfig, DecodeError> {
        let credentials = match &self.credentials {
            None => None,
            Some(CredentialsFrom::File(path)) => Some(Credentials::from_file(path)?),
            Some(CredentialsFrom::Env(variable)) => Some(Credentials::from_env(variable)?),
        };
        Ok(SourceConfig { credentials, ..self.stream.clone() })
    }
}

/// Settings of one camera; what is wrong goes to `problems`.
pub(super) fn resolve_camera(
    name: &str,
    raw: RawCamera,
    folder: &Path,
    usual_density_model: Option<&DensityModel>,
    problems: &mut Problems,
) -> Option<CameraSettings> {
    let path = format!("cameras.{name}");
    let id = problems.keep(&path, CameraId::parse(name));
    let site = raw.site.as_deref().map(|site| problems.keep(&format!("{path}.site"), SiteId::parse(site)));
    let credentials = resolve_credentials(&path, &raw, folder, problems);
    let stream = resolve_stream(&path, &raw, folder, problems);
    let back_tracing = raw.back_tracing.unwrap_or(true);
    let detector_rest = resolve_rest(&path, &raw, problems);
    let density_model = match raw.density_model {
        None => usual_density_model.cloned(),
        Some(id) => DensityModel::written(format!("{path}.density_model"), id),
    };
    let staged = raw.staged.map(|text| one_line(&format!("{path}.staged"), "drill", text, problems));
    let raw = RawWatching { zones: raw.zones, ground_plane: raw.ground_plane };
    let watching = raw.written(density_model);
    // Told though the name is wrong, so that one run tells all.
    let named = id.clone().or_else(|| CameraId::parse(NAMELESS).ok())?;
    let (analysis, shadow) = raw.resolve(&path, (named, staged), problems)?;
    Some(CameraSettings {
        id: id?,
        site: site.flatten(),
        stream: stream?,
        credentials: credentials?,
        density_model: watching.density_model_for(&analysis),
        analysis,
        shadow,
        detector_rest,
        back_tracing,
        watching,
    })
}

fn resolve_stream(
    path: &str,
    raw: &RawCamera,
    folder: &Path,
    problems: &mut Problems,
) -> Option<SourceConfig> {
    let main = resolve_source(path, "source", &raw.source, folder, problems);
    let analysed = match &raw.analysis_source {
        None => main,
        Some(text) => {
            resolve_source(path, "analysis_source", text, folder, problems).filter(|_| main.is_some())
        }
    };
    let transport = match raw.transport.as_deref().map(Transport::parse) {
        None => Some(Transport::default()),
        Some(parsed) => parsed.map_err(|error| problems.add_below(path, &error)).ok(),
    };
    let decoder = match raw.decoder.as_deref().map(DecoderChoice::parse) {
        None => Some(DecoderChoice::default()),
        Some(parsed) => parsed.map_err(|error| problems.add_below(path, &error)).ok(),
    };
    let config = SourceConfig {
        tls_ca_file: raw.tls_ca_file.as_ref().map(|file| folder.join(file)),
        transport: transport?,
        decoder: decoder?,
        analysed_fps: raw.analysed_fps.map_or(DEFAULT_FPS, |fps| fps.0 as f32),
        analysed_width_px: Some(raw.analysed_width_px.unwrap_or(DEFAULT_WIDTH_PX)),
        at_end: match raw.at_end {
            None | Some(RawAtEnd::Finish) => AtEnd::Finish,
            Some(RawAtEnd::Repeat) => AtEnd::Repeat,
        },
        ..SourceConfig::new(analysed?)
    };
    config.check().map_err(|error| problems.add_below(path, &error)).ok()?;
    Some(config)
}

fn resolve_rest(path: &str, raw: &RawCamera, problems: &mut Problems) -> Duration {
    let most = LONGEST_REST.as_secs_f64();
    let secs = raw.detector_rest_secs.map_or(most, |secs| secs.0);
    if !(0.0..=most).contains(&secs) {
        problems.add(
            format!("{path}.detector_rest_secs"),
            format!(
                "expected a number from 0 to {most}, found `{secs}`; 0 has the detector look at each frame"
            ),
        );
        return Duration::ZERO;
    }
    Duration::from_secs_f64(secs)
}

fn resolve_source(
    path: &str,
    key: &str,
    text: &str,
    folder: &Path,
    problems: &mut Problems,
) -> Option<SourceUrl> {
    match SourceUrl::parse(text) {
        Ok(SourceUrl::File(file)) => Some(SourceUrl::File(folder.join(file))),
        Ok(source) => Some(source),
        Err(error) => {
            let text = error.to_string();
            let message = text.strip_prefix("source: ").unwrap_or(&text);
            problems.add(format!("{path}.{key}"), message);
            None
        }
    }
}

/// The inner `None`: no credentials are wanted.
fn resolve_credentials(
    path: &str,
    raw: &RawCamera,
    folder: &Path,
    problems: &mut Problems,
) -> Option<Option<CredentialsFrom>> {
    match (&raw.credentials_file, &raw.credentials_env) {
        (None, None) => Some(None),
        (Some(file), None) => Some(Some(CredentialsFrom::File(folder.join(file)))),
        (None, Some(variable)) => Some(Some(CredentialsFrom::Env(variable.clone()))),
        (Some(_), Some(_)) => {
            problems
                .add(path, "expected one of credentials_file and credentials_env, found both; delete one");
            None
        }
    }
}
