//! Which snapshot a read sees: format.md §17, `TimeTravelUtil.java`.

use rimon_spec::{Error, Result, Snapshot};

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
}

impl Table {
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
    let found = table.snapshots().at_or_before(millis).await?;
    found.ok_or_else(|| {
        Error::not_found(format!("there is no snapshot at or before time {millis}"))
            .with("table", table.name())
    })
}

async fn at_or_after(table: &Table, watermark: i64) -> Result<Snapshot> {
    let found = table.snapshots().at_or_after_watermark(watermark).await?;
    found.ok_or_else(|| {
        Error::not_found(format!("there is no snapshot with watermark {watermark} or later"))
            .with("table", table.name())
    })
}
