//! policy/gate
