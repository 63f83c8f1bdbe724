//! Rows in Paimon's binary layout: format.md §4, `BinaryRow.java`.

use crate::{DataType, Error, Result, Value};
use std::sync::Arc;

/// An encoded row: its number of fields and its bytes, without the frame that manifests put around it.
/// Equality and hash are over the bytes, as in Java.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BinaryRow {
    arity: u32,
    bytes: Arc<[u8]>,
}

impl BinaryRow {
    /// The row without fields: 8 zero bytes.
    pub fn empty() -> Self {
        Self { arity: 0, bytes: Arc::from([0_u8; 8].as_slice()) }
    }

    /// A row from its bytes, as [`super::BinaryRowWriter`] leaves them.
    pub fn from_bytes(arity: u32, bytes: impl Into<Arc<[u8]>>) -> Result<Self> {
        Ok(Self { arity, bytes: bytes.into() })
    }

    /// Encodes `values`; each must fit its type.
    pub fn encode(_types: &[DataType], _values: &[Value]) -> Result<Self> {
        Err(Error::internal("unfinished"))
    }

    /// The values; corrupt offsets and lengths give [`crate::ErrorKind::Corrupt`].
    pub fn decode(&self, _types: &[DataType]) -> Result<Vec<Value>> {
        Err(Error::internal("unfinished"))
    }

    /// Number of fields.
    pub fn arity(&self) -> usize {
        self.arity as usize
    }

    /// The bytes without the frame.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Java's `hashCode`: murmur over all bytes.
    pub fn hash_code(&self) -> i32 {
        crate::murmur::hash_bytes_by_words(&self.bytes)
    }

    /// The bytes as stored in manifests: 4 bytes of arity, big endian, then the row.
    pub fn to_framed(&self) -> Vec<u8> {
        [&self.arity.to_be_bytes()[..], &self.bytes].concat()
    }

    /// The reverse of [`Self::to_framed`].
    pub fn from_framed(_bytes: &[u8]) -> Result<Self> {
        Err(Error::internal("unfinished"))
    }
}
