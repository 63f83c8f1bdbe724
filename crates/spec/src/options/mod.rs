//! Table options as one typed view: `CoreOptions.java`. Parsed once, here; no option text is read elsewhere.

mod build;
mod compaction;
#[cfg(test)]
mod effects;
mod enums;
mod keys;
mod merging;
mod parquet;
mod read;
mod refuse;
mod scan;
mod stats;
#[cfg(test)]
mod tests;

pub use compaction::CompactionOptions;
pub use enums::{
    BucketFunction, ChangelogProducer, IncrementalMode, MergeEngine, SortOrder, StartMode,
};
pub use keys::{check_known, is_known};
pub use merging::{FieldMergeOptions, MergeOptions, SequenceGroup};
pub use parquet::ParquetOptions;
pub use read::{parse_duration, parse_memory};
pub use scan::ScanOptions;

use crate::stats::StatsMode;
use indexmap::IndexMap;
use std::collections::BTreeMap;
use std::time::Duration;

/// Every option that this build honours, typed, with Java's defaults.
#[derive(Debug, Clone, PartialEq)]
pub struct TableOptions {
    /// `bucket`: positive: fixed; -1: unaware or dynamic; -2: postpone.
    pub bucket: i32,
    /// `bucket-key`, empty when not set. See [`crate::TableSchema::bucket_keys`] for the effective keys.
    pub bucket_keys: Vec<String>,
    /// `bucket-function.type`.
    pub bucket_function: BucketFunction,
    /// `bucket-append-ordered`.
    pub bucket_append_ordered: bool,
    /// `dynamic-bucket.target-row-num`: keys of a dynamic bucket.
    pub dynamic_bucket_target_row_num: u64,
    /// `dynamic-bucket.initial-buckets`: over how many buckets the keys of a new partition are spread.
    pub dynamic_bucket_initial_buckets: u32,
    /// `dynamic-bucket.max-buckets` of a partition; `None`: as many as there may be.
    pub dynamic_bucket_max_buckets: Option<u32>,
    /// `merge-engine`.
    pub merge_engine: MergeEngine,
    /// What the merge engines partial-update and aggregation are told.
    pub merging: MergeOptions,
    /// `sequence.field`.
    pub sequence_fields: Vec<String>,
    /// `sequence.field.sort-order`.
    pub sequence_sort_order: SortOrder,
    /// `changelog-producer`.
    pub changelog_producer: ChangelogProducer,
    /// `rowkind.field`.
    pub rowkind_field: Option<String>,
    /// `ignore-delete`.
    pub ignore_delete: bool,
    /// `ignore-update-before`.
    pub ignore_update_before: bool,
    /// `file.format`, lower case: `parquet`, `orc`, `avro`, …
    pub file_format: String,
    /// `file.format.per.level`.
    pub file_format_per_level: BTreeMap<i32, String>,
    /// `file.compression`: `zstd`, `snappy`, `none`, …
    pub file_compression: String,
    /// `file.compression.per.level`.
    pub file_compression_per_level: BTreeMap<i32, String>,
    /// `file.compression.zstd-level`.
    pub zstd_level: i32,
    /// `file.block-size`: bytes of a Parquet row group; `None`: the format's default (128 MB).
    pub file_block_size: Option<u64>,
    /// `parquet.enable.dictionary` and the other `parquet.*` options, as text, without interpretation.
    pub parquet: BTreeMap<String, String>,
    /// `target-file-size`: bytes; 128 MB with, 256 MB without a primary key.
    pub target_file_size: u64,
    /// `target-file-row-num`.
    pub target_file_row_num: u64,
    /// `data-file.prefix`.
    pub data_file_prefix: String,
    /// `changelog-file.prefix`.
    pub changelog_file_prefix: String,
    /// `data-file.path-directory`.
    pub data_file_path_directory: Option<String>,
    /// `file.suffix.include.compression`.
    pub file_suffix_include_compression: bool,
    /// `data-file.thin-mode`: no `_KEY_` columns in files.
    pub data_file_thin_mode: bool,
    /// `manifest.format`.
    pub manifest_format: String,
    /// `manifest.compression`: `zstd`, `snappy`, `deflate`, `null`.
    pub manifest_compression: String,
    /// `manifest.target-file-size`: bytes.
    pub manifest_target_file_size: u64,
    /// `manifest.full-compaction-threshold-size`: bytes.
    pub manifest_full_compaction_threshold: u64,
    /// `manifest.merge-min-count`.
    pub manifest_merge_min_count: usize,
    /// `manifest.delete-file-drop-stats`.
    pub manifest_delete_file_drop_stats: bool,
    /// `metadata.stats-mode`.
    pub stats_mode: StatsMode,
    /// `metadata.stats-mode.per.level`.
    pub stats_mode_per_level: BTreeMap<i32, StatsMode>,
    /// `fields.<name>.stats-mode`.
    pub stats_mode_per_field: BTreeMap<String, StatsMode>,
    /// `metadata.stats-dense-store`.
    pub stats_dense_store: bool,
    /// `metadata.stats-keep-first-n-columns`; -1: all.
    pub stats_keep_first_n_columns: i32,
    /// `partition.default-name`.
    pub partition_default_name: String,
    /// `partition.legacy-name`.
    pub partition_legacy_name: bool,
    /// `deletion-vectors.enabled`.
    pub deletion_vectors_enabled: bool,
    /// `deletion-vectors.merge-on-read`: whether batch reads see level 0 of a table with deletion vectors.
    pub deletion_vectors_merge_on_read: bool,
    /// `index-file-in-data-file-dir`: index files are in the directory of their bucket, not in `index/`.
    pub index_file_in_data_file_dir: bool,
    /// `file-index.read.enabled`.
    pub file_index_read_enabled: bool,
    /// `write-only`.
    pub write_only: bool,
    /// `sequence.snapshot-ordering`: rows of later snapshots are newer, whatever their sequence numbers.
    pub snapshot_sequence_ordering: bool,
    /// `write-buffer-size`: bytes.
    pub write_buffer_size: u64,
    /// `write-buffer-spillable`.
    pub write_buffer_spillable: bool,
    /// `write-buffer-spill.max-disk-size`: bytes.
    pub write_buffer_spill_max_disk_size: u64,
    /// `write-max-writers-to-spill`: append tables with more buckets than this at once hold their rows back.
    pub write_max_writers_to_spill: u32,
    /// `write.batch-size`: rows.
    pub write_batch_size: u32,
    /// `read.batch-size`: rows.
    pub read_batch_size: u32,
    /// `num-sorted-run.compaction-trigger`.
    pub num_sorted_run_compaction_trigger: i32,
    /// When and how the runs of a bucket are merged.
    pub compaction: CompactionOptions,
    /// `source.split.target-size`: bytes.
    pub split_target_size: u64,
    /// `source.split.open-file-cost`: bytes.
    pub split_open_file_cost: u64,
    /// `scan.snapshot-id`.
    pub scan_snapshot_id: Option<i64>,
    /// `scan.tag-name`.
    pub scan_tag_name: Option<String>,
    /// `scan.version`: a tag, `watermark-<n>` or a snapshot id.
    pub scan_version: Option<String>,
    /// `scan.timestamp-millis`.
    pub scan_timestamp_millis: Option<i64>,
    /// `scan.fallback-branch`: where partitions come from that the table lacks.
    pub scan_fallback_branch: Option<String>,
    /// `chain-table.enabled`.
    pub chain_table_enabled: bool,
    /// `chain-table.chain-partition-keys`, empty when not set: all partition keys.
    pub chain_table_partition_keys: Vec<String>,
    /// `scan.fallback-snapshot-branch`: whole partitions of a chain table.
    pub scan_fallback_snapshot_branch: Option<String>,
    /// `scan.fallback-delta-branch`: changes of the partitions of a chain table.
    pub scan_fallback_delta_branch: Option<String>,
    /// `snapshot.ignore-empty-commit`.
    pub ignore_empty_commit: Option<bool>,
    /// `commit.force-create-snapshot`.
    pub commit_force_create_snapshot: bool,
    /// `commit.user-prefix`.
    pub commit_user_prefix: Option<String>,
    /// `commit.max-retries`, when it is set: Java's default of 10 is too few for many writers at once.
    pub commit_max_retries: Option<u32>,
    /// `commit.timeout`.
    pub commit_timeout: Option<Duration>,
    /// `commit.min-retry-wait`.
    pub commit_min_retry_wait: Duration,
    /// `commit.max-retry-wait`.
    pub commit_max_retry_wait: Duration,
    /// `row-tracking.enabled`.
    pub row_tracking_enabled: bool,
    /// `data-evolution.enabled`.
    pub data_evolution_enabled: bool,
    /// Whether the table has a primary key.
    pub has_primary_key: bool,
    /// `snapshot.num-retained.min`.
    pub snapshot_num_retained_min: i32,
    /// `snapshot.num-retained.max`.
    pub snapshot_num_retained_max: i32,
    /// `snapshot.time-retained`.
    pub snapshot_time_retained: Duration,
    /// `dynamic-partition-overwrite`.
    pub dynamic_partition_overwrite: bool,
    /// `overwrite-upgrade`: files of an overwrite that do not overlap are of the highest level.
    pub overwrite_upgrade: bool,
    /// Whether changes are kept longer than snapshots: one of `changelog.num-retained.min`,
    /// `changelog.num-retained.max` and `changelog.time-retained` exceeds that of snapshots.
    pub changelog_decoupled: bool,
    /// `full-compaction.delta-commits`.
    pub full_compaction_delta_commits: Option<i64>,
    /// `streaming-read-overwrite`.
    pub streaming_read_overwrite: bool,
    /// `streaming-read-append-overwrite`.
    pub streaming_read_append_overwrite: bool,
    /// `streaming.read.snapshot.delay`.
    pub streaming_read_delay: Option<Duration>,
    /// `scan.bounded.watermark`.
    pub scan_bounded_watermark: Option<i64>,
    /// `table-read.sequence-number.enabled`: `$audit_log` and `$binlog` show sequence numbers.
    pub read_sequence_numbers: bool,
    /// `consumer-id`.
    pub consumer_id: Option<String>,
    /// `consumer.ignore-progress`.
    pub consumer_ignore_progress: bool,
    /// `tag.creation-period`, `tag.creation-period-duration` and `tag.period-formatter` as a pattern of strftime: what
    /// names of automatic tags look like.
    pub auto_tag_pattern: &'static str,
    /// All options as text, for what must be refused by name.
    pub(crate) raw: IndexMap<String, String>,
}

impl TableOptions {
    /// Whether batch reads leave out files of level 0: rows there are not visible until they are compacted
    /// (`CoreOptions.batchScanSkipLevel0`, asked for primary-key tables only).
    pub fn batch_scan_skips_level0(&self) -> bool {
        self.has_primary_key
            && if self.deletion_vectors_enabled {
                !self.deletion_vectors_merge_on_read
            } else {
                self.merge_engine == MergeEngine::FirstRow
            }
    }

    /// Whether compaction looks keys up in the levels above (`CoreOptions.needLookup`): what it writes then holds what
    /// those levels have of the key.
    pub fn needs_lookup(&self) -> bool {
        self.changelog_producer == ChangelogProducer::Lookup
            || self.deletion_vectors_enabled
            || self.merge_engine == MergeEngine::FirstRow
            || self.raw.get("force-lookup").is_some_and(|v| v.eq_ignore_ascii_case("true"))
    }

    /// The data format of files of `level`.
    pub fn format_of_level(&self, level: i32) -> &str {
        self.file_format_per_level.get(&level).unwrap_or(&self.file_format)
    }

    /// The compression of files of `level`.
    pub fn compression_of_level(&self, level: i32) -> &str {
        self.file_compression_per_level.get(&level).unwrap_or(&self.file_compression)
    }
}
