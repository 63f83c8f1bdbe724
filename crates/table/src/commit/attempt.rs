//! One commit from its entries to its published snapshot, tried against one base after the other.

use std::time::{Duration, Instant};

use rimon_metadata::{ManifestWriter, ManifestWriterOptions, Publish, invariants};

use rimon_spec::{Error, Result, Snapshot};

use super::changes::Changes;
use super::cleanup;
use super::conflict::check_delta;
use super::delta::{Delta, names_snapshot};
use super::identity::{Identity, Kinship};
use super::manifest_merge::{ManifestMerger, Merged, policy};
use super::outcome::{CommitOutcome, UnknownCommit};
use super::retry::Retry;
use super::snapshot::{NextSnapshot, id_after};
use crate::table::Table;

/// A snapshot that was prepared longer ago than this is prepared anew: snapshots may expire meanwhile, and an id that
/// expired must not be used again.
const MAX_AGE: Duration = Duration::from_secs(600);

/// A commit of one kind of changes.
pub(crate) struct Attempt<'a> {
    pub(super) table: &'a Table,
    pub(super) changes: &'a Changes,
    pub(super) watermark: Option<i64>,
    pub(super) identity: Identity,
    /// The changes as they are written; `None` until the snapshot is known that they name.
    delta: Option<Delta>,
    pub(super) options: ManifestWriterOptions,
    pub(super) merged: Option<(Merged, ManifestWriter)>,
    pub(super) retry: Retry,
}

/// What became of one try.
enum Tried {
    Done(CommitOutcome),
    Lost,
}

impl<'a> Attempt<'a> {
    /// Writes the commit's own manifests. Nothing is left behind on an error.
    pub(crate) async fn start(
        table: &'a Table,
        user: &str,
        identifier: i64,
        changes: &'a Changes,
        watermark: Option<i64>,
    ) -> Result<Self> {
        let options = ManifestWriterOptions::of(table.schema())?;
        let delta = match names_snapshot(table, changes) {
            true => None,
            false => Some(Delta::write(table, &options, &changes.entries, None).await?),
        };
        let identity = Identity {
            user: user.to_owned(),
            identifier,
            kind: changes.kind,
            delta_list: delta.as_ref().map(|delta| delta.list.0.clone()).unwrap_or_default(),
        };
        let retry = Retry::new(table.options());
        Ok(Self { table, changes, watermark, identity, delta, options, merged: None, retry })
    }

    /// Tries until the outcome is known or the time is over.
    ///
    /// # Errors
    /// When nothing was published for certain; what was written is removed.
    pub(crate) async fn run(mut self) -> Result<CommitOutcome> {
        let outcome = self.try_all(None).await;
        self.clean_up(&outcome).await;
        outcome?.ok_or_else(|| Error::internal("a commit gave up without a reason"))
    }

    /// The same for changes that fit one base only, a snapshot or none: `None` when the table has another by now.
    pub(crate) async fn run_on(mut self, base: Option<i64>) -> Result<Option<CommitOutcome>> {
        let outcome = self.try_all(Some(base)).await;
        self.clean_up(&outcome).await;
        outcome
    }

    async fn clean_up(&mut self, outcome: &Result<Option<CommitOutcome>>) {
        match outcome {
            Ok(Some(CommitOutcome::Committed(_) | CommitOutcome::Unknown(_))) => {}
            _ => {
                self.forget_delta().await;
                self.forget_merge().await;
            }
        }
    }

    /// `only`: the one base there may be, if the changes fit no other.
    async fn try_all(&mut self, only: Option<Option<i64>>) -> Result<Option<CommitOutcome>> {
        if let Some(conflict) = check_delta(&self.changes.entries) {
            return Ok(Some(CommitOutcome::Conflict(conflict)));
        }
        let snapshots = self.table.snapshots();
        let mut last_base: Option<i64> = None;
        loop {
            let base = snapshots.latest().await?;
            if let (Some(seen), Some(latest)) = (last_base, &base)
                && let Some((snapshot, kinship)) =
                    self.identity.find(&snapshots, seen, latest).await?
            {
                return Ok(Some(self.found(snapshot, kinship).await));
            }
            if only.is_some_and(|only| only != base.as_ref().map(|s| s.id)) {
                return Ok(None);
            }
            if let Some(conflict) = self.check_keys(base.as_ref()).await? {
                let base = base.map(|s| s.id);
                return Ok(Some(CommitOutcome::Conflict(conflict.against(base))));
            }
            if let Some(base) = &base
                && let Some(conflict) = self.check(base).await?
            {
                return Ok(Some(CommitOutcome::Conflict(conflict.against(Some(base.id)))));
            }
            match self.try_once(base.as_ref()).await? {
                Tried::Done(outcome) => return Ok(Some(outcome)),
                Tried::Lost => last_base = Some(base.map_or(0, |s| s.id)),
            }
            if !self.retry.wait(self.table.runtime().ids()).await {
                return Err(Error::unavailable("others committed faster every time")
                    .with("table", self.table.name())
                    .with("tries", self.retry.retries().saturating_add(1))
                    .with_hint("raise 'commit.timeout' or let fewer jobs commit at once"));
            }
        }
    }

    async fn found(&self, snapshot: Snapshot, kinship: Kinship) -> CommitOutcome {
        match kinship {
            Kinship::Same => self.won(snapshot).await,
            _ => CommitOutcome::AlreadyCommitted(Box::new(snapshot)),
        }
    }

    async fn try_once(&mut self, base: Option<&Snapshot>) -> Result<Tried> {
        let prepared = Instant::now();
        let lists = writer(self.table, &self.options);
        let snapshot = match self.prepare_durably(base, &lists).await {
            Ok(snapshot) => snapshot,
            Err(error) => {
                lists.discard().await;
                return Err(error);
            }
        };
        if prepared.elapsed() > MAX_AGE {
            lists.discard().await;
            return Ok(Tried::Lost);
        }
        match self.publish(&snapshot).await {
            Ok(Publish::Won) => match self.is_reachable(base, &snapshot).await {
                true => Ok(Tried::Done(self.won(snapshot).await)),
                false => match cleanup::take_back(self.table, &snapshot).await {
                    Ok(()) => Ok(Tried::Lost),
                    Err(cause) => Ok(self.unknown(&snapshot, cause)),
                },
            },
            Ok(Publish::Lost) => {
                lists.discard().await;
                Ok(Tried::Lost)
            }
            Ok(Publish::Unknown(cause)) => Ok(self.unknown(&snapshot, cause)),
            Err(error) => {
                lists.discard().await;
                Err(error)
            }
        }
    }

    fn unknown(&self, snapshot: &Snapshot, cause: Error) -> Tried {
        Tried::Done(CommitOutcome::Unknown(UnknownCommit {
            user: self.identity.user.clone(),
            identifier: self.identity.identifier,
            snapshot_id: snapshot.id,
            delta_manifest_list: self.identity.delta_list.clone(),
            rows: None,
            cause,
        }))
    }

    /// The next snapshot, all manifests it refers to forced to disk, at once.
    async fn prepare_durably(
        &mut self,
        base: Option<&Snapshot>,
        lists: &ManifestWriter,
    ) -> Result<Snapshot> {
        let snapshot = self.prepare(base, lists).await?;
        let mut files = self.delta.as_ref().map_or_else(Vec::new, |d| d.writer.take_unsynced());
        files.extend(lists.take_unsynced());
        if let Some((_, merged)) = &self.merged {
            files.extend(merged.take_unsynced());
        }
        self.table.storage().sync(&files).await?;
        Ok(snapshot)
    }

    /// The next snapshot with its base list written.
    async fn prepare(
        &mut self,
        base: Option<&Snapshot>,
        lists: &ManifestWriter,
    ) -> Result<Snapshot> {
        let delta_list = self.delta_for(id_after(base)?).await?;
        let manifests = match base {
            None => Vec::new(),
            Some(base) => self.table.handle().manifests().data_manifests(base).await?,
        };
        let manifests = self.merge(manifests).await?;
        let base_list = lists.write_list(&manifests).await?;
        let index_manifest = self.index_manifest(base, lists).await?;
        let schema_id = self.table.schemas().ids().await?.last().copied().ok_or_else(|| {
            Error::not_found("the table is gone").with("table", self.table.name())
        })?;
        let snapshot = NextSnapshot {
            base,
            uuid: self.table.runtime().ids().uuid(),
            schema_id,
            base_list,
            index_manifest,
            delta_list,
            user: &self.identity.user,
            identifier: self.identity.identifier,
            kind: self.changes.kind,
            now_millis: self.table.runtime().clock().now_millis(),
            entries: &self.changes.entries,
            watermark: self.watermark,
        }
        .build()?;
        invariants::check(base, &snapshot)?;
        Ok(snapshot)
    }

    /// The manifest list of the changes as they are in a snapshot. Those that name another one are written anew: that
    /// one is somebody else's for certain.
    async fn delta_for(&mut self, snapshot: i64) -> Result<(String, i64)> {
        if let Some(delta) = self.delta.as_ref().filter(|delta| delta.fits(snapshot)) {
            return Ok(delta.list.clone());
        }
        self.forget_delta().await;
        let entries = &self.changes.entries;
        let delta = Delta::write(self.table, &self.options, entries, Some(snapshot)).await?;
        let list = delta.list.clone();
        self.identity.delta_list.clone_from(&list.0);
        self.delta = Some(delta);
        Ok(list)
    }

    async fn forget_delta(&mut self) {
        if let Some(delta) = self.delta.take() {
            delta.writer.discard().await;
        }
    }

    /// Merges at the first try only, as Java does; later tries use what the first one made where it still fits.
    async fn merge(
        &mut self,
        manifests: Vec<rimon_spec::ManifestFileMeta>,
    ) -> Result<Vec<rimon_spec::ManifestFileMeta>> {
        if let Some((merged, _)) = &self.merged
            && merged.changed()
        {
            return match merged.apply(&manifests) {
                Some(manifests) => Ok(manifests),
                None => {
                    self.forget_merge().await;
                    Ok(manifests)
                }
            };
        }
        if self.retry.retries() > 0 {
            return Ok(manifests);
        }
        let writer = writer(self.table, &self.options);
        let merger = ManifestMerger {
            store: self.table.handle().manifests(),
            writer: &writer,
            partition_types: &self.options.partition_types,
            policy: policy(self.table.options()),
        };
        match merger.merge(&manifests).await {
            Ok(merged) => {
                let after = merged.after.clone();
                self.merged = Some((merged, writer));
                Ok(after)
            }
            Err(error) => {
                writer.discard().await;
                Err(error)
            }
        }
    }

    async fn forget_merge(&mut self) {
        if let Some((_, writer)) = self.merged.take() {
            writer.discard().await;
        }
    }

    async fn won(&self, snapshot: Snapshot) -> CommitOutcome {
        let stamped = self.delta.as_ref().and_then(Delta::stamped_entries);
        let entries = stamped.unwrap_or(&self.changes.entries);
        for listener in &self.table.handle().listeners {
            if let Err(err) = listener.committed(&snapshot, entries).await {
                tracing::warn!(snapshot = snapshot.id, %err, "a listener failed after the commit");
            }
        }
        CommitOutcome::Committed(Box::new(snapshot))
    }
}

pub(super) fn writer(table: &Table, options: &ManifestWriterOptions) -> ManifestWriter {
    table.handle().manifests().writer(table.runtime().ids().uuid(), options.clone())
}
