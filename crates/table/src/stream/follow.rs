//! The changes of one snapshot after the other.

use rimon_spec::{CommitKind, Error, FileKind, Result, Snapshot};

use super::{StreamScan, StreamStep};
use crate::plan::{ChangeFiles, DeletionIndex, LiveFiles, Split, files_of};
use crate::scan::Planner;

impl StreamScan {
    /// The next changes, from the snapshot `next` on.
    pub(super) async fn follow(&mut self, mut next: i64) -> Result<StreamStep> {
        loop {
            let Some(snapshot) = self.snapshot(next).await? else {
                self.check_range(next).await?;
                return Ok(StreamStep::Wait);
            };
            if self.is_beyond(&snapshot) {
                self.ended = true;
                return Ok(StreamStep::End);
            }
            if self.is_too_young(&snapshot) {
                return Ok(StreamStep::Wait);
            }
            let mut planner = self.planner()?;
            let splits = self.changes(&mut planner, &snapshot).await?;
            next = next.saturating_add(1);
            self.next = Some(next);
            if !splits.is_empty() {
                return Ok(self.step(snapshot, planner, splits));
            }
        }
    }

    /// The snapshot, or what is kept of it.
    async fn snapshot(&self, id: i64) -> Result<Option<Snapshot>> {
        match self.table.snapshots().find(id).await? {
            None if self.table.options().changelog_decoupled => {
                self.table.handle().changelogs().find(id).await
            }
            found => Ok(found),
        }
    }

    fn is_too_young(&self, snapshot: &Snapshot) -> bool {
        let Some(delay) = self.table.options().streaming_read_delay else { return false };
        let delay = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
        let now = self.table.runtime().clock().now_millis();
        snapshot.time_millis > now.saturating_sub(delay)
    }

    async fn changes(&self, planner: &mut Planner, snapshot: &Snapshot) -> Result<Vec<Split>> {
        let options = self.table.options();
        let overwrites = match self.table.has_primary_key() {
            true => options.streaming_read_overwrite,
            false => options.streaming_read_append_overwrite,
        };
        if snapshot.commit_kind == CommitKind::Overwrite && overwrites {
            return self.overwrite(planner, snapshot).await;
        }
        let files = if !self.has_changelog() {
            (snapshot.commit_kind == CommitKind::Append).then_some(ChangeFiles::Delta)
        } else {
            snapshot.changelog_manifest_list.is_some().then_some(ChangeFiles::Changelog)
        };
        let Some(files) = files else { return Ok(Vec::new()) };
        planner.read.set_snapshot(snapshot.id);
        let added = files_of(&self.table, snapshot, files, &planner.predicate).await?;
        planner.changes(added, &|_| true).await
    }

    /// The rows that an overwrite took away, as rows that are gone, then those it brought.
    async fn overwrite(&self, planner: &mut Planner, snapshot: &Snapshot) -> Result<Vec<Split>> {
        let files = files_of(&self.table, snapshot, ChangeFiles::Delta, &planner.predicate).await?;
        let of = |kind: FileKind, files: &LiveFiles| LiveFiles {
            entries: files.entries.iter().filter(|e| e.kind == kind).cloned().collect(),
            ..LiveFiles::default()
        };
        let (gone, added) = (of(FileKind::Delete, &files), of(FileKind::Add, &files));
        if !self.table.has_primary_key() {
            return planner.changes(added, &|_| true).await;
        }
        let none = DeletionIndex::default();
        let mut splits = planner.state_of(gone, &none, &|_| true).await?;
        splits.iter_mut().for_each(|split| split.reversed = true);
        splits.extend(planner.state_of(added, &none, &|_| true).await?);
        planner.read.drop_retractions();
        Ok(splits)
    }

    /// `NextSnapshotFetcher.rangeCheck`: whether the snapshot can still come.
    async fn check_range(&self, next: i64) -> Result<()> {
        let snapshots = self.table.snapshots();
        let (earliest, latest) = (snapshots.earliest_id().await?, snapshots.latest_id().await?);
        let (Some(earliest), Some(latest)) = (earliest, latest) else {
            if next <= rimon_spec::FIRST_SNAPSHOT_ID {
                return Ok(());
            }
            return Err(self.out_of_range(next, "the table has no snapshots"));
        };
        let there = format!("there are snapshots {earliest} to {latest}");
        if latest.saturating_add(1) < next {
            return Err(self.out_of_range(next, &there).with_hint(
                "the table was rolled back or made anew: begin again, or at a snapshot that there is",
            ));
        }
        // it may have come in between
        if next < earliest && self.snapshot(next).await?.is_none() {
            return Err(self.out_of_range(next, &format!("it has expired; {there}")).with_hint(
                "keep snapshots or changelogs longer, or set 'consumer-id', which keeps what is still to be read",
            ));
        }
        Ok(())
    }

    fn out_of_range(&self, next: i64, why: &str) -> Error {
        Error::not_found(format!("the stream is to read snapshot {next}, but {why}"))
            .with("table", self.table.name())
            .with("snapshot", next)
    }
}
