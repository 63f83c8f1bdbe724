//! What a filter says about partitions, buckets and files. Dropping is always safe: only what cannot match is dropped.

use std::collections::HashMap;
use std::sync::Arc;

use rimon_spec::{
    BinaryRow, ColumnStats, DataField, DataFileMeta, DataType, ManifestEntry, ManifestFileMeta,
    Predicate, Result, SimpleStats, TableOptions, TableSchema, Test, TypeKind, Value, bucket,
    options::BucketFunction, path,
};

use super::file_index::indexed_rows;

/// Combinations of key values that are hashed at most to prune buckets.
const MAX_BUCKET_KEYS: usize = 1000;

/// The part of a filter that speaks of partition columns only; exact.
#[derive(Debug)]
pub(crate) struct PartitionFilter {
    names: Vec<String>,
    types: Vec<DataType>,
    predicate: Predicate,
}

impl PartitionFilter {
    /// `predicate` speaks of partition columns only.
    pub(crate) fn new(schema: &TableSchema, predicate: &Predicate) -> Result<Self> {
        let fields = schema.partition_fields();
        Ok(Self {
            names: fields.iter().map(|f| f.name.clone()).collect(),
            types: fields.iter().map(|f| f.data_type.clone()).collect(),
            predicate: predicate.clone(),
        })
    }

    /// Whether a partition passes.
    pub(crate) fn matches(&self, partition: &BinaryRow) -> Result<bool> {
        if self.predicate == Predicate::True {
            return Ok(true);
        }
        let values = partition.decode(&self.types)?;
        let value_of = |name: &str| {
            let index = self.names.iter().position(|n| n == name);
            index.and_then(|i| values.get(i)).cloned().unwrap_or(Value::Null)
        };
        Ok(self.predicate.eval(&value_of) == Some(true))
    }

    /// Whether a manifest may hold entries of partitions that pass; statistics that cannot be read keep it.
    pub(crate) fn may_match_manifest(&self, meta: &ManifestFileMeta) -> bool {
        if self.predicate == Predicate::True {
            return true;
        }
        let Some(stats) = decode_stats(&meta.partition_stats, &self.types, None) else {
            return true;
        };
        self.predicate.may_match(&|name| {
            let index = self.names.iter().position(|n| n == name)?;
            stats.get(index).cloned()
        })
    }
}

/// The buckets a filter leaves, from equalities on every column of the bucket key.
#[derive(Debug)]
pub(crate) struct BucketFilter {
    hashes: Option<Vec<i32>>,
}

impl BucketFilter {
    /// No pruning unless the filter fixes all bucket keys and the table hashes them in the default way.
    pub(crate) fn new(
        schema: &TableSchema,
        options: &TableOptions,
        predicate: &Predicate,
    ) -> Result<Self> {
        if matches!(options.bucket, i32::MIN..=-3 | -1..=0)
            || options.bucket_function != BucketFunction::Default
        {
            return Ok(Self { hashes: None });
        }
        let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
        let mut types = Vec::new();
        for name in schema.bucket_keys() {
            let (Some(field), Some(values)) = (schema.field(name), fixed_values(predicate, name))
            else {
                return Ok(Self { hashes: None });
            };
            if rows.len().saturating_mul(values.len()) > MAX_BUCKET_KEYS {
                return Ok(Self { hashes: None });
            }
            types.push(field.data_type.clone());
            rows = rows
                .iter()
                .flat_map(|row| {
                    values.iter().map(|v| [row.as_slice(), std::slice::from_ref(v)].concat())
                })
                .collect();
        }
        if types.is_empty() {
            return Ok(Self { hashes: None });
        }
        let hashes = rows
            .iter()
            .map(|row| Ok(BinaryRow::encode(&types, row)?.hash_code()))
            .collect::<Result<Vec<_>>>()?;
        Ok(Self { hashes: Some(hashes) })
    }

    /// Whether the entry's bucket can hold one of the keys. Uses the entry's own number of buckets.
    pub(crate) fn matches(&self, entry: &ManifestEntry) -> bool {
        match &self.hashes {
            Some(hashes) if entry.total_buckets > 0 => hashes
                .iter()
                .any(|h| bucket::bucket_of_hash(*h, entry.total_buckets) == entry.bucket),
            _ => true,
        }
    }
}

/// The values a conjunction allows for a column, when it names them by `=` or `IN`.
fn fixed_values(predicate: &Predicate, name: &str) -> Option<Vec<Value>> {
    match predicate {
        Predicate::Leaf { column, test: Test::Eq(value) } if column == name => {
            Some(vec![value.clone()])
        }
        Predicate::Leaf { column, test: Test::In(values) } if column == name => {
            Some(values.clone())
        }
        Predicate::And(parts) => parts.iter().find_map(|p| fixed_values(p, name)),
        _ => None,
    }
}

/// Prunes files by the statistics in their manifest entries.
#[derive(Debug)]
pub(crate) struct FileFilter<'a> {
    schema: &'a TableSchema,
    /// Schemas of the files, by id.
    file_schemas: &'a HashMap<i64, Arc<TableSchema>>,
    key_types: Vec<DataType>,
    key_predicate: Predicate,
    predicate: Predicate,
    use_indexes: bool,
}

impl<'a> FileFilter<'a> {
    /// `predicate` speaks of columns of `schema`.
    pub(crate) fn new(
        schema: &'a TableSchema,
        file_schemas: &'a HashMap<i64, Arc<TableSchema>>,
        predicate: &Predicate,
    ) -> Self {
        let keys = schema.trimmed_primary_keys();
        let (key_predicate, _) = predicate.clone().split_by_columns(&|name| keys.contains(&name));
        Self {
            schema,
            file_schemas,
            key_types: schema.key_fields().into_iter().map(|f| f.data_type.clone()).collect(),
            key_predicate,
            predicate: predicate.clone(),
            use_indexes: false,
        }
    }

    /// The same with the file indexes in manifests, if wanted.
    pub(crate) fn with_indexes(self, wanted: bool) -> Self {
        Self { use_indexes: wanted, ..self }
    }

    /// The part of the filter that may be used below a merge: it speaks of the trimmed primary key only.
    pub(crate) fn key_predicate(&self) -> &Predicate {
        &self.key_predicate
    }

    /// By key range: safe for every file of a primary-key table, since it drops all versions of a key or none.
    pub(crate) fn keys_may_match(&self, file: &DataFileMeta) -> bool {
        if self.key_predicate == Predicate::True {
            return true;
        }
        let names = self.schema.trimmed_primary_keys();
        let Some(stats) = decode_stats(&file.key_stats, &self.key_types, Some(file.row_count))
        else {
            return true;
        };
        self.key_predicate.may_match(&|name| {
            let index = names.iter().position(|n| *n == name)?;
            let faithful = reads_back(file, &self.key_types.get(index)?.kind);
            stats.get(index).filter(|_| faithful).cloned()
        })
    }

    /// By all columns: only for files that are read without a merge.
    pub(crate) fn rows_may_match(&self, file: &DataFileMeta) -> bool {
        self.stats_may_match(file) && self.index_may_match(file)
    }

    fn index_may_match(&self, file: &DataFileMeta) -> bool {
        let (Some(index), Some(file_schema)) =
            (&file.embedded_index, self.file_schemas.get(&file.schema_id))
        else {
            return true;
        };
        let columns = self.predicate.columns();
        let skip = !self.use_indexes
            || columns.is_empty()
            || columns
                .iter()
                .filter_map(|name| self.schema.field(name))
                .any(|field| !reads_back(file, &field.data_type.kind));
        let rows = |p| indexed_rows(index, p, self.schema, file_schema, file);
        skip || rows(&self.predicate).is_none_or(|rows| !rows.is_empty())
    }

    fn stats_may_match(&self, file: &DataFileMeta) -> bool {
        if self.predicate == Predicate::True {
            return true;
        }
        let Some(file_schema) = self.file_schemas.get(&file.schema_id) else { return true };
        let columns = stats_columns(file, file_schema);
        let types: Vec<_> = columns.iter().map(|f| f.data_type.clone()).collect();
        let Some(stats) = decode_stats(&file.value_stats, &types, Some(file.row_count)) else {
            return true;
        };
        self.predicate.may_match(&|name| {
            let field = self.schema.field(name)?;
            match file_schema.field_by_id(field.id) {
                // Added after the file was written: null in every row.
                None => Some(ColumnStats {
                    min: Value::Null,
                    max: Value::Null,
                    null_count: Some(file.row_count),
                    row_count: Some(file.row_count),
                }),
                Some(in_file)
                    if in_file.data_type.kind == field.data_type.kind
                        && reads_back(file, &field.data_type.kind) =>
                {
                    let index = columns.iter().position(|c| c.id == field.id)?;
                    stats.get(index).cloned()
                }
                Some(_) => None,
            }
        })
    }
}

/// Whether a file gives back the values that its statistics were taken of. ORC does not: early timestamps are
/// shifted and CHAR loses trailing spaces, in Java as here, so that bounds say nothing of what is read.
fn reads_back(file: &DataFileMeta, kind: &TypeKind) -> bool {
    let shifted = matches!(
        kind,
        TypeKind::Timestamp { .. } | TypeKind::LocalZonedTimestamp { .. } | TypeKind::Char { .. }
    );
    !(shifted && path::format_of(&file.file_name) == Some("orc"))
}

/// The columns `value_stats` speaks of, in order: format.md §8, dense store.
fn stats_columns<'s>(file: &DataFileMeta, schema: &'s TableSchema) -> Vec<&'s DataField> {
    match file.value_stats_cols.as_ref().or(file.write_cols.as_ref()) {
        Some(names) => names.iter().filter_map(|n| schema.field(n)).collect(),
        None => schema.fields.iter().collect(),
    }
}

/// Statistics per column; `None` when they do not fit the columns, which then prune nothing.
fn decode_stats(
    stats: &SimpleStats,
    types: &[DataType],
    rows: Option<i64>,
) -> Option<Vec<ColumnStats>> {
    let arity = types.len();
    if stats.min_values.arity() != arity || stats.max_values.arity() != arity {
        return None;
    }
    let min = stats.min_values.decode(types).ok()?;
    let max = stats.max_values.decode(types).ok()?;
    let columns = min.into_iter().zip(max).enumerate().map(|(i, (min, max))| ColumnStats {
        min,
        max,
        null_count: stats.null_counts.as_ref().and_then(|n| n.get(i).copied().flatten()),
        row_count: rows,
    });
    Some(columns.collect())
}
