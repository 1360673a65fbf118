//! The rules: what they look for, and when they speak.

pub(crate) mod abandoned;
pub(crate) mod density;
pub(crate) mod movement;
pub(crate) mod validity;
