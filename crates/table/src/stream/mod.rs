//! Following a table: first a state or nothing, then the changes of one snapshot after the other
//! (`DataTableStreamScan.java`).

mod follow;
mod start;

use std::sync::Arc;

use rimon_spec::options::{ChangelogProducer, StartMode};
use rimon_spec::{Consumer, Error, Predicate, Result, Snapshot};

use crate::plan::local_millis;
use crate::scan::{Plan, TableScan};
use crate::table::Table;

/// Where a stream begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StreamStart {
    /// With the rows of the latest snapshot.
    #[default]
    LatestFull,
    /// With the changes of the next snapshot; with those of the first one when there is none yet.
    Latest,
    /// With the rows of the last compacted snapshot, see [`crate::Travel::Compacted`].
    CompactedFull,
    /// With the changes of the first snapshot at or after this time, in milliseconds since the epoch.
    FromTimestampMillis(i64),
    /// With the changes of this snapshot, or of the earliest one if it has expired.
    FromSnapshot(i64),
    /// With the rows of this snapshot, or of the earliest one if it has expired.
    FromSnapshotFull(i64),
}

/// The next step of a stream.
#[derive(Debug)]
pub enum StreamStep {
    /// Rows to read: `plan.read` gives them with their kinds as the last column. Read them with
    /// [`crate::TableRead::stream_in_order`]: rows of one key come in the order of their changes.
    Plan(Box<Plan>),
    /// There is nothing new yet.
    Wait,
    /// The stream has ended at `scan.bounded.watermark`.
    End,
}

/// A reader that follows a table: [`Table::stream_scan`].
///
/// It does not wait: who asks again when there was nothing decides how often. Progress is the id of the snapshot that is
/// read next; whoever has processed the rows of a plan keeps [`StreamScan::next_snapshot`] and begins there again with
/// [`StreamScan::restore`], or lets the table keep it under a consumer id, which also keeps Java's expiration from
/// deleting what is still to be read.
#[derive(Debug)]
pub struct StreamScan {
    table: Table,
    scan: TableScan,
    predicate: Predicate,
    start: Option<StreamStart>,
    next: Option<i64>,
    /// Whether the table had no snapshot when the stream began.
    began_empty: bool,
    watermark: Option<i64>,
    ended: bool,
}

impl Table {
    /// Begins to follow the table. The options `scan.mode`, `scan.snapshot-id`, `scan.timestamp-millis`,
    /// `scan.timestamp`, `consumer-id`, `consumer.ignore-progress`, `scan.bounded.watermark`,
    /// `streaming.read.snapshot.delay`, `streaming-read-overwrite` and `streaming-read-append-overwrite` are those of the
    /// table and of [`Table::with_options`].
    pub fn stream_scan(&self) -> StreamScan {
        StreamScan {
            table: self.clone(),
            scan: TableScan::new(self.clone()),
            predicate: Predicate::True,
            start: None,
            next: None,
            began_empty: false,
            watermark: None,
            ended: false,
        }
    }
}

impl StreamScan {
    /// Only these columns, in this order, and the kinds behind them.
    #[must_use]
    pub fn select<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> Self {
        self.scan = self.scan.select(columns);
        self
    }

    /// Only rows where this is true.
    #[must_use]
    pub fn filter(mut self, predicate: Predicate) -> Self {
        self.scan = self.scan.filter(predicate.clone());
        self.predicate = Predicate::and(vec![self.predicate, predicate]);
        self
    }

    /// Where to begin, whatever the options say; progress of a consumer still goes first.
    #[must_use]
    pub fn start(mut self, start: StreamStart) -> Self {
        self.start = Some(start);
        self
    }

    /// The snapshot that is read next; `None` before the stream has begun.
    pub fn next_snapshot(&self) -> Option<i64> {
        self.next
    }

    /// The event-time watermark that the rows given so far have reached, in milliseconds.
    pub fn watermark(&self) -> Option<i64> {
        self.watermark
    }

    /// Goes on with the changes of the snapshot `next`; `None`: from the start.
    pub fn restore(&mut self, next: Option<i64>) {
        self.next = next;
        self.ended = false;
    }

    /// Lets the table keep that everything before the snapshot `next` was processed, under the option `consumer-id`.
    /// Without that option nothing is kept.
    ///
    /// # Errors
    /// `Invalid` for an id that is no file name; what the store says.
    pub async fn record_progress(&self, next: i64) -> Result<()> {
        match &self.table.options().consumer_id {
            Some(id) => {
                let consumer = Consumer { next_snapshot: next };
                self.table.handle().consumers().reset(id, consumer).await
            }
            None => Ok(()),
        }
    }

    /// What there is to read next. Snapshots without rows for this stream are passed over.
    ///
    /// # Errors
    /// `NotFound` when the snapshot to read next has expired, with what there still is, or will never be: then the table
    /// was rolled back or made anew. `Unsupported` names the feature of the table that this build does not read.
    pub async fn plan(&mut self) -> Result<StreamStep> {
        if self.ended {
            return Ok(StreamStep::End);
        }
        match self.next {
            None => self.begin().await,
            Some(next) => self.follow(next).await,
        }
    }

    /// Where the options say to begin.
    async fn chosen_start(&self) -> Result<StreamStart> {
        let options = self.table.options();
        if let (Some(id), false) = (&options.consumer_id, options.consumer_ignore_progress)
            && let Some(consumer) = self.table.handle().consumers().find(id).await?
        {
            return Ok(StreamStart::FromSnapshot(consumer.next_snapshot));
        }
        if let Some(start) = self.start {
            return Ok(start);
        }
        let scan = self.table.scan_options();
        let refused = |what: &str| {
            Err(Error::invalid(format!("a stream cannot begin with {what}"))
                .with("table", self.table.name()))
        };
        let time = match (scan.timestamp_millis, &scan.timestamp) {
            (Some(millis), _) => Some(millis),
            (None, Some(text)) => Some(local_millis(text)?),
            (None, None) => None,
        };
        match (scan.mode, scan.snapshot_id, time) {
            (StartMode::FromSnapshotFull, Some(id), _) => Ok(StreamStart::FromSnapshotFull(id)),
            (StartMode::CompactedFull, ..) => Ok(StreamStart::CompactedFull),
            (StartMode::Latest, ..) => Ok(StreamStart::Latest),
            (StartMode::LatestDelta, ..) => refused("'scan.mode' = 'latest-delta'"),
            (_, Some(id), _) => Ok(StreamStart::FromSnapshot(id)),
            (_, None, Some(millis)) => Ok(StreamStart::FromTimestampMillis(millis)),
            _ if scan.is_incremental() => refused("an incremental read"),
            _ if scan.tag_name.is_some() || scan.version.is_some() => refused("a tag or version"),
            _ if scan.watermark.is_some() => refused("a watermark"),
            _ => Ok(StreamStart::LatestFull),
        }
    }

    /// The plan of `splits`, and the stream behind `snapshot`.
    fn step(
        &mut self,
        snapshot: Snapshot,
        planner: crate::scan::Planner,
        splits: Vec<crate::plan::Split>,
    ) -> StreamStep {
        self.next = Some(snapshot.id.saturating_add(1));
        self.watermark = snapshot.watermark.filter(|w| *w != i64::MIN).or(self.watermark);
        let (read, report) = planner.finish(&splits);
        let snapshot = Some(Arc::new(snapshot));
        StreamStep::Plan(Box::new(Plan { snapshot, read: read.filtered(), splits, report }))
    }

    fn planner(&self) -> Result<crate::scan::Planner> {
        if self.table.options().chain_table_enabled {
            return Err(
                Error::unsupported("a stream of a chain table").with("table", self.table.name())
            );
        }
        let read = self.scan.read(&self.table)?.with_row_kinds()?;
        let planner = crate::scan::Planner::new(self.table.clone(), read, &self.predicate);
        Ok(if self.has_changelog() { planner.real_buckets() } else { planner })
    }

    /// Whether the stream ends before this snapshot.
    fn is_beyond(&self, snapshot: &Snapshot) -> bool {
        let bound = self.table.options().scan_bounded_watermark;
        let reached = snapshot.watermark.filter(|w| *w != i64::MIN);
        bound.zip(reached).is_some_and(|(bound, reached)| reached > bound)
    }

    fn has_changelog(&self) -> bool {
        self.table.options().changelog_producer != ChangelogProducer::None
    }
}
