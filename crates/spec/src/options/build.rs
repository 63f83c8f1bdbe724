//! From option text to [`TableOptions`], with Java's defaults.

use super::TableOptions;
use super::compaction::CompactionOptions;
use super::enums::{BucketFunction, ChangelogProducer, MergeEngine, SortOrder};
use super::merging::MergeOptions;
use super::read::{Reader, bad_value};
use super::stats::{MODE, modes_per_field, parse_mode};
use crate::Result;
use crate::stats::StatsMode;
use indexmap::IndexMap;
use std::time::Duration;

const MB: u64 = 1 << 20;

impl TableOptions {
    /// Parses the text options of a table; `has_primary_key` decides some defaults. The first bad value gives
    /// [`crate::ErrorKind::Invalid`] naming key and value. Unknown keys are left alone: see [`super::check_known`].
    pub fn parse(options: &IndexMap<String, String>, has_primary_key: bool) -> Result<Self> {
        let r = Reader(options);
        let trigger: i32 = r.number_from("num-sorted-run.compaction-trigger", 5, 1)?;
        let num_levels = r.number_from("num-levels", trigger.saturating_add(1), 1)?;
        let text = |key, default: &str| r.string(&[key]).unwrap_or_else(|| default.to_owned());
        let lower = |key, default: &str| text(key, default).to_lowercase();
        let some_text = |v: &str| (!v.is_empty()).then(|| v.to_lowercase());
        let wait = |key, default| Ok(r.duration(key)?.unwrap_or(Duration::from_millis(default)));
        let parsed = Self {
            bucket: r.number(&["bucket"])?.unwrap_or(-1),
            bucket_keys: r.list("bucket-key"),
            bucket_function: r.word("bucket-function.type", BucketFunction::Default)?,
            bucket_append_ordered: r.flag(&["bucket-append-ordered"], true)?,
            dynamic_bucket_target_row_num: r.number_from(
                "dynamic-bucket.target-row-num",
                2_000_000,
                1,
            )?,
            dynamic_bucket_initial_buckets: r.number_from(
                "dynamic-bucket.initial-buckets",
                1,
                1,
            )?,
            dynamic_bucket_max_buckets: r
                .number::<i32>(&["dynamic-bucket.max-buckets"])?
                .filter(|n| *n != -1)
                .map(|n| {
                    u32::try_from(n).ok().filter(|n| *n > 0).ok_or_else(|| {
                        let key = "dynamic-bucket.max-buckets";
                        bad_value(key, &n.to_string(), "-1 or a positive number")
                    })
                })
                .transpose()?,
            merge_engine: r.word("merge-engine", MergeEngine::Deduplicate)?,
            merging: MergeOptions::parse(options)?,
            sequence_fields: r.list("sequence.field"),
            sequence_sort_order: r.word("sequence.field.sort-order", SortOrder::Ascending)?,
            changelog_producer: r.word("changelog-producer", ChangelogProducer::None)?,
            rowkind_field: r.string(&["rowkind.field"]),
            ignore_delete: r.flag(
                &[
                    "ignore-delete",
                    "first-row.ignore-delete",
                    "deduplicate.ignore-delete",
                    "partial-update.ignore-delete",
                ],
                false,
            )?,
            ignore_update_before: r.flag(&["ignore-update-before"], false)?,
            file_format: lower("file.format", "parquet"),
            file_format_per_level: r.per_level("file.format.per.level", "formats", some_text)?,
            file_compression: lower("file.compression", "zstd"),
            file_compression_per_level: r.per_level(
                "file.compression.per.level",
                "compressions",
                some_text,
            )?,
            zstd_level: r.number(&["file.compression.zstd-level"])?.unwrap_or(1),
            file_block_size: r.optional_memory("file.block-size")?,
            parquet: options
                .iter()
                .filter(|(key, _)| key.starts_with("parquet."))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
            target_file_size: r
                .memory("target-file-size", if has_primary_key { 128 * MB } else { 256 * MB })?,
            target_file_row_num: r.number_from("target-file-row-num", i64::MAX as u64, 1)?,
            data_file_prefix: text("data-file.prefix", "data-"),
            changelog_file_prefix: text("changelog-file.prefix", "changelog-"),
            data_file_path_directory: r.string(&["data-file.path-directory"]),
            file_suffix_include_compression: r.flag(&["file.suffix.include.compression"], false)?,
            data_file_thin_mode: r.flag(&["data-file.thin-mode"], false)?,
            manifest_format: lower("manifest.format", "avro"),
            manifest_compression: lower("manifest.compression", "zstd"),
            manifest_target_file_size: r.memory("manifest.target-file-size", 8 * MB)?,
            manifest_full_compaction_threshold: r
                .memory("manifest.full-compaction-threshold-size", 16 * MB)?,
            manifest_merge_min_count: r.number_from("manifest.merge-min-count", 30, 0)?,
            manifest_delete_file_drop_stats: r.flag(&["manifest.delete-file-drop-stats"], false)?,
            stats_mode: stats_mode(&r)?,
            stats_mode_per_level: r.per_level("metadata.stats-mode.per.level", MODE, parse_mode)?,
            stats_mode_per_field: modes_per_field(options)?,
            stats_dense_store: r.flag(&["metadata.stats-dense-store"], true)?,
            stats_keep_first_n_columns: r
                .number(&["metadata.stats-keep-first-n-columns"])?
                .unwrap_or(-1),
            partition_default_name: text("partition.default-name", "__DEFAULT_PARTITION__"),
            partition_legacy_name: r.flag(&["partition.legacy-name"], true)?,
            deletion_vectors_enabled: r.flag(&["deletion-vectors.enabled"], false)?,
            deletion_vectors_merge_on_read: r.flag(&["deletion-vectors.merge-on-read"], false)?,
            index_file_in_data_file_dir: r.flag(&["index-file-in-data-file-dir"], false)?,
            file_index_read_enabled: r.flag(&["file-index.read.enabled"], true)?,
            write_only: r.flag(&["write-only", "write.compaction-skip"], false)?,
            snapshot_sequence_ordering: r.flag(&["sequence.snapshot-ordering"], false)?,
            write_buffer_size: r.memory("write-buffer-size", 256 * MB)?,
            write_buffer_spillable: r.flag(&["write-buffer-spillable"], true)?,
            write_buffer_spill_max_disk_size: r
                .memory("write-buffer-spill.max-disk-size", i64::MAX as u64)?,
            write_max_writers_to_spill: r.number_from("write-max-writers-to-spill", 10, 0)?,
            write_batch_size: r.number_from("write.batch-size", 1024, 1)?,
            read_batch_size: r.number_from("read.batch-size", 1024, 1)?,
            num_sorted_run_compaction_trigger: trigger,
            compaction: CompactionOptions::parse(&r, trigger, num_levels)?,
            split_target_size: r.memory("source.split.target-size", 128 * MB)?,
            split_open_file_cost: r.memory("source.split.open-file-cost", 4 * MB)?,
            scan_snapshot_id: r.number(&["scan.snapshot-id"])?,
            scan_tag_name: r.string(&["scan.tag-name"]),
            scan_version: r.string(&["scan.version"]),
            scan_timestamp_millis: r
                .number(&["scan.timestamp-millis", "log.scan.timestamp-millis"])?,
            scan_fallback_branch: r
                .string(&["scan.fallback-branch"])
                .filter(|name| !name.trim().is_empty()),
            chain_table_enabled: r.flag(&["chain-table.enabled"], false)?,
            chain_table_partition_keys: r.list("chain-table.chain-partition-keys"),
            scan_fallback_snapshot_branch: r.string(&["scan.fallback-snapshot-branch"]),
            scan_fallback_delta_branch: r.string(&["scan.fallback-delta-branch"]),
            ignore_empty_commit: r.optional_flag(&["snapshot.ignore-empty-commit"])?,
            commit_force_create_snapshot: r.flag(&["commit.force-create-snapshot"], false)?,
            commit_user_prefix: r.string(&["commit.user-prefix"]),
            commit_max_retries: r.number(&["commit.max-retries"])?,
            commit_timeout: r.duration("commit.timeout")?,
            commit_min_retry_wait: wait("commit.min-retry-wait", 10)?,
            commit_max_retry_wait: wait("commit.max-retry-wait", 10_000)?,
            row_tracking_enabled: r.flag(&["row-tracking.enabled"], false)?,
            data_evolution_enabled: r.flag(&["data-evolution.enabled"], false)?,
            has_primary_key,
            snapshot_num_retained_min: r.number_from("snapshot.num-retained.min", 10, 1)?,
            snapshot_num_retained_max: r.number_from("snapshot.num-retained.max", i32::MAX, 1)?,
            snapshot_time_retained: wait("snapshot.time-retained", 3_600_000)?,
            dynamic_partition_overwrite: r.flag(&["dynamic-partition-overwrite"], true)?,
            overwrite_upgrade: r.flag(&["overwrite-upgrade"], true)?,
            changelog_decoupled: changelog_decoupled(&r)?,
            full_compaction_delta_commits: r.number(&["full-compaction.delta-commits"])?,
            streaming_read_overwrite: r.flag(&["streaming-read-overwrite"], false)?,
            streaming_read_append_overwrite: r.flag(&["streaming-read-append-overwrite"], false)?,
            streaming_read_delay: r.duration("streaming.read.snapshot.delay")?,
            scan_bounded_watermark: r.number(&["scan.bounded.watermark"])?,
            read_sequence_numbers: r.flag(&["table-read.sequence-number.enabled"], false)?,
            consumer_id: r.string(&["consumer-id"]),
            consumer_ignore_progress: r.flag(&["consumer.ignore-progress"], false)?,
            auto_tag_pattern: auto_tag_pattern(&r)?,
            raw: options.clone(),
        };
        parsed.check()?;
        Ok(parsed)
    }

    /// What single values cannot show.
    fn check(&self) -> Result<()> {
        if self.snapshot_num_retained_min > self.snapshot_num_retained_max {
            let expected = "not more than snapshot.num-retained.max";
            let value = self.snapshot_num_retained_min.to_string();
            return Err(bad_value("snapshot.num-retained.min", &value, expected));
        }
        let level = self.zstd_level;
        if !(-131_072..=22).contains(&level) {
            let key = "file.compression.zstd-level";
            return Err(bad_value(key, &level.to_string(), "a level up to 22"));
        }
        Ok(())
    }
}

/// `CoreOptions.changelogLifecycleDecoupled`.
fn changelog_decoupled(r: &Reader<'_>) -> Result<bool> {
    let least = |key, default: i32| r.number_from(key, default, 1);
    let min = least("snapshot.num-retained.min", 10)?;
    let max = least("snapshot.num-retained.max", i32::MAX)?;
    let time = r.duration("snapshot.time-retained")?.unwrap_or(Duration::from_secs(3600));
    Ok(least("changelog.num-retained.min", min)? > min
        || least("changelog.num-retained.max", max)? > max
        || r.duration("changelog.time-retained")?.unwrap_or(time) > time)
}

/// `TagPeriodHandler.java`.
fn auto_tag_pattern(r: &Reader<'_>) -> Result<&'static str> {
    if r.text(&["tag.creation-period-duration"]).is_some() {
        return Ok("%Y%m%d%H%M");
    }
    let one_of = |key, words: &[&'static str]| {
        let Some((_, text)) = r.text(&[key]) else { return Ok(words.first().copied()) };
        let found = words.iter().find(|w| w.eq_ignore_ascii_case(text));
        found.map_or_else(|| Err(bad_value(key, text, &words.join(" or "))), |w| Ok(Some(*w)))
    };
    let form = one_of(
        "tag.period-formatter",
        &["with_dashes", "without_dashes", "without_dashes_and_spaces"],
    )?;
    let period = one_of("tag.creation-period", &["daily", "hourly", "two-hours"])?;
    Ok(match (period, form) {
        (Some("daily"), Some("with_dashes")) => "%Y-%m-%d",
        (Some("daily"), _) => "%Y%m%d",
        (Some("hourly"), Some("without_dashes")) => "%Y%m%d %H",
        (Some("hourly"), Some("without_dashes_and_spaces")) => "%Y%m%d%H",
        _ => "%Y-%m-%d %H",
    })
}

fn stats_mode(r: &Reader<'_>) -> Result<StatsMode> {
    let key = "metadata.stats-mode";
    match r.text(&[key]) {
        None => Ok(StatsMode::Truncate(16)),
        Some((_, value)) => parse_mode(value).ok_or_else(|| bad_value(key, value, MODE)),
    }
}
