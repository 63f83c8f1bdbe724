//! What happened to a table between two of its snapshots.

use rimon_spec::{CommitKind, Result, Snapshot};

use crate::table::Table;

/// Whether a snapshot after `since`, up to `latest`, took rows away.
pub(crate) async fn overwritten_since(table: &Table, since: i64, latest: i64) -> Result<bool> {
    any_since(table, since, latest, |s| s.commit_kind == CommitKind::Overwrite).await
}

/// Whether anybody but `user` wrote rows after the snapshot `since`, up to `latest`.
pub(crate) async fn written_by_others(
    table: &Table,
    user: &str,
    since: i64,
    latest: i64,
) -> Result<bool> {
    let others = |s: &Snapshot| {
        s.commit_user != *user
            && matches!(s.commit_kind, CommitKind::Append | CommitKind::Overwrite)
    };
    any_since(table, since, latest, others).await
}

/// A snapshot that expired meanwhile counts.
async fn any_since(
    table: &Table,
    since: i64,
    latest: i64,
    test: impl Fn(&Snapshot) -> bool,
) -> Result<bool> {
    let snapshots = table.snapshots();
    for id in since.saturating_add(1)..=latest {
        match snapshots.find(id).await? {
            Some(snapshot) if !test(&snapshot) => {}
            _ => return Ok(true),
        }
    }
    // The table may have been rolled back to before what was looked at.
    Ok(latest < since)
}
