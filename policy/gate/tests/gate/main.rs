//! The gate, rule by rule: what leaves, what does not, and how coarse it is.

#[cfg(test)]
mod coarse;
#[cfg(test)]
mod health;
#[cfg(test)]
mod imagery;
#[cfg(test)]
mod policies;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod town;
#[cfg(test)]
mod trials;
