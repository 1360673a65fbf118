//! The one integration binary: what is true of the workspace and of the real executables.

mod architecture;
