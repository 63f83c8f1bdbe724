//! Writes [`super::BinaryRow`]s field by field, for many rows in one buffer: `BinaryRowWriter.java`.

/// Reusable writer of rows of one arity.
#[derive(Debug, Clone)]
pub struct BinaryRowWriter {
    _arity: usize,
    bytes: Vec<u8>,
}

impl BinaryRowWriter {
    /// For rows of `arity` fields; starts with an empty row.
    pub fn new(arity: usize) -> Self {
        Self { _arity: arity, bytes: Vec::new() }
    }

    /// The bytes of the row written.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}
