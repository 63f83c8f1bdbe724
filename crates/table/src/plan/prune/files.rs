//! Files that a filter leaves, by what their manifest entries say.

use std::collections::HashMap;
use std::sync::Arc;

use rimon_spec::{
    ColumnStats, DataField, DataFileMeta, DataType, Predicate, TableSchema, TypeKind, Value, path,
};

use super::stats::StatsRow;
use crate::plan::file_index::indexed_rows;

/// Prunes files by the statistics and indexes in their manifest entries.
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
    /// `predicate` speaks of columns of `schema`; `use_indexes`: also the file indexes in manifests.
    pub(crate) fn new(
        schema: &'a TableSchema,
        file_schemas: &'a HashMap<i64, Arc<TableSchema>>,
        use_indexes: bool,
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
            use_indexes,
        }
    }

    /// Whether only the key is spoken of.
    pub(crate) fn is_of_keys(&self) -> bool {
        self.key_predicate == self.predicate
    }

    /// By key range: safe for every file of a primary-key table, since it drops all versions of a key or none.
    pub(crate) fn keys_may_match(&self, file: &DataFileMeta) -> bool {
        if self.key_predicate == Predicate::True {
            return true;
        }
        let names = self.schema.trimmed_primary_keys();
        let rows = Some(file.row_count);
        let Some(stats) = StatsRow::new(&file.key_stats, self.key_types.len(), rows) else {
            return true;
        };
        self.key_predicate.may_match(&|name| {
            let index = names.iter().position(|n| *n == name)?;
            let data_type = self.key_types.get(index)?;
            reads_back(file, &data_type.kind).then(|| stats.column(index, data_type)).flatten()
        })
    }

    /// By all columns: for files that are read without a merge, and for those that are merged where rows come out as
    /// they went in.
    pub(crate) fn rows_may_match(&self, file: &DataFileMeta) -> bool {
        self.stats_may_match(file) && self.index_may_match(file)
    }

    /// By the statistics of columns, of files that hold columns of the same rows: the newest that has a column gives
    /// its values (`DataEvolutionFileStoreScan.java`).
    pub(crate) fn columns_may_match(&self, files: &[DataFileMeta]) -> bool {
        let nulls = files.first().map(|file| file.row_count);
        self.predicate.may_match(&|name| {
            let field = self.schema.field(name)?;
            let holders = || files.iter().filter(|file| self.holds(file, field));
            let Some(newest) = holders().map(|file| file.max_sequence_number).max() else {
                let (min, max) = (Value::Null, Value::Null);
                return Some(ColumnStats { min, max, null_count: nulls, row_count: nulls });
            };
            let mut newest = holders().filter(|file| file.max_sequence_number == newest);
            match (newest.next(), newest.next()) {
                (Some(file), None) => FileStats::of(file, self.file_schemas)?.column(field),
                _ => None,
            }
        })
    }

    /// Whether a file has a column; unknown schemas are taken to have it.
    fn holds(&self, file: &DataFileMeta, field: &DataField) -> bool {
        let Some(schema) = self.file_schemas.get(&file.schema_id) else { return true };
        let Some(in_file) = schema.field_by_id(field.id) else { return false };
        file.write_cols.as_ref().is_none_or(|names| names.contains(&in_file.name))
    }

    /// By the file index in the manifest.
    pub(crate) fn index_may_match(&self, file: &DataFileMeta) -> bool {
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
                .filter_map(|name| match self.schema.map_key(name) {
                    Some(of_map) => Some(of_map.values),
                    None => self.schema.field(name).map(|field| &field.data_type),
                })
                .any(|data_type| !reads_back(file, &data_type.kind));
        let rows = |p| indexed_rows(index, p, self.schema, file_schema, file);
        skip || rows(&self.predicate).is_none_or(|rows| !rows.is_empty())
    }

    /// By the bounds and null counts of columns.
    pub(crate) fn stats_may_match(&self, file: &DataFileMeta) -> bool {
        match self.predicate {
            Predicate::True => return true,
            Predicate::False => return false,
            _ => {}
        }
        let Some(stats) = FileStats::of(file, self.file_schemas) else { return true };
        self.predicate.may_match(&|name| stats.column(self.schema.field(name)?))
    }
}

/// The statistics of the columns of one file, as its manifest entry has them.
#[derive(Debug)]
pub(crate) struct FileStats<'a> {
    file: &'a DataFileMeta,
    file_schema: &'a TableSchema,
    columns: StatsColumns<'a>,
    stats: StatsRow<'a>,
}

impl<'a> FileStats<'a> {
    /// `None` when nothing is known.
    pub(crate) fn of(
        file: &'a DataFileMeta,
        file_schemas: &'a HashMap<i64, Arc<TableSchema>>,
    ) -> Option<Self> {
        let file_schema = file_schemas.get(&file.schema_id)?;
        let columns = StatsColumns::of(file, file_schema);
        let stats = StatsRow::new(&file.value_stats, columns.len(), Some(file.row_count))?;
        Some(Self { file, file_schema, columns, stats })
    }

    /// Bounds and null count of a column of today; `None` when nothing is known.
    pub(crate) fn column(&self, field: &DataField) -> Option<ColumnStats> {
        let Some(in_file) = self.file_schema.field_by_id(field.id) else {
            // Added after the file was written: null in every row.
            return Some(ColumnStats {
                min: Value::Null,
                max: Value::Null,
                null_count: Some(self.file.row_count),
                row_count: Some(self.file.row_count),
            });
        };
        if !reads_back(self.file, &in_file.data_type.kind) {
            return None;
        }
        let index = self.columns.position(in_file)?;
        self.stats.column_as(index, &in_file.data_type, &field.data_type)
    }

    /// Whether a column of today is known to hold no null in the file.
    pub(crate) fn is_filled(&self, field: &DataField) -> bool {
        let Some(in_file) = self.file_schema.field_by_id(field.id) else { return false };
        // What is converted may become null; what nested columns count depends on the writer.
        let as_it_is =
            in_file.data_type.kind == field.data_type.kind && field.data_type.is_scalar();
        let nulls = || self.stats.nulls(self.columns.position(in_file)?);
        as_it_is && nulls() == Some(0)
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
#[derive(Debug)]
enum StatsColumns<'a> {
    All(&'a [DataField]),
    Named(&'a [String]),
}

impl<'a> StatsColumns<'a> {
    fn of(file: &'a DataFileMeta, schema: &'a TableSchema) -> Self {
        match file.value_stats_cols.as_ref().or(file.write_cols.as_ref()) {
            Some(names) => Self::Named(names),
            None => Self::All(&schema.fields),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::All(fields) => fields.len(),
            Self::Named(names) => names.len(),
        }
    }

    fn position(&self, field: &DataField) -> Option<usize> {
        match self {
            Self::All(fields) => fields.iter().position(|f| f.id == field.id),
            Self::Named(names) => names.iter().position(|n| *n == field.name),
        }
    }
}
