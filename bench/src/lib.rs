//! What the camera simulator and the scene composer share: recordings, the drawn bag, masks, coding.

pub mod footage;

pub mod colour;

pub mod mask;

pub mod bag;

pub mod loops;

pub mod mp4;

pub mod png;
