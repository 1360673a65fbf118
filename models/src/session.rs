//! One model in ONNX Runtime, on one provider.

use std::marker::PhantomData;

use ort::ep::cuda::ConvAlgorithmSearch;
use ort::ep::{CUDA, TensorRT};
use ort::session::Session;
use ort::session::builder::SessionBuilder;
use ort::value::{TensorRef, ValueType};

use crate::detector::DetectorOptions;
use crate::head::{Answer, InputSize, ReadAnswer, manifest_size};
use crate::manifest::Manifest;
use crate::{LoadedModel, ModelError, Provider, ProviderChoice, Runtime};

/// A loaded model whose answers are read as `R` says. Used by one thread.
pub(crate) struct InferenceSession<R> {
    session: Session,
    /// In the order in which the head reads them.
    outputs: Vec<String>,
    manifest: Manifest,
    size: InputSize,
    provider: Provider,
    batch_max: usize,
    reads: PhantomData<fn() -> R>,
}

impl<R: ReadAnswer> InferenceSession<R> {
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
        let mut refused = Vec::new();
        for &provider in wanted.iter().filter(|provider| runtime.offers(**provider)) {
            match Self::open_on(runtime, model, options, provider) {
                Ok(session) => {
                    tell_refused(&refused, provider);
                    return Ok(session);
                }
                Err(error) => refused.push((provider, error)),
            }
        }
        Err(refused.pop().map(|(_, error)| error).unwrap_or_else(|| ModelError::Provider {
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
        // CUDA plans every convolution anew whenever the number of frames changes: seconds, where a run takes
        // milliseconds. TensorRT is told of the range before.
        let takes_batches = provider != Provider::Cuda && has_symbolic_batch(&session);
        let batch_max = if takes_batches { wanted_batch(provider, options) } else { 1 };
        let outputs = model.outputs().iter().map(|output| output.name.clone()).collect();
        let mut opened = Self { session, outputs, manifest, size, provider, batch_max, reads: PhantomData };
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
        let planes = self.manifest.input.channels.count();
        planes * self.size.width_px as usize * self.size.height_px as usize
    }

    /// Runs one frame.
    pub(crate) fn run_one(&mut self, tensor: &[f32]) -> Result<R::Found, ModelError> {
        let answer = self.run(tensor, 1)?.pop();
        answer.unwrap_or_else(|| Err(ModelError::answer(self.manifest.id(), "there is none")))
    }

    /// Runs `count` frames at once; what was read of each, in order.
    ///
    /// # Shape
    /// `tensors`: `[count, planes, height, width] f32`.
    ///
    /// # Errors
    /// [`ModelError::Session`] for the whole run; [`ModelError::Answer`] for a frame.
    pub(crate) fn run(
        &mut self,
        tensors: &[f32],
        count: usize,
    ) -> Result<Vec<Result<R::Found, ModelError>>, ModelError> {
        let Self { session, outputs: names, manifest, size, .. } = self;
        let failed = |error: ort::Error| ModelError::session(manifest.id(), error);
        let planes = manifest.input.channels.count();
        let shape = [count, planes, size.height_px as usize, size.width_px as usize];
        let input = TensorRef::from_array_view((shape, tensors)).map_err(failed)?;
        let outputs = session.run(ort::inputs![input]).map_err(failed)?;
        let mut whole = Vec::with_capacity(names.len());
        for name in names.iter() {
            let value = outputs
                .get(name)
                .ok_or_else(|| ModelError::answer(manifest.id(), format!("there is no output `{name}`")))?;
            let (shape, values) = value.try_extract_tensor::<f32>().map_err(failed)?;
            let (batch, dims) =
                shape.split_first().ok_or_else(|| ModelError::answer(manifest.id(), "no sides"))?;
            if usize::try_from(*batch) != Ok(count) || values.len() % count != 0 {
                let reason = format!("{count} frames went in, {batch} came out");
                return Err(ModelError::answer(manifest.id(), reason));
            }
            whole.push((dims.to_vec(), values.to_vec()));
        }
        Ok((0..count).map(|frame| read_one::<R>(manifest, *size, &whole, frame, count)).collect())
    }
}

/// What was faster and does not work here: worth a warning where nothing is left but the processor. TensorRT is
/// missing on most boxes that have CUDA.
fn tell_refused(refused: &[(Provider, ModelError)], taken: Provider) {
    for (provider, error) in refused {
        let error = error.to_string();
        let error = error.trim_end();
        if taken == Provider::Cpu {
            tracing::warn!(%provider, %error, "provider is not used");
        } else {
            tracing::info!(%provider, %taken, %error, "provider is not used");
        }
    }
}

fn read_one<R: ReadAnswer>(
    manifest: &Manifest,
    size: InputSize,
    whole: &[(Vec<i64>, Vec<f32>)],
    frame: usize,
    count: usize,
) -> Result<R::Found, ModelError> {
    let answers: Vec<Answer<'_>> = whole
        .iter()
        .map(|(dims, values)| {
            let len = values.len() / count;
            Answer { dims, values: values.get(frame * len..(frame + 1) * len).unwrap_or_default() }
        })
        .collect();
    R::read(manifest, size, &answers).map_err(|reason| ModelError::answer(manifest.id(), reason))
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
        _ => cuda().build(),
    };
    Ok(builder.with_execution_providers([dispatch.error_on_failure()])?)
}

/// Without the short numbers of TF32 the boxes are the processor's; plans are chosen, not tried one by one for
/// seconds. Both were measured: `bench/results`.
fn cuda() -> CUDA {
    CUDA::default().with_tf32(false).with_conv_algorithm_search(ConvAlgorithmSearch::Heuristic)
}

/// On one thread of a processor, frames together take as long as one by one, and some 28 MiB each: `bench/results`.
fn wanted_batch(provider: Provider, options: &DetectorOptions) -> usize {
    let gained = if provider == Provider::TensorRt { 8 } else { 1 };
    options.batch_max.unwrap_or(gained).max(1)
}

/// TensorRT builds an engine for each shape it meets, unless it is told the range of shapes before.
fn tensorrt(model: &LoadedModel, size: InputSize, options: &DetectorOptions) -> TensorRT {
    let (input, batch_max) = (model.input_name(), wanted_batch(Provider::TensorRt, options));
    let planes = model.manifest().input.channels.count();
    let shape = |batch| format!("{input}:{batch}x{planes}x{}x{}", size.height_px, size.width_px);
    if model.has_symbolic_input() {
        TensorRT::default()
            .with_profile_min_shapes(shape(1))
            .with_profile_opt_shapes(shape(batch_max.min(4)))
            .with_profile_max_shapes(shape(batch_max))
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
