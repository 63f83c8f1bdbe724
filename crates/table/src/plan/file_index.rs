//! What the file index of a data file says about a filter: format.md §12.2, `FileIndexEvaluator.java`.

use std::ops::Range;

use rimon_spec::index::FileIndex;
use rimon_spec::{DataField, DataFileMeta, MapKey, Predicate, TableSchema};

/// Rows of `file` that may pass `predicate`, by the index in `bytes`; `None` when nothing is known: an index that
/// cannot be read costs pruning, never rows. `predicate` speaks of columns of `schema`.
pub(crate) fn indexed_rows(
    bytes: &[u8],
    predicate: &Predicate,
    schema: &TableSchema,
    file_schema: &TableSchema,
    file: &DataFileMeta,
) -> Option<Vec<Range<u64>>> {
    let index = FileIndex::open(bytes).ok()?;
    let field_of = |name: &str| {
        let map_key = schema.map_key(name);
        let field = map_key.map_or_else(|| schema.field(name), |m| Some(m.field))?;
        let in_file = file_schema.field_by_id(field.id)?;
        // The index holds values of the type of then.
        let same = in_file.data_type.kind == field.data_type.kind;
        same.then(|| match map_key {
            Some(m) => {
                let name = MapKey::name_of(&in_file.name, m.key);
                DataField::new(in_file.id, name, m.values.clone())
            }
            None => in_file.clone(),
        })
    };
    index.matching(predicate, &field_of, u64::try_from(file.row_count).ok()?)
}
