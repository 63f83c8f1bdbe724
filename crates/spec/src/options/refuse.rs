//! What this build does not do, refused by name: an option that is accepted is honoured.

use super::enums::{ChangelogProducer, MergeEngine, SortOrder};
use super::read::parse_flag;
use super::{ParquetOptions, TableOptions};
use crate::{Error, Result};

/// Flags that change what a read gives.
const READ_FLAGS: &[&str] = &[
    "blob-as-descriptor",
    "key-value.sequence_number.enabled",
    "postpone.merge-on-read",
    "primary-key.nullable",
    "query-auth.enabled",
    "scan.ignore-corrupt-files",
    "scan.ignore-lost-files",
];

/// Keys that change what a read gives when they are set at all.
const READ_KEYS: &[&str] = &[
    "blob-descriptor-field",
    "blob-external-storage-field",
    "blob-view-field",
    "blob.stored-descriptor-fields",
    "incremental-between",
    "incremental-between-timestamp",
    "incremental-to-auto-tag",
    "scan.bucket",
    "scan.creation-time-millis",
    "scan.file-creation-time-millis",
    "scan.primary-branch",
    "scan.snapshot-id",
    "scan.tag-name",
    "scan.timestamp",
    "scan.timestamp-millis",
    "scan.version",
    "scan.watermark",
];

/// Start modes that read the latest snapshot. Another one is named by the statement, not by the table.
const SCAN_MODES: &[&str] = &["default", "latest-full", "full", "latest"];

/// Flags that a writer has to follow.
const WRITE_FLAGS: &[&str] = &[
    "chain-table.enabled",
    "commit.discard-duplicate-files",
    "commit.force-compact",
    "deletion-vectors.enabled",
    "force-lookup",
    "metadata.iceberg-compatible",
    "pk-clustering-override",
    "precommit-compact",
    "row-tracking.enabled",
    "tag.create-success-file",
    "variant.inferShreddingSchema",
    "visibility-callback.enabled",
];

/// Keys that a writer has to follow when they are set at all.
const WRITE_KEYS: &[&str] = &[
    "commit.callbacks",
    "commit.strict-mode.last-safe-snapshot",
    "cross-partition-upsert.index-ttl",
    "data-file.external-paths",
    "parquet.variant.shreddingSchema",
    "partition.expiration-time",
    "pk-bitmap.index.columns",
    "pk-btree.index.columns",
    "pk-full-text.index.columns",
    "pk-multivalue.index.columns",
    "pk-vector.index.columns",
    "sequence.auto-padding",
    "tag.callbacks",
    "variant.shreddingSchema",
    "vector.file.format",
];

/// Keys that a writer that compacts has to follow when they are set at all.
const COMPACTION_KEYS: &[&str] = &["compaction.optimization-interval", "record-level.expire-time"];

/// Keys that a writer of Avro files has to follow.
const AVRO_KEYS: &[&str] = &["avro.codec", "avro.row-name-mapping"];

/// The aggregate functions that rows are merged with.
const FUNCTIONS: &[&str] = &[
    "bool_and",
    "bool_or",
    "collect",
    "first_non_null_value",
    "first_not_null_value",
    "first_value",
    "last_non_null_value",
    "last_value",
    "listagg",
    "max",
    "merge_map",
    "merge_map_with_keytime",
    "min",
    "nested_partial_update",
    "nested_update",
    "primary-key",
    "product",
    "rbm32",
    "rbm64",
    "sum",
];

impl TableOptions {
    /// [`crate::ErrorKind::Unsupported`] naming the first feature that reading needs and this build lacks. The format of
    /// a data file is not an option of the table but of the file, by its name.
    pub fn refuse_unsupported_read(&self) -> Result<()> {
        self.refuse_word("type", "table")?;
        self.refuse_word("batch-scan-mode", "none")?;
        // How times in ORC files are read; which of the two a file was written with it does not say.
        self.refuse_word("orc.timestamp-ltz.legacy.type", "true")?;
        self.refuse_flags(READ_FLAGS)?;
        self.refuse_keys(READ_KEYS)?;
        for key in ["scan.mode", "log.scan"] {
            if let Some(mode) = self.raw.get(key)
                && !SCAN_MODES.contains(&mode.to_ascii_lowercase().as_str())
            {
                return Err(refuse(key, mode));
            }
        }
        let shredded = self.raw.iter().find(|(key, value)| {
            key.starts_with("fields.")
                && key.ends_with(".map.storage-layout")
                && *value != "default"
        });
        if let Some((key, value)) = shredded {
            return Err(refuse(key, value));
        }
        if !self.deletion_vectors_enabled {
            // Without them files that are not sorted by key would have to be merged.
            self.refuse_flags(&["pk-clustering-override"])?;
        }
        if self.has_primary_key { self.refuse_merging() } else { Ok(()) }
    }

    /// What the merge of a primary-key table lacks.
    fn refuse_merging(&self) -> Result<()> {
        if matches!(self.merge_engine, MergeEngine::PartialUpdate | MergeEngine::Aggregation) {
            self.refuse_functions()?;
        }
        Ok(())
    }

    fn refuse_functions(&self) -> Result<()> {
        let lacking = |name: &&str| !FUNCTIONS.contains(name);
        if let Some(name) = self.merging.default_function.as_deref().filter(lacking) {
            return Err(refuse("fields.default-aggregate-function", name));
        }
        for (field, options) in &self.merging.fields {
            if let Some(name) = options.function.as_deref().filter(lacking) {
                return Err(refuse(&format!("fields.{field}.aggregate-function"), name));
            }
        }
        Ok(())
    }

    /// The same for writing.
    pub fn refuse_unsupported_write(&self) -> Result<()> {
        self.refuse_unsupported_read()?;
        self.refuse_flags(WRITE_FLAGS)?;
        self.refuse_keys(WRITE_KEYS)?;
        let builds_index = |key: &str| key.starts_with("file-index.") && key.ends_with(".columns");
        if let Some((key, value)) = self.raw.iter().find(|(key, _)| builds_index(key)) {
            return Err(refuse(key, value));
        }
        self.refuse_word("tag.automatic-creation", "none")?;
        self.refuse_word("metadata.iceberg.storage", "disabled")?;
        self.refuse_word("write.sequence-number-init-mode", "scan")?;
        self.refuse_word("manifest.format", "avro")?;
        if self.write_buffer_spillable {
            self.refuse_word("spill-compression", "zstd")?;
            self.refuse_word("spill-compression.zstd-level", "1")?;
        }
        let levels = self.file_format_per_level.values();
        for format in levels.chain([&self.file_format]) {
            match format.as_str() {
                "parquet" => ParquetOptions::parse(&self.parquet).map(drop)?,
                "avro" => self.refuse_keys(AVRO_KEYS)?,
                other => return Err(refuse("file.format", other)),
            }
        }
        if self.has_primary_key { self.refuse_merging_write() } else { Ok(()) }
    }

    fn refuse_merging_write(&self) -> Result<()> {
        if self.merge_engine == MergeEngine::FirstRow && !self.write_only {
            self.refuse_compaction()?;
        }
        if self.bucket == -2 {
            // Engines of Java then write into fixed buckets at once.
            self.refuse_flags(&["postpone.batch-write-fixed-bucket"])?;
        }
        if self.changelog_producer != ChangelogProducer::None {
            return Err(refuse("changelog-producer", &self.changelog_producer.to_string()));
        }
        Ok(())
    }

    /// What writers that compact lack.
    fn refuse_compaction(&self) -> Result<()> {
        // Level 0 would have to be left alone for some commits.
        self.refuse_word("lookup-compact", "radical")?;
        self.refuse_keys(COMPACTION_KEYS)?;
        self.refuse_word("compaction.offpeak-ratio", "0")?;
        if self.compaction.num_levels < 2 {
            let value = self.compaction.num_levels.to_string();
            return Err(Error::invalid(format!(
                "option 'num-levels' = '{value}': at least 2 expected"
            )));
        }
        Ok(())
    }

    fn refuse_flags(&self, keys: &[&str]) -> Result<()> {
        for key in keys {
            if self.raw.get(*key).is_some_and(|v| parse_flag(v) != Some(false)) {
                return Err(refuse(key, "true"));
            }
        }
        Ok(())
    }

    fn refuse_keys(&self, keys: &[&str]) -> Result<()> {
        match keys.iter().find_map(|key| Some((key, self.raw.get(*key)?))) {
            Some((key, value)) if !value.is_empty() => Err(refuse(key, value)),
            _ => Ok(()),
        }
    }

    /// Refuses any word but the default.
    fn refuse_word(&self, key: &str, default: &str) -> Result<()> {
        match self.raw.get(key) {
            Some(value) if !value.eq_ignore_ascii_case(default) => Err(refuse(key, value)),
            _ => Ok(()),
        }
    }

    /// Whether rows with the least sequence value win.
    pub fn sequence_descending(&self) -> bool {
        self.sequence_sort_order == SortOrder::Descending
    }
}

fn refuse(key: &str, value: &str) -> Error {
    Error::unsupported(format!("option '{key}' = '{value}' is not supported by this build"))
}
