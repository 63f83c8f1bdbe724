//! What each option that Java knows means to a writer of this build: none is accepted and ignored. A new name in
//! [`super::keys`] has to be given a place here.

use super::TableOptions;
use super::keys::KEYS;
use crate::ErrorKind;
use indexmap::IndexMap;
use std::collections::BTreeSet;

/// Followed by writers and readers, or checked by the schema.
const HONOURED: &str = "
add-column-before-partition aggregation.remove-record-on-delete alter-column-null-to-not-null.disabled
batch-scan-mode blob-field branch bucket bucket-append-ordered bucket-function.type bucket-key
chain-table.chain-partition-keys changelog-producer commit.force-create-snapshot commit.max-retries
commit.max-retry-wait commit.min-retry-wait commit.timeout commit.user-prefix compaction.force-rewrite-all-files
compaction.incremental-size-threshold compaction.max-size-amplification-percent compaction.size-ratio
compaction.small-file-ratio compaction.total-size-threshold consumer-id consumer.ignore-progress
data-evolution.enabled data-file.path-directory data-file.prefix data-file.thin-mode deduplicate.ignore-delete
deletion-vectors.merge-on-read deletion-vectors.modifiable disable-explicit-type-casting
dynamic-bucket.initial-buckets dynamic-bucket.max-buckets dynamic-bucket.target-row-num dynamic-partition-overwrite
field-delimiter fields.default-aggregate-function file-index.read.enabled file.block-size file.compression
file.compression.per.level file.compression.zstd-level file.format file.format.per.level
file.suffix.include.compression first-row.ignore-delete ignore-delete ignore-update-before
incremental-between-scan-mode incremental-between-tag-to-snapshot index-file-in-data-file-dir location
manifest.compression manifest.delete-file-drop-stats manifest.format manifest.full-compaction-threshold-size
manifest.merge-min-count manifest.target-file-size merge-engine metadata.stats-dense-store
metadata.stats-keep-first-n-columns metadata.stats-mode metadata.stats-mode.per.level num-levels
num-sorted-run.compaction-trigger overwrite-upgrade partial-update.ignore-delete
partial-update.remove-record-on-delete partial-update.remove-record-on-sequence-group partition
partition.default-name partition.legacy-name path postpone.batch-write-fixed-bucket primary-key rowkind.field
scan.bounded scan.bounded.watermark scan.fallback-branch scan.fallback-delta-branch scan.fallback-snapshot-branch
scan.mode sequence.field sequence.field.sort-order sequence.snapshot-ordering snapshot.ignore-empty-commit source.split.open-file-cost
source.split.target-size spill-compression spill-compression.zstd-level streaming-read-append-overwrite
streaming-read-overwrite streaming.read.snapshot.delay table-read.sequence-number.enabled tag.automatic-creation
tag.creation-period tag.creation-period-duration tag.period-formatter target-file-row-num target-file-size type
write-buffer-size write-buffer-spill.max-disk-size write-buffer-spillable write-max-writers-to-spill write-only
write.compaction-skip write.sequence-number-init-mode
";

/// Of expiry, tags and consumers: what is done beside writing.
const EXPIRY: &str = "
changelog.num-retained.max changelog.num-retained.min changelog.time-retained consumer.changelog-only
consumer.expiration-time consumer.mode delete-file.thread-num end-input.check-partition-expire
partition.expiration-batch-size partition.expiration-check-interval partition.expiration-max-num
partition.expiration-strategy partition.timestamp-format.strict partition.timestamp-formatter
partition.timestamp-pattern sink.savepoint.auto-tag snapshot.clean-empty-directories
snapshot.expire.clean-empty-directories snapshot.expire.execution-mode snapshot.expire.limit
snapshot.num-retained.max snapshot.num-retained.min snapshot.time-retained snapshot.watermark-idle-timeout
tag.automatic-completion tag.batch.customized-name tag.creation-delay tag.default-time-retained tag.num-retained-max
tag.time-expire-enabled
";

/// Of compactions, where writers make files of level 0 only; of first-row tables, which are compacted, those that would
/// change what is made are refused (`refuse_compaction`).
const COMPACTION: &str = "
append-only.assert-disorder blob-compaction.enabled changelog.precommit-compact
changelog.precommit-compact.buffer-size changelog.precommit-compact.thread-num clustering.columns
clustering.history-partition.idle-to-full-sort clustering.history-partition.limit clustering.incremental
clustering.incremental.mode clustering.incremental.optimize-write clustering.strategy
compaction.bucket-distribution-strategy compaction.delete-ratio-threshold compaction.early-max.file-num
compaction.file-num-limit compaction.force-up-level-0 compaction.max-sorted-run-num compaction.max.file-num
compaction.min.file-num compaction.offpeak-ratio compaction.offpeak.end.hour compaction.offpeak.start.hour
compaction.optimization-interval compaction.skip-expired-partitions data-evolution.compaction.rewrite-row-ids
delete.force-produce-changelog deletion-vector.index-file.target-size
deletion-vectors.bitmap64 full-compaction.delta-commits local-sort.max-num-file-handles manifest-sort.enabled
manifest-sort.max-rewrite-size manifest-sort.partition-field manifest.merge-optimize.enabled
num-sorted-run.stop-trigger postpone.batch-write-fixed-bucket.max-parallelism
postpone.batch-write-fixed-bucket.rescale-load-factor postpone.default-bucket-num postpone.target-row-num-per-bucket
postpone.target-size-per-bucket record-level.expire-time record-level.time-field record-level.time-field-type
sort-compaction.local-sample.magnification sort-compaction.range-strategy sort-engine sort-spill-buffer-size
sort-spill-threshold stream-scan-mode streaming-compact unaware-bucket.compaction.parallelism
unaware-bucket.no-shuffle zorder.var-length-contribution
";

/// Of changelog producers, which are refused, and of lookups.
const LOOKUP: &str = "
cache-page-size changelog-file.compression changelog-file.format changelog-file.prefix changelog-file.stats-mode
changelog-producer.compaction-interval changelog-producer.lookup-wait changelog-producer.row-deduplicate
changelog-producer.row-deduplicate-ignore-fields local-kv-db.block-size lookup-compact lookup-compact.max-interval
lookup-wait lookup.async lookup.async-thread-number lookup.blob-as-descriptor lookup.bootstrap-parallelism
lookup.cache lookup.cache-file-retention lookup.cache-max-disk-size lookup.cache-max-memory-size lookup.cache-rows
lookup.cache-spill-compression lookup.cache.bloom.filter.enabled lookup.cache.bloom.filter.fpp
lookup.cache.high-priority-pool-ratio lookup.continuous.discovery-interval lookup.dynamic-partition
lookup.dynamic-partition.refresh-interval lookup.dynamic-partition.refresh.async lookup.hash-load-factor
lookup.local-file-type lookup.merge-buffer-size lookup.merge-records-threshold lookup.refresh.async
lookup.refresh.async.pending-snapshot-count lookup.refresh.full-load-threshold lookup.refresh.time-periods-blacklist
lookup.remote-file.enabled lookup.remote-file.level-threshold
";

/// Of engines and catalogs: how they spread, start and stop their jobs.
const ENGINES: &str = "
commit.custom-listeners continuous.discovery-interval cross-partition-upsert.bootstrap-parallelism
dynamic-bucket.assigner-parallelism end-input.watermark filesystem.job-level-settings.enabled hive.location
legacy-timestamp-mapping.enabled materialized-table.definition-query materialized-table.interval-freshness
materialized-table.interval-freshness.time-unit materialized-table.logical-refresh-mode
materialized-table.refresh-handler-bytes materialized-table.refresh-handler-description
materialized-table.refresh-mode materialized-table.refresh-status metastore.partitioned-table
metastore.tag-to-partition metastore.tag-to-partition.preview partition.end-input-to-done
partition.idle-time-to-done partition.idle-time-to-report-statistic partition.mark-done-action
partition.mark-done-action.custom.class partition.mark-done-action.http.params
partition.mark-done-action.http.timeout partition.mark-done-action.http.url partition.mark-done-action.mode
partition.mark-done.recover-from-state partition.sink-strategy partition.time-interval read.allow.fullScan
read.batch-size read.changelog read.shuffle-bucket-with-partition read.stream.maxBytesPerTrigger
read.stream.maxFilesPerTrigger read.stream.maxRowsPerTrigger read.stream.maxTriggerDelayMs
read.stream.minRowsPerTrigger requiredSparkConfsCheck.enabled scan.dedicated-split-generation
scan.fallback-branch.read-fail-fast scan.infer-parallelism scan.infer-parallelism.max scan.manifest.parallelism
scan.max-snapshot.count scan.max-splits-per-task scan.parallelism scan.partitions
scan.plan-auto-tag-for-read.time-retained scan.plan-sort-partition scan.push-down scan.remove-normalize
scan.split-enumerator.batch-size scan.split-enumerator.mode scan.watermark.alignment.group
scan.watermark.alignment.max-drift scan.watermark.alignment.update-interval scan.watermark.emit.strategy
scan.watermark.idle-timeout sink.clustering.by-columns sink.clustering.sample-factor sink.clustering.sort-in-cluster
sink.clustering.strategy sink.committer-cpu sink.committer-memory sink.committer-operator-chaining
sink.coordinator-commit.enabled sink.cross-partition.managed-memory sink.key-only-deletes.enabled
sink.managed.writer-buffer-memory sink.operator-uid.suffix sink.parallelism sink.process-time-zone
sink.use-managed-memory-allocator sink.watermark-time-zone sink.writer-coordinator.cache-expire-after-access
sink.writer-coordinator.cache-memory sink.writer-coordinator.cache-soft-values sink.writer-coordinator.enabled
sink.writer-coordinator.page-size sink.writer-coordinator.prefetch-manifests sink.writer-cpu sink.writer-memory
sink.writer-refresh-detectors source.checkpoint-align.enabled source.checkpoint-align.timeout
source.operator-uid.suffix source.split.target-size-with-column-pruning streaming-read-atomic streaming-read-mode
streaming-read.shuffle-bucket-with-partition write.batch-memory write.batch-size
write.data-evolution.update-conflict-retry.max-attempts write.data-evolution.update-conflict-retry.wait-ms
write.hive-style-dynamic-partition.enabled write.merge-schema write.merge-schema.explicit-cast
write.merge-schema.type-widening write.use-v2-write
";

/// Of columns, indexes and tables that are refused by other options or by their types.
const REFUSED_OTHERWISE: &str = "
blob-external-storage-path blob-view.resolve.enabled blob-write-null-on-fetch-failure
blob-write-null-on-missing-file blob.copy-buffer-size blob.split-by-file-size blob.target-file-size
chain-table.split.key-range-enabled chain-table.streaming.merge-snapshot data-evolution.merge-into.file-pruning
data-evolution.merge-into.source-persist data-evolution.reassign.skip-contiguous-row-count
data-evolution.row-id-conflict-rewrite.max-size data-evolution.row-sidecar.enabled
data-evolution.row-sidecar.max-selected-rows data-evolution.row-sidecar.max-selection-ratio
data-file.external-paths.specific-fs data-file.external-paths.strategy data-file.external-paths.weights
file-index.in-manifest-threshold full-text-index.search-mode global-index.build.max-parallelism
global-index.build.max-shard global-index.column-update-action global-index.enabled global-index.external-path
global-index.row-count-per-shard global-index.search-mode global-index.thread-num
row-tracking.partition-group-on-commit scalar-index.search-mode variant.shredding.adaptive.maxInferBufferRow
variant.shredding.adaptive.retentionRatio variant.shredding.inferenceMode variant.shredding.maxInferBufferRow
variant.shredding.maxSchemaDepth variant.shredding.maxSchemaWidth variant.shredding.minFieldCardinalityRatio
vector-field vector-index.search-mode vector-search.distribute.enabled vector-search.lateral-join.batch-size
vector-search.lateral-join.parallelism vector.target-file-size visibility-callback.check-interval
visibility-callback.timeout
";

/// Of the memory and speed of writers in Java.
const SPEED: &str = "
async-file-write file-operation.thread-num file-reader-async-threshold local-merge-buffer-size page-size
write-buffer-for-append write-manifest-cache
";

/// Of the names and kinds of tables, and of old versions.
const TABLES: &str = "
auto-create case-sensitive comment external format-table.commit-hive-sync-url format-table.file.compression
format-table.implementation format-table.partition-path-only-value format-table.repair.collect-statistics
format-table.scan.list-parallelism format-table.statistics.parallelism object-location owner provider table.type
write-mode
";

/// What is done beside writing, or by others: the rows and files of a writer are the same whatever these say.
const ELSEWHERE: [&str; 7] =
    [EXPIRY, COMPACTION, LOOKUP, ENGINES, REFUSED_OTHERWISE, SPEED, TABLES];

/// Whether a table with this one option is refused.
fn is_refused(key: &str) -> bool {
    let values = ["true", "1", "other"];
    values.into_iter().any(|value| {
        let options: IndexMap<String, String> = [(key.to_owned(), value.to_owned())].into();
        let refused =
            TableOptions::parse(&options, true).and_then(|o| o.refuse_unsupported_write());
        refused.is_err_and(|e| e.kind() == ErrorKind::Unsupported && e.to_string().contains(key))
    })
}

#[test]
fn every_option_is_honoured_refused_or_of_others() {
    let of = |text: &'static str| text.split_whitespace().collect::<BTreeSet<&str>>();
    let honoured = of(HONOURED);
    let elsewhere: Vec<&str> = ELSEWHERE.into_iter().flat_map(of).collect();
    let mut wrong = Vec::new();
    for key in KEYS {
        let places = elsewhere.iter().filter(|other| *other == key).count();
        let found = (honoured.contains(key), places, is_refused(key));
        // what is honoured may have values that are not
        if !matches!(found, (true, 0, _) | (false, 1, false) | (false, 0, true)) {
            wrong.push((key, found));
        }
    }
    assert!(wrong.is_empty(), "honoured, of others, refused: {wrong:#?}");
    assert_eq!(
        honoured.len() + elsewhere.len(),
        KEYS.iter().filter(|k| !is_refused(k) || honoured.contains(*k)).count()
    );
}
