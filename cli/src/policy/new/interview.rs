//! The way through the questions, the same at the terminal and with a file.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};

use anyhow::bail;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::kind::Kind;
use super::questions::{APPROVERS, CAMERAS, CITY, Group, PURPOSE, PURPOSE_TEXT, Question, SITES, WHO};
use crate::screen::harmless;

/// What stands where nothing is answered.
#[derive(Debug, Clone, Copy)]
pub(super) enum Default {
    /// Nothing: there must be an answer.
    None,
    /// Always this.
    Is(&'static str),
    /// It depends on what was answered before; nothing where it is empty.
    Of(fn(&Answered) -> String),
}

/// The answers, by the path of their question: `country`, `site[0].name`, `purpose_text.nl`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answered {
    answers: BTreeMap<String, Vec<String>>,
    counts: BTreeMap<&'static str, usize>,
    /// The day of the interview.
    pub(super) today: Date,
}

impl Answered {
    /// The answer; nothing where there is none.
    pub(super) fn one(&self, path: &str) -> &str {
        self.many(path).first().map_or("", String::as_str)
    }

    /// All items of an answer.
    pub(super) fn many(&self, path: &str) -> &[String] {
        self.answers.get(path).map_or(&[], Vec::as_slice)
    }

    /// An answer that is a day; today where it is none.
    pub(super) fn day(&self, path: &str) -> Date {
        self.one(path).parse().unwrap_or(self.today)
    }

    /// How many of a group there are.
    pub(super) fn count(&self, group: &str) -> usize {
        self.counts.get(group).copied().unwrap_or(0)
    }
}

/// A question as it is put, after all that was answered before.
pub(super) struct Asked<'q> {
    /// Where its answer belongs.
    pub(super) path: &'q str,
    /// What is asked.
    pub(super) ask: &'q str,
    /// All else about it.
    pub(super) question: &'q Question,
    /// What stands if there is no answer; nothing where there must be one.
    pub(super) default: &'q str,
    /// The only answers, where earlier ones leave only these.
    pub(super) choices: &'q [String],
    /// What others of its group answered, where no two may answer the same.
    pub(super) taken: &'q [String],
}

impl Asked<'_> {
    /// The answer as it is taken.
    ///
    /// # Errors
    /// What was expected.
    pub(super) fn take(&self, given: Vec<String>) -> Result<Vec<String>, String> {
        let answer = self.question.kind.take(given)?;
        if let Some(taken) = answer.iter().find(|one| self.taken.contains(one)) {
            return Err(format!("another one than before: `{taken}` is there already"));
        }
        if self.choices.is_empty() || answer.iter().all(|one| self.choices.contains(one)) {
            return Ok(answer);
        }
        Err(format!("one of {}", self.choices.join(", ")))
    }

    /// Whether nothing is an answer to it.
    pub(super) fn may_be_empty(&self) -> bool {
        matches!(self.question.kind, Kind::DayOrNot | Kind::KeyOrNot)
    }
}

/// Where answers come from.
pub(super) trait Source {
    /// An answer that the question takes; none where there is none and no default.
    fn answer(&mut self, asked: &Asked<'_>) -> anyhow::Result<Option<Vec<String>>>;

    /// Whether there is one more of a group, after so many.
    fn another(&mut self, group: &Group, so_far: usize) -> anyhow::Result<bool>;
}

/// An interview that has begun.
pub(super) struct Interview {
    answered: Answered,
}

impl Interview {
    /// On the day of this moment.
    pub(super) fn new(now: Timestamp) -> Self {
        let today = now.to_zoned(TimeZone::UTC).date();
        Self { answered: Answered { answers: BTreeMap::new(), counts: BTreeMap::new(), today } }
    }

    /// Goes through all questions.
    ///
    /// # Errors
    /// Those of the source, and answers that contradict each other.
    pub(super) fn run(mut self, source: &mut impl Source) -> anyhow::Result<Answered> {
        self.ask_all(source, "", WHO)?;
        self.ask_all(source, "", PURPOSE)?;
        for language in self.answered.many("languages").to_vec() {
            let (path, ask) =
                (format!("purpose_text.{language}"), format!("{} {language}?", PURPOSE_TEXT.ask));
            self.ask(source, path, &ask, &PURPOSE_TEXT)?;
        }
        self.ask_all(source, "", CITY)?;
        for group in [APPROVERS, SITES, CAMERAS] {
            self.ask_group(source, &group)?;
        }
        Ok(self.answered)
    }

    fn ask_group(&mut self, source: &mut impl Source, group: &Group) -> anyhow::Result<()> {
        let mut count = 0;
        while count < group.least || source.another(group, count)? {
            self.ask_all(source, &format!("{}[{count}].", group.key), group.questions)?;
            count += 1;
        }
        self.answered.counts.insert(group.key, count);
        Ok(())
    }

    fn ask_all(&mut self, source: &mut impl Source, at: &str, questions: &[Question]) -> anyhow::Result<()> {
        for question in questions {
            if (question.asked)(&self.answered, at) {
                let taken = if question.unlike_others { self.others(at, question.key) } else { Vec::new() };
                self.ask_unlike(source, format!("{at}{}", question.key), question.ask, question, &taken)?;
            }
        }
        Ok(())
    }

    /// What the others of the group that `at` is in answered: `site[0].` and `site[1].` of `site[2].`.
    fn others(&self, at: &str, key: &str) -> Vec<String> {
        let Some((group, _)) = at.split_once('[') else { return Vec::new() };
        let of_group =
            |path: &str| path.starts_with(&format!("{group}[")) && path.ends_with(&format!("].{key}"));
        let others = self.answered.answers.iter().filter(|(path, _)| of_group(path));
        others.flat_map(|(_, answer)| answer.clone()).collect()
    }

    fn ask(
        &mut self,
        source: &mut impl Source,
        path: String,
        ask: &str,
        question: &Question,
    ) -> anyhow::Result<()> {
        self.ask_unlike(source, path, ask, question, &[])
    }

    fn ask_unlike(
        &mut self,
        source: &mut impl Source,
        path: String,
        ask: &str,
        question: &Question,
        taken: &[String],
    ) -> anyhow::Result<()> {
        let default = match question.default {
            Default::None => String::new(),
            Default::Is(default) => default.to_owned(),
            Default::Of(default) => default(&self.answered),
        };
        let choices = question.choices.map(|choices| choices(&self.answered)).unwrap_or_default();
        let asked = Asked { path: &path, ask, question, default: &default, choices: &choices, taken };
        if let Some(answer) = source.answer(&asked)? {
            self.answered.answers.insert(path, answer);
        }
        Ok(())
    }
}

/// The items of an answer on one line.
pub(super) fn items(kind: Kind, line: &str) -> Vec<String> {
    match kind.separator() {
        Some(between) => line.split(between).map(|item| item.trim().to_owned()).collect(),
        None => vec![line.trim().to_owned()],
    }
}

/// A person at a terminal.
pub(super) struct Terminal<R, W> {
    input: R,
    output: W,
}

impl<R: BufRead, W: Write> Terminal<R, W> {
    /// Asks on `output`, and reads from `input`.
    pub(super) fn new(input: R, output: W) -> Self {
        Self { input, output }
    }

    /// Says how to go on, and how to stop.
    ///
    /// # Errors
    /// Where nobody can read it.
    pub(super) fn greet(mut self, out: &str) -> anyhow::Result<Self> {
        writeln!(
            self.output,
            "Enter takes what stands in brackets; Ctrl-C stops, and nothing is written before the last answer.\n\
             The policy goes to {out}; it is plain text, and can be mended there.\n\
             Marks behind articles: V read in a source, K from knowledge, U not verified, when this was written."
        )?;
        Ok(self)
    }

    fn line(&mut self, prompt: &str) -> anyhow::Result<String> {
        write!(self.output, "{prompt}: ")?;
        self.output.flush()?;
        let mut line = String::new();
        if self.input.read_line(&mut line)? == 0 {
            bail!("the input ended at `{}`; nothing was written", prompt.trim());
        }
        Ok(line.trim().to_owned())
    }
}

impl<R: BufRead, W: Write> Source for Terminal<R, W> {
    fn answer(&mut self, asked: &Asked<'_>) -> anyhow::Result<Option<Vec<String>>> {
        writeln!(self.output, "\n{}\n  {}", asked.ask, asked.question.why)?;
        let default = asked.default;
        let shown = if default.is_empty() { String::new() } else { format!(" [{}]", harmless(default)) };
        loop {
            let line = self.line(&format!(">{shown}"))?;
            let line = if line.is_empty() { default } else { &line };
            if line.is_empty() && !asked.may_be_empty() {
                writeln!(self.output, "  an answer is needed")?;
                continue;
            }
            match asked.take(items(asked.question.kind, line)) {
                Ok(answer) => return Ok(Some(answer)),
                Err(expected) => writeln!(self.output, "  expected {expected}")?,
            }
        }
    }

    fn another(&mut self, group: &Group, so_far: usize) -> anyhow::Result<bool> {
        loop {
            let line = self.line(&format!("\nIs there another {} after these {so_far}? [no]", group.one))?;
            let line = if line.is_empty() { "no".to_owned() } else { line };
            match Kind::YesNo.take(vec![line]) {
                Ok(answer) => return Ok(answer.first().is_some_and(|answer| answer == "yes")),
                Err(expected) => writeln!(self.output, "  expected {expected}")?,
            }
        }
    }
}
