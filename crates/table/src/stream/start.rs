//! The first step of a stream.

use rimon_spec::options::ChangelogProducer;
use rimon_spec::{FIRST_SNAPSHOT_ID, Result, Snapshot};

use super::{StreamScan, StreamStart, StreamStep};
use crate::plan::compacted;

/// What a stream begins with.
enum Begin {
    /// There is no snapshot yet.
    Wait,
    /// The rows of a state.
    State(Box<Snapshot>),
    /// The changes of this snapshot.
    Changes(i64),
}

impl StreamScan {
    pub(super) async fn begin(&mut self) -> Result<StreamStep> {
        let start = self.chosen_start().await?;
        match self.find_start(start).await? {
            Begin::Wait => Ok(StreamStep::Wait),
            Begin::Changes(next) => {
                self.next = Some(next);
                self.follow(next).await
            }
            Begin::State(snapshot) => {
                let mut planner = self.planner()?;
                planner.read.drop_retractions();
                let options = self.table.options().clone();
                // Rows that are not compacted yet will come as changes.
                let see = move |level: i32| match options.changelog_producer {
                    ChangelogProducer::Lookup => level > 0,
                    ChangelogProducer::FullCompaction => level == options.compaction.num_levels - 1,
                    _ => true,
                };
                let splits = planner.state(&snapshot, &see).await?;
                self.ended = self.is_beyond(&snapshot);
                Ok(self.step(*snapshot, planner, splits))
            }
        }
    }

    async fn find_start(&mut self, start: StreamStart) -> Result<Begin> {
        let snapshots = self.table.snapshots();
        let state = |found: Option<Snapshot>| {
            found.map_or(Begin::Wait, |snapshot| Begin::State(Box::new(snapshot)))
        };
        match start {
            StreamStart::LatestFull => Ok(state(snapshots.latest().await?)),
            StreamStart::CompactedFull => Ok(state(compacted(&self.table).await?)),
            StreamStart::FromSnapshotFull(id) => match snapshots.earliest_id().await? {
                None => Ok(Begin::Wait),
                Some(earliest) => Ok(state(Some(snapshots.get(id.max(earliest)).await?))),
            },
            StreamStart::Latest => match snapshots.latest_id().await? {
                None => {
                    self.began_empty = true;
                    Ok(Begin::Wait)
                }
                Some(_) if self.began_empty => Ok(Begin::Changes(FIRST_SNAPSHOT_ID)),
                Some(latest) => Ok(Begin::Changes(latest.saturating_add(1))),
            },
            StreamStart::FromSnapshot(id) => {
                let earliest = self.earliest_change().await?;
                Ok(earliest.map_or(Begin::Wait, |earliest| Begin::Changes(id.max(earliest))))
            }
            StreamStart::FromTimestampMillis(millis) => self.since(millis).await,
        }
    }

    /// `TimeTravelUtil.earlierThanTimeMills`.
    async fn since(&self, millis: i64) -> Result<Begin> {
        let Some(earliest) = self.earliest_change().await? else { return Ok(Begin::Wait) };
        let before = self.table.snapshots().at_or_before(millis.saturating_sub(1)).await?;
        if let Some(before) = before {
            return Ok(Begin::Changes(before.id.saturating_add(1)));
        }
        if self.table.options().changelog_decoupled {
            let changelogs = self.table.handle().changelogs();
            for id in changelogs.ids().await?.into_iter().rev() {
                let older = changelogs.find(id).await?.is_some_and(|c| c.time_millis < millis);
                if older {
                    return Ok(Begin::Changes(id.saturating_add(1)));
                }
            }
        }
        Ok(Begin::Changes(earliest))
    }

    /// The earliest snapshot whose changes can be read.
    async fn earliest_change(&self) -> Result<Option<i64>> {
        let earliest = self.table.snapshots().earliest_id().await?;
        if !self.table.options().changelog_decoupled {
            return Ok(earliest);
        }
        let kept = self.table.handle().changelogs().ids().await?.first().copied();
        Ok(kept.or(earliest))
    }
}
