//! pipeline/uplink
