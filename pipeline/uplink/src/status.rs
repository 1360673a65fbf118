//! How the connection stands, for metrics and `check`.

/// How the connection stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UplinkStatus {
    /// The hub has welcomed this box, and the stream lives.
    pub is_connected: bool,
    /// Welcomes since the start.
    pub connections: u64,
    /// The highest number that the hub has acknowledged.
    pub acknowledged: u64,
    /// Why the last connection ended or could not be made: in words.
    pub last_end: Option<String>,
}
