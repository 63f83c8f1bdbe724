//! What a schema must hold to: `SchemaValidation.java`, `TableSchema.java`.

use super::TableSchema;
use crate::options::{ChangelogProducer, MergeEngine};
use crate::{DataField, Error, Result, SpecialField, TableOptions, TypeKind};

/// File formats that Java knows; which of them this build writes is another question.
const FORMATS: [&str; 10] =
    ["parquet", "orc", "avro", "csv", "json", "text", "row", "blob", "lance", "vortex"];

impl TableSchema {
    /// Checks columns, keys and options against each other. [`crate::ErrorKind::Invalid`] with the first fault.
    pub fn validate(&self) -> Result<()> {
        let options = self.options()?;
        self.check_names()?;
        self.check_key_types()?;
        Self::check_formats(&options)?;
        self.check_bucket(&options)?;
        self.check_field_options()?;
        self.check_sequence(&options)?;
        self.check_row_kind(&options)?;
        self.check_modes(&options)?;
        self.check_changelog(&options)
    }

    fn check_names(&self) -> Result<()> {
        match self.fields.iter().find(|f| SpecialField::is_system(&f.name)) {
            Some(field) => Err(Error::invalid(format!("column name '{}' is reserved", field.name))),
            None => Ok(()),
        }
    }

    fn check_key_types(&self) -> Result<()> {
        for (keys, what) in
            [(&self.primary_keys, "primary key"), (&self.partition_keys, "partition key")]
        {
            for key in keys {
                let field = self.field(key);
                let field = field.ok_or_else(|| Error::invalid(format!("no column '{key}'")))?;
                if !field.data_type.can_be_key() {
                    let message = format!("type {} in {what} '{key}'", field.data_type.kind);
                    return Err(Error::invalid(message));
                }
            }
        }
        if !self.primary_keys.is_empty() && self.trimmed_primary_keys().is_empty() {
            return Err(Error::invalid(format!(
                "primary key ({}) is the same as the partition keys: one row a partition",
                self.primary_keys.join(", ")
            )));
        }
        Ok(())
    }

    fn check_formats(options: &TableOptions) -> Result<()> {
        let levels = options.file_format_per_level.values();
        match levels.chain([&options.file_format]).find(|f| !FORMATS.contains(&f.as_str())) {
            Some(unknown) => Err(Error::invalid(format!("option 'file.format' = '{unknown}'"))
                .with_hint(format!("formats are {}", FORMATS.join(", ")))),
            None => Ok(()),
        }
    }

    fn check_bucket(&self, options: &TableOptions) -> Result<()> {
        let keyed = self.has_primary_key();
        match options.bucket {
            -1 if !options.bucket_keys.is_empty() => {
                return Err(Error::invalid("option 'bucket-key' needs a positive 'bucket'")
                    .with_hint("set 'bucket' to the number of buckets"));
            }
            -1 => return Ok(()),
            -2 if keyed => {}
            bucket if bucket < 1 => {
                return Err(Error::invalid(format!("option 'bucket' = '{bucket}'"))
                    .with_hint("a positive number, -1, or -2 with a primary key"));
            }
            // A table of Paimon 0.7 and before may have one bucket without a key.
            1 if self.version <= 1 => {}
            _ if !keyed && options.bucket_keys.is_empty() => {
                return Err(Error::invalid("an append table with buckets needs 'bucket-key'"));
            }
            _ => {}
        }
        for key in self.bucket_keys() {
            self.check_bucket_key(key)?;
        }
        Ok(())
    }

    fn check_bucket_key(&self, key: &str) -> Result<()> {
        let wrong = |why: &str| Err(Error::invalid(format!("bucket key '{key}' {why}")));
        let Some(field) = self.field(key) else { return wrong("is not a column") };
        if self.partition_keys.iter().any(|p| p == key) {
            return wrong("is a partition key");
        }
        if self.has_primary_key() && !self.primary_keys.iter().any(|p| p == key) {
            return wrong("is not in the primary key");
        }
        if field.data_type.is_nested() { wrong("has a nested type") } else { Ok(()) }
    }

    /// `fields.<a,b>.…` must name columns.
    fn check_field_options(&self) -> Result<()> {
        for key in self.options.keys() {
            let Some(names) = key.strip_prefix("fields.").and_then(|k| k.split('.').next()) else {
                continue;
            };
            let missing = names
                .split(',')
                .find(|name| *name != "default-aggregate-function" && self.field(name).is_none());
            if let Some(missing) = missing {
                return Err(Error::invalid(format!("option '{key}': no column '{missing}'")));
            }
        }
        Ok(())
    }

    fn check_sequence(&self, options: &TableOptions) -> Result<()> {
        let fields = &options.sequence_fields;
        for (i, name) in fields.iter().enumerate() {
            let wrong = |why: &str| Err(Error::invalid(format!("sequence field '{name}' {why}")));
            if self.field(name).is_none() {
                return wrong("is not a column");
            }
            if self.options.contains_key(&format!("fields.{name}.aggregate-function")) {
                return wrong("has an aggregate function");
            }
            if fields.iter().take(i).any(|earlier| earlier == name) {
                return wrong("is named twice");
            }
        }
        if fields.is_empty() {
            return Ok(());
        }
        if options.merge_engine == MergeEngine::FirstRow {
            return Err(Error::invalid(
                "option 'sequence.field' with 'merge-engine' = 'first-row'",
            ));
        }
        if self.is_cross_partition() {
            return Err(Error::invalid(
                "option 'sequence.field' although the primary key lacks partition keys",
            ));
        }
        Ok(())
    }

    /// Whether a key may move from partition to partition: the primary key lacks a partition key.
    pub fn is_cross_partition(&self) -> bool {
        self.has_primary_key() && self.partition_keys.iter().any(|p| !self.primary_keys.contains(p))
    }

    fn check_row_kind(&self, options: &TableOptions) -> Result<()> {
        let named = options.rowkind_field.as_deref();
        match named.filter(|name| self.field(name).is_none()) {
            Some(name) => Err(Error::invalid(format!("rowkind.field '{name}' is not a column"))),
            None => self.check_expiry_field(),
        }
    }

    fn check_expiry_field(&self) -> Result<()> {
        let Some(name) = self.options.get("record-level.time-field") else { return Ok(()) };
        let is_time = |field: &DataField| {
            field.data_type.is_timestamp()
                || matches!(field.data_type.kind, TypeKind::Int | TypeKind::BigInt)
        };
        if self.field(name).is_some_and(is_time) {
            return Ok(());
        }
        let message =
            format!("record-level.time-field '{name}' is no INT, BIGINT or TIMESTAMP column");
        Err(Error::invalid(message))
    }

    fn check_modes(&self, options: &TableOptions) -> Result<()> {
        let flag = |key: &str| {
            self.options.get(key).is_some_and(|value| value.eq_ignore_ascii_case("true"))
        };
        if options.row_tracking_enabled && (self.has_primary_key() || options.bucket != -1) {
            return Err(Error::invalid(
                "option 'row-tracking.enabled' needs a table without primary key and buckets",
            ));
        }
        if options.data_evolution_enabled && !options.row_tracking_enabled {
            let message = "option 'data-evolution.enabled' needs 'row-tracking.enabled' = 'true'";
            return Err(Error::invalid(message));
        }
        if flag("primary-key.nullable") && !self.has_primary_key() {
            return Err(Error::invalid("option 'primary-key.nullable' needs a primary key"));
        }
        if options.snapshot_sequence_ordering {
            self.check_snapshot_ordering(options)?;
        }
        let first_row = options.merge_engine == MergeEngine::FirstRow;
        if options.deletion_vectors_enabled && first_row && !flag("pk-clustering-override") {
            return Err(Error::invalid("deletion vectors with 'merge-engine' = 'first-row'"));
        }
        Ok(())
    }

    /// `SchemaValidation.validateSnapshotSequenceOrdering`.
    fn check_snapshot_ordering(&self, options: &TableOptions) -> Result<()> {
        let wrong =
            |what: &str| Error::invalid(format!("option 'sequence.snapshot-ordering' {what}"));
        if !self.has_primary_key() {
            return Err(wrong("needs a primary key"));
        }
        if !options.sequence_fields.is_empty() {
            return Err(wrong("with 'sequence.field': the snapshot alone orders rows"));
        }
        if !options.write_only {
            let hint =
                "rows have their snapshot once they are committed; compact with a job of its own";
            return Err(wrong("needs 'write-only' = 'true'").with_hint(hint));
        }
        Ok(())
    }

    fn check_changelog(&self, options: &TableOptions) -> Result<()> {
        let producer = options.changelog_producer;
        let wrong = |with: &str| {
            Err(Error::invalid(format!("option 'changelog-producer' = '{producer}' {with}")))
        };
        if producer == ChangelogProducer::None {
            return Ok(());
        }
        if !self.has_primary_key() {
            return wrong("needs a primary key");
        }
        if options.merge_engine == MergeEngine::FirstRow && producer != ChangelogProducer::Lookup {
            return wrong("with 'merge-engine' = 'first-row'");
        }
        if options.deletion_vectors_enabled && producer == ChangelogProducer::FullCompaction {
            return wrong("with deletion vectors");
        }
        let delta_commits = self.options.contains_key("full-compaction.delta-commits");
        if delta_commits && producer == ChangelogProducer::Lookup {
            return wrong("with 'full-compaction.delta-commits'");
        }
        Ok(())
    }
}
