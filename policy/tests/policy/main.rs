//! The language on whole files: what parses, what is refused and how, and who must sign.

#[cfg(test)]
mod edits;
mod examples;
#[cfg(test)]
mod fuzzed;
#[cfg(test)]
mod replay;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod signatures;
#[cfg(test)]
mod succession;
#[cfg(test)]
mod texts;
