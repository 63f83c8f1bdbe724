//! Which snapshot a read sees: format.md §17, `TimeTravelUtil.java`.

use chrono::DateTime;
use rimon_spec::options::{ChangelogProducer, ScanOptions, StartMode};
use rimon_spec::{CommitKind, Error, Result, Snapshot};

use super::local_time::local_millis;

use crate::table::Table;

/// What begins a version that is a watermark.
const WATERMARK: &str = "watermark-";

/// A version of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Travel {
    /// The latest snapshot.
    #[default]
    Latest,
    /// The snapshot with this id.
    Snapshot(i64),
    /// The snapshot a tag names.
    Tag(String),
    /// A tag if there is one of this name, else `watermark-<n>`, else a snapshot id: Java's `scan.version`.
    Version(String),
    /// The last snapshot committed at or before this time, in milliseconds since the epoch.
    TimestampMillis(i64),
    /// The first snapshot whose watermark is this or later: Java's `scan.watermark`.
    Watermark(i64),
    /// The snapshot of the last compaction, of the last full one where the table says how often those are; the latest
    /// snapshot if there is none: Java's `compacted-full`.
    Compacted,
}

impl Table {
    /// The table at the version that its options ask for ([`Table::with_options`]); else itself.
    ///
    /// # Errors
    /// As [`Table::at`].
    pub async fn at_options(&self) -> Result<Self> {
        match Travel::of_options(self.scan_options())? {
            Travel::Latest => Ok(self.clone()),
            travel => self.at(&travel).await,
        }
    }

    /// The table as it was at a snapshot: with that snapshot's schema and today's options, as in Java.
    ///
    /// # Errors
    /// `NotFound` when there is no such snapshot, tag or time.
    pub async fn at(&self, travel: &Travel) -> Result<Self> {
        let Some(snapshot) = travel.resolve(self).await? else {
            return Ok(self.clone());
        };
        let schema = self.schemas().get(snapshot.schema_id).await?;
        self.pinned_to(snapshot, &schema)
    }
}

impl Travel {
    /// The version that a batch read with these options sees; for incremental reads the latest.
    ///
    /// # Errors
    /// `Invalid` for a time that is none.
    pub(crate) fn of_options(scan: &ScanOptions) -> Result<Self> {
        if scan.mode == StartMode::CompactedFull {
            return Ok(Self::Compacted);
        }
        if let Some(id) = scan.snapshot_id {
            return Ok(Self::Snapshot(id));
        }
        if let Some(tag) = &scan.tag_name {
            return Ok(Self::Tag(tag.clone()));
        }
        if let Some(version) = &scan.version {
            return Ok(Self::Version(version.clone()));
        }
        if let Some(watermark) = scan.watermark {
            return Ok(Self::Watermark(watermark));
        }
        match (scan.timestamp_millis, &scan.timestamp) {
            (Some(millis), _) => Ok(Self::TimestampMillis(millis)),
            (None, Some(text)) => local_millis(text).map(Self::TimestampMillis),
            (None, None) => Ok(Self::Latest),
        }
    }

    /// The snapshot meant; `None` for [`Travel::Latest`], which every read resolves anew.
    ///
    /// # Errors
    /// `NotFound` when there is no such snapshot or tag, or none that early.
    pub async fn resolve(&self, table: &Table) -> Result<Option<Snapshot>> {
        match self {
            Self::Latest => Ok(None),
            Self::Snapshot(id) => table.snapshots().get(*id).await.map(Some),
            Self::Tag(name) => table.handle().tags().get(name).await.map(Some),
            Self::Version(text) => version(table, text).await.map(Some),
            Self::TimestampMillis(millis) => at_or_before(table, *millis).await.map(Some),
            Self::Watermark(watermark) => at_or_after(table, *watermark).await.map(Some),
            Self::Compacted => compacted(table).await,
        }
    }
}

async fn version(table: &Table, text: &str) -> Result<Snapshot> {
    if let Some(snapshot) = table.handle().tags().find(text).await? {
        return Ok(snapshot);
    }
    if let Some(watermark) = text.strip_prefix(WATERMARK) {
        return match watermark.parse::<i64>() {
            Ok(watermark) => at_or_after(table, watermark).await,
            Err(_) => Err(Error::invalid("a watermark is a number of milliseconds")
                .with("version", text)
                .with("table", table.name())),
        };
    }
    match text.parse::<i64>() {
        Ok(id) => table.snapshots().get(id).await,
        Err(_) => Err(Error::not_found(format!("there is no tag '{text}'"))
            .with("table", table.name())
            .with_hint("a version is a snapshot id, the name of a tag, or watermark-<n>")),
    }
}

async fn at_or_before(table: &Table, millis: i64) -> Result<Snapshot> {
    if let Some(found) = table.snapshots().at_or_before(millis).await? {
        return Ok(found);
    }
    let error = Error::not_found(format!("there is no snapshot at or before {}", time(millis)))
        .with("table", table.name());
    Err(match table.snapshots().earliest().await? {
        Some(first) => error.with_hint(format!(
            "the earliest snapshot, {}, was committed at {}",
            first.id,
            time(first.time_millis)
        )),
        None => error.with_hint("the table has no snapshot"),
    })
}

/// A time for people, and as options take it.
fn time(millis: i64) -> String {
    match DateTime::from_timestamp_millis(millis) {
        Some(time) => format!("{} UTC ({millis})", time.format("%Y-%m-%d %H:%M:%S%.3f")),
        None => millis.to_string(),
    }
}

async fn at_or_after(table: &Table, watermark: i64) -> Result<Snapshot> {
    if let Some(found) = table.snapshots().at_or_after_watermark(watermark).await? {
        return Ok(found);
    }
    let error =
        Error::not_found(format!("there is no snapshot with watermark {watermark} or later"))
            .with("table", table.name());
    Err(match table.snapshots().latest().await?.and_then(|latest| latest.watermark) {
        Some(latest) => error.with_hint(format!("the latest snapshot has watermark {latest}")),
        None => error.with_hint("the latest snapshot has no watermark"),
    })
}

/// `CompactedStartingScanner.java`, `FullCompactedStartingScanner.java`.
pub(crate) async fn compacted(table: &Table) -> Result<Option<Snapshot>> {
    let options = table.options();
    let commits = match options.changelog_producer {
        ChangelogProducer::FullCompaction => {
            Some(options.full_compaction_delta_commits.unwrap_or(1))
        }
        _ => options.full_compaction_delta_commits,
    };
    let is_full = |snapshot: &Snapshot| {
        let id = snapshot.commit_identifier;
        commits.is_none_or(|n| id == i64::MAX || id.checked_rem(n) == Some(0))
    };
    let mut ids = table.snapshots().ids().await?;
    ids.reverse();
    for part in ids.chunks(32) {
        let found = table.snapshots().find_all(part).await?;
        let picked = |s: &Snapshot| s.commit_kind == CommitKind::Compact && is_full(s);
        if let Some(snapshot) = found.into_iter().find(picked) {
            return Ok(Some(snapshot));
        }
    }
    table.snapshots().latest().await
}
