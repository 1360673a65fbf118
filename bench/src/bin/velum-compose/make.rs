//! Makes what was asked for: scene by scene, so that one scene's frames are in memory at a time, and the clips of a
//! scene side by side.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, bail};
use velum_bench::footage::Picture;
use velum_bench::loops::{CodedLoop, Coding, Encoder};
use velum_bench::{colour, mp4, png};

use crate::backdrop::Backdrop;
use crate::clip::Clip;
use crate::cutouts::Cutouts;
use crate::options::Options;
use crate::paint::Noise;
use crate::plan::{self, Stage};
use crate::spec::{FPS, Play, Scenario, SceneSpec, Spec};
use crate::truth::{self, Kind, Placed, SuiteClip, Tags};
use crate::walker::Walker;

/// Frames from one key frame to the next.
const KEY_FRAME_EVERY: u64 = 50;

/// Reads the spec, and makes or lists its clips.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let spec = Spec::read(options.spec.as_deref())?;
    let wanted: Vec<&SceneSpec> =
        spec.scenes.iter().filter(|scene| options.half.is_none_or(|half| half == scene.half)).collect();
    if options.list {
        return list(&spec, &wanted, options);
    }
    let out = options.out.as_deref().context("--out: expected a folder, for example `target/composed`")?;
    std::fs::create_dir_all(out).with_context(|| format!("--out: `{}` cannot be made", out.display()))?;
    velum_decode::init()?;
    let start = Instant::now();
    let studio = Studio::open(&spec)?;
    let mut made = Vec::new();
    for scene in wanted {
        made.extend(studio.make_scene(scene, options, out)?);
    }
    if made.is_empty() {
        bail!(
            "nothing was composed: no footage of the spec's scenes is there, or --only names no clip; see --list"
        );
    }
    let clips: Vec<SuiteClip> = made.iter().map(|made| made.0.clone()).collect();
    truth::write_suite(&out.join("suite.toml"), &spec.about, &clips)?;
    let objects = made.iter().flat_map(|made| &made.1).filter(|placed| placed.kind == Kind::Object).count();
    tracing::info!(
        "{} clips with {objects} put-downs that must alert in {:.0} s: {}",
        clips.len(),
        start.elapsed().as_secs_f64(),
        out.join("suite.toml").display()
    );
    Ok(())
}

/// All clips that a scene is asked for: scenario and number.
fn asked<'a>(
    scene: &'a SceneSpec,
    options: &'a Options,
) -> impl Iterator<Item = (Scenario, usize)> + use<'a> {
    let numbered = |(scenario, clips): (&Scenario, &usize)| {
        let scenario = *scenario;
        (0..*clips).map(move |number| (scenario, number))
    };
    let all = scene.scenarios.iter().flat_map(numbered);
    all.filter(|(scenario, number)| options.wants(&plan::clip_id(&scene.id, *scenario, *number)))
}

#[expect(clippy::print_stdout, reason = "the list is the output that was asked for")]
fn list(spec: &Spec, scenes: &[&SceneSpec], options: &Options) -> anyhow::Result<()> {
    for scene in scenes {
        let missing = if spec.find(&scene.file).is_some() { "" } else { "  (left out: footage is missing)" };
        for (scenario, number) in asked(scene, options) {
            let half = if scene.half == crate::spec::Half::Tuning { "tuning" } else { "report" };
            println!("{half:6}  {}{missing}", plan::clip_id(&scene.id, scenario, number));
        }
    }
    Ok(())
}

/// What all scenes share.
struct Studio<'a> {
    spec: &'a Spec,
    walkers: Vec<Walker>,
    cutouts: Cutouts,
    noise: Noise,
}

type Made = (SuiteClip, Vec<Placed>);

impl<'a> Studio<'a> {
    fn open(spec: &'a Spec) -> anyhow::Result<Self> {
        let mut walkers = Vec::new();
        for source in &spec.walkers {
            let Some(file) = spec.find(&source.file) else {
                tracing::warn!(
                    "walkers `{}` are left out: `{}` is missing",
                    source.id,
                    source.file.display()
                );
                continue;
            };
            let differs = if source.overcast { colour::differs } else { colour::moved };
            let backdrop = Backdrop::read(&file, source.span, Play::ToAndFro, differs)
                .with_context(|| format!("walkers `{}`", source.id))?;
            let found = Walker::find(source, &backdrop);
            tracing::info!("{} walkers of `{}`", found.len(), source.id);
            walkers.extend(found);
        }
        if walkers.is_empty() {
            bail!("walkers: nobody was found to walk; run `make setup`, which fetches vtest.avi");
        }
        Ok(Self { spec, walkers, cutouts: Cutouts::load(spec)?, noise: Noise::new(spec.seed) })
    }

    fn make_scene(&self, scene: &SceneSpec, options: &Options, out: &Path) -> anyhow::Result<Vec<Made>> {
        let clips: Vec<(Scenario, usize)> = asked(scene, options).collect();
        let Some(file) = self.spec.find(&scene.file) else {
            tracing::warn!("scene `{}` is left out: `{}` is missing", scene.id, scene.file.display());
            return Ok(Vec::new());
        };
        if clips.is_empty() {
            return Ok(Vec::new());
        }
        let start = Instant::now();
        let backdrop = Backdrop::read(&file, scene.span, scene.play, colour::moved)
            .with_context(|| format!("scene `{}`", scene.id))?;
        let walkers = self.walkers_of(scene);
        let ground = scene.ground().context("a scene without scale")?;
        let unattended_secs = f64::from(self.spec.unattended_secs);
        let stage = Stage {
            scene,
            ground,
            backdrop: &backdrop,
            walkers: &walkers,
            cutouts: &self.cutouts,
            unattended_secs,
        };
        let planned: Vec<Clip> = clips
            .into_iter()
            .filter_map(|(scenario, number)| {
                let clip = plan::clip(&stage, scenario, number, self.spec.seed);
                if clip.is_none() {
                    let id = plan::clip_id(&scene.id, scenario, number);
                    tracing::warn!("{id} is left out: it needs cut-outs of coco128");
                }
                clip
            })
            .collect();
        let made = self.make_clips(&planned, &stage, options, out)?;
        let secs = start.elapsed().as_secs_f64();
        tracing::info!("scene `{}`: {} clips in {secs:.0} s", scene.id, made.len());
        Ok(made)
    }

    /// The walkers that a scene names; all where none of those is there.
    fn walkers_of(&self, scene: &SceneSpec) -> Vec<&Walker> {
        let named = |walker: &&Walker| scene.walkers.contains(&walker.source);
        let found: Vec<&Walker> = self.walkers.iter().filter(named).collect();
        if found.is_empty() { self.walkers.iter().collect() } else { found }
    }

    /// Makes clips side by side; their order does not depend on who was first.
    fn make_clips(
        &self,
        planned: &[Clip],
        stage: &Stage<'_>,
        options: &Options,
        out: &Path,
    ) -> anyhow::Result<Vec<Made>> {
        let next = AtomicUsize::new(0);
        let done = Mutex::new(BTreeMap::<usize, anyhow::Result<Made>>::new());
        std::thread::scope(|scope| {
            for _ in 0..options.threads.clamp(1, 64) {
                scope.spawn(|| {
                    while let (index, Some(clip)) = next_of(&next, planned) {
                        let made = self.make_clip(clip, stage, options, out);
                        let is_error = made.is_err();
                        if let Ok(mut done) = done.lock() {
                            done.insert(index, made.with_context(|| clip.id.clone()));
                        }
                        if is_error {
                            next.store(planned.len(), Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        let done = done.into_inner().ok().context("a thread failed")?;
        done.into_values().collect()
    }

    fn make_clip(
        &self,
        clip: &Clip,
        stage: &Stage<'_>,
        options: &Options,
        out: &Path,
    ) -> anyhow::Result<Made> {
        let picture =
            |tick: usize| clip.paint(tick, stage.backdrop, &stage.ground, stage.walkers, &self.noise);
        if options.pictures.is_empty() {
            let coded = encode(clip, stage.backdrop.size_px(), picture)?;
            let units: Option<Vec<gst::Buffer>> = (0..coded.len()).map(|unit| coded.unit(unit)).collect();
            mp4::write(&out.join(format!("{}.mp4", clip.id)), FPS, units.context("a frame is missing")?)?;
        }
        for secs in &options.pictures {
            let path = out.join(format!("{}-{secs}.png", clip.id));
            png::write(&path, &picture((secs * FPS) as usize))?;
        }
        let truth = PathBuf::from(format!("{}.truth.toml", clip.id));
        truth::write(&out.join(&truth), stage.backdrop.size_px(), &clip.placed)?;
        tracing::info!("{} ({} s, {} in its truth)", clip.id, clip.secs, clip.placed.len());
        let tags = Tags {
            scene: stage.scene.id.clone(),
            scenario: clip.scenario,
            scene_kind: stage.scene.scene_kind,
        };
        let suite_clip = SuiteClip {
            id: clip.id.clone(),
            file: PathBuf::from(format!("{}.mp4", clip.id)),
            truth,
            unattended_secs: self.spec.unattended_secs,
            kind: "composed",
            half: stage.scene.half,
            tuned: truth::tuned_on(stage.scene.half),
            tags,
        };
        Ok((suite_clip, clip.placed.clone()))
    }
}

fn next_of<'a>(next: &AtomicUsize, planned: &'a [Clip]) -> (usize, Option<&'a Clip>) {
    let index = next.fetch_add(1, Ordering::Relaxed);
    (index, planned.get(index))
}

fn encode(
    clip: &Clip,
    size_px: (usize, usize),
    picture: impl Fn(usize) -> Picture,
) -> anyhow::Result<CodedLoop> {
    let coding = Coding { bits_per_sec: clip.bits_per_sec, key_frame_every: KEY_FRAME_EVERY };
    let mut encoder = Encoder::new(size_px, FPS, coding)?;
    for tick in 0..clip.frames() {
        encoder.encode(picture(tick))?;
    }
    encoder.finish()
}
