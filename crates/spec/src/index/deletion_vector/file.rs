//! Index files of deletion vectors: `DeletionVectorsIndexFile.java`.

use super::{DeletionVector, VectorKind, recorded_length};
use crate::{DeletionVectorRange, Error, Result};

/// `_INDEX_TYPE` of these files.
pub const INDEX_TYPE: &str = "DELETION_VECTORS";

/// First byte of the file.
const VERSION: u8 = 1;

/// The bytes of an index file with the vectors of these data files, and what its index manifest entry records of each.
/// Without vectors it holds the version only, as Java leaves it when the last one goes.
///
/// # Errors
/// Those of [`DeletionVector::encode`].
pub fn encode_index_file<'a>(
    vectors: impl IntoIterator<Item = (&'a str, &'a DeletionVector)>,
    kind: VectorKind,
) -> Result<(Vec<u8>, Vec<DeletionVectorRange>)> {
    let mut bytes = vec![VERSION];
    let mut ranges = Vec::new();
    let large = || Error::exhausted("an index file of deletion vectors would be larger than 2 GiB");
    for (data_file, vector) in vectors {
        let framed = vector.encode(kind)?;
        let size = u32::try_from(framed.len().saturating_sub(super::FRAME)).map_err(|_| large())?;
        ranges.push(DeletionVectorRange {
            data_file: data_file.to_owned(),
            offset: i32::try_from(bytes.len()).map_err(|_| large())?,
            length: i32::try_from(recorded_length(kind, size)).map_err(|_| large())?,
            cardinality: i64::try_from(vector.cardinality()).ok(),
        });
        bytes.extend_from_slice(&framed);
    }
    Ok((bytes, ranges))
}
