//! One model in ONNX Runtime, on one provider.

use ort::ep::{CUDA, TensorRT};
use ort::session::Session;
use ort::session::builder::SessionBuilder;
use ort::value::{TensorRef, ValueType};

use crate::detector::DetectorOptions;
use crate::head::{self, Answer, Candidate, InputSize, manifest_size};
use crate::manifest::Manifest;
use crate::{LoadedModel, ModelError, Provider, ProviderChoice, Runtime};

/// A loaded model. Used by one thread.
pub(crate) struct InferenceSession {
    session: Session,
    manifest: Manifest,
    size: InputSize,
    provider: Provider,
    batch_max: usize,
}

impl InferenceSession {
    /// Loads the model on the first provider that works, and runs it once on grey: that shows whether it really
    /// does, and builds what TensorRT and CUDA build at the first run.
    pub(crate) fn open(
        runtime: &Runtime,
        model: &LoadedModel,
        options: &DetectorOptions,
    ) -> Result<Self, ModelError> {
        let wanted: &[Provider] = match options.provider {
            ProviderChoice::Auto => &[Provider::TensorRt, Provider::Cuda, Provider::Cpu],
            ProviderChoice::TensorRt => &[Provider::TensorRt],
            ProviderChoice::Cuda => &[Provider::Cuda],
            ProviderChoice::Cpu => &[Provider::Cpu],
        };
        let mut last = None;
        for &provider in wanted.iter().filter(|provider| runtime.offers(**provider)) {
            match Self::open_on(runtime, model, options, provider) {
                Ok(session) => return Ok(session),
                Err(error) => {
                    if options.provider == ProviderChoice::Auto && provider != Provider::Cpu {
                        tracing::warn!(model = model.manifest().id(), %provider, %error, "provider is not used");
                    }
                    last = Some(error);
                }
            }
        }
        Err(last.unwrap_or_else(|| ModelError::Provider {
            model: model.manifest().id().to_owned(),
            provider: wanted.first().map_or("", |provider| provider.name()),
            reason: format!("`{}` was built without it", runtime.library().display()),
        }))
    }

    fn open_on(
        runtime: &Runtime,
        model: &LoadedModel,
        options: &DetectorOptions,
        provider: Provider,
    ) -> Result<Self, ModelError> {
        let manifest = model.manifest().clone();
        let size = input_size(&manifest, options)?;
        let failed = |error: ort::Error| ModelError::session(manifest.id(), error);
        let mut builder = session_builder(runtime, options).map_err(failed)?;
        if provider != Provider::Cpu {
            builder = with_provider(builder, provider, model, size, options).map_err(failed)?;
        }
        let session = builder.commit_from_memory(model.onnx()).map_err(failed)?;
        let batch_max = if has_symbolic_batch(&session) { options.batch_max.max(1) } else { 1 };
        let mut opened = Self { session, manifest, size, provider, batch_max };
        let grey = vec![114.0; opened.tensor_len()];
        opened.run_one(&grey)?;
        Ok(opened)
    }

    pub(crate) fn provider(&self) -> Provider {
        self.provider
    }

    pub(crate) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    pub(crate) fn size(&self) -> InputSize {
        self.size
    }

    /// The most frames that one run takes.
    pub(crate) fn batch_max(&self) -> usize {
        self.batch_max
    }

    /// Values of one frame's tensor.
    pub(crate) fn tensor_len(&self) -> usize {
        3 * self.size.width_px as usize * self.size.height_px as usize
    }

    /// Runs one frame.
    pub(crate) fn run_one(&mut self, tensor: &[f32]) -> Result<Vec<Candidate>, ModelError> {
        let answer = self.run(tensor, 1)?.pop();
        answer.unwrap_or_else(|| Err(ModelError::answer(self.manifest.id(), "there is none")))
    }

    /// Runs `count` frames at once; the candidates of each, in order.
    ///
    /// # Shape
    /// `tensors`: `[count, 3, height, width] f32`.
    ///
    /// # Errors
    /// [`ModelError::Session`] for the whole run; [`ModelError::Answer`] for a frame.
    pub(crate) fn run(
        &mut self,
        tensors: &[f32],
        count: usize,
    ) -> Result<Vec<Result<Vec<Candidate>, ModelError>>, ModelError> {
        let Self { session, manifest, size, .. } = self;
        let failed = |error: ort::Error| ModelError::session(manifest.id(), error);
        let shape = [count, 3, size.height_px as usize, size.width_px as usize];
        let input = TensorRef::from_array_view((shape, tensors)).map_err(failed)?;
        let outputs = session.run(ort::inputs![input]).map_err(failed)?;
        let mut whole = Vec::with_capacity(outputs.len());
        for value in outputs.values() {
            let (shape, values) = value.try_extract_tensor::<f32>().map_err(failed)?;
            let (batch, dims) =
                shape.split_first().ok_or_else(|| ModelError::answer(manifest.id(), "no sides"))?;
            if usize::try_from(*batch) != Ok(count) || values.len() % count != 0 {
                let reason = format!("{count} frames went in, {batch} came out");
                return Err(ModelError::answer(manifest.id(), reason));
            }
            whole.push((dims.to_vec(), values.to_vec()));
        }
        Ok((0..count).map(|frame| decode_one(manifest, *size, &whole, frame, count)).collect())
    }
}

fn decode_one(
    manifest: &Manifest,
    size: InputSize,
    whole: &[(Vec<i64>, Vec<f32>)],
    frame: usize,
    count: usize,
) -> Result<Vec<Candidate>, ModelError> {
    let answers: Vec<Answer<'_>> = whole
        .iter()
        .map(|(dims, values)| {
            let len = values.len() / count;
            Answer { dims, values: values.get(frame * len..(frame + 1) * len).unwrap_or_default() }
        })
        .collect();
    head::decode(manifest, size, &answers).map_err(|reason| ModelError::answer(manifest.id(), reason))
}

fn session_builder(runtime: &Runtime, options: &DetectorOptions) -> Result<SessionBuilder, ort::Error> {
    let builder = Session::builder(runtime.environment())?
        .with_intra_threads(options.intra_threads.max(1))?
        .with_inter_threads(1)?
        .with_intra_op_spinning(false)?;
    Ok(builder)
}

fn with_provider(
    builder: SessionBuilder,
    provider: Provider,
    model: &LoadedModel,
    size: InputSize,
    options: &DetectorOptions,
) -> Result<SessionBuilder, ort::Error> {
    let dispatch = match provider {
        Provider::TensorRt => tensorrt(model, size, options).build(),
        _ => CUDA::default().build(),
    };
    Ok(builder.with_execution_providers([dispatch.error_on_failure()])?)
}

/// TensorRT builds an engine for each shape it meets, unless it is told the range of shapes before.
fn tensorrt(model: &LoadedModel, size: InputSize, options: &DetectorOptions) -> TensorRT {
    let input = model.input_name();
    let shape = |batch| format!("{input}:{batch}x3x{}x{}", size.height_px, size.width_px);
    if model.has_symbolic_input() {
        TensorRT::default()
            .with_profile_min_shapes(shape(1))
            .with_profile_opt_shapes(shape(options.batch_max.clamp(1, 4)))
            .with_profile_max_shapes(shape(options.batch_max.max(1)))
    } else {
        TensorRT::default()
    }
}

/// The size asked for, where the model leaves it open; else the manifest's.
fn input_size(manifest: &Manifest, options: &DetectorOptions) -> Result<InputSize, ModelError> {
    let own = manifest_size(manifest);
    let Some((width_px, height_px)) = options.input_px else { return Ok(own) };
    let good = |side: u32| (32..=4096).contains(&side) && side.is_multiple_of(32);
    if good(width_px) && good(height_px) {
        return Ok(InputSize { width_px, height_px });
    }
    let reason =
        format!("input of {width_px}x{height_px} pixels: sides must be multiples of 32 from 32 to 4096");
    Err(ModelError::refused(manifest.id(), reason))
}

fn has_symbolic_batch(session: &Session) -> bool {
    session.inputs().first().is_some_and(|input| match input.dtype() {
        ValueType::Tensor { shape, .. } => shape.first().is_some_and(|batch| *batch < 0),
        _ => false,
    })
}
