//! What must hold between a snapshot and the next, checked before each publish.
//!
//! A violation is a bug of the committer; it is caught here, before anybody can see it.

use crate::layout::check_component;
use rimon_spec::{CommitKind, Error, FIRST_SNAPSHOT_ID, Result, Snapshot};

/// Checks `next` against the snapshot it is based on, `None` for the first of a table.
///
/// # Errors
/// `Internal`, naming what does not hold.
pub fn check(prev: Option<&Snapshot>, next: &Snapshot) -> Result<()> {
    check_itself(next).and_then(|()| check_step(prev, next)).map_err(|what| {
        Error::internal(format!("a snapshot that must not be published: {what}"))
            .with("snapshot", next.id)
    })
}

fn ensure(holds: bool, what: &'static str) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err(what) }
}

fn check_itself(next: &Snapshot) -> Result<(), &'static str> {
    ensure(next.version == 3, "its version is not the one that is written")?;
    ensure(!next.commit_user.is_empty(), "it has no commit user")?;
    ensure(next.time_millis > 0, "it has no time")?;
    ensure(next.total_record_count >= 0, "its total record count is below zero")?;
    ensure(
        next.changelog_record_count.is_none_or(|n| n >= 0),
        "its changelog count is below zero",
    )?;
    let mut names = vec![&next.base_manifest_list, &next.delta_manifest_list];
    names.extend(&next.changelog_manifest_list);
    names.extend(&next.index_manifest);
    names.extend(&next.statistics);
    ensure(names.iter().all(|n| check_component(n).is_ok()), "a file name is not a plain name")?;
    let distinct: std::collections::BTreeSet<_> = names.iter().collect();
    ensure(distinct.len() == names.len(), "two of its files are the same")?;
    let sizes = [
        next.base_manifest_list_size,
        next.delta_manifest_list_size,
        next.changelog_manifest_list_size,
    ];
    ensure(sizes.into_iter().flatten().all(|s| s > 0), "a manifest list has no size")?;
    ensure(
        next.changelog_manifest_list.is_some() == next.changelog_manifest_list_size.is_some(),
        "its changelog list and the size of that do not go together",
    )?;
    ensure(
        next.commit_kind != CommitKind::Analyze || next.delta_record_count == 0,
        "it has only statistics and yet changes rows",
    )
}

fn check_step(prev: Option<&Snapshot>, next: &Snapshot) -> Result<(), &'static str> {
    let Some(prev) = prev else {
        ensure(next.id == FIRST_SNAPSHOT_ID, "it is the first and has another id")?;
        return ensure(
            next.total_record_count == next.delta_record_count,
            "it is the first and its total is not its delta",
        );
    };
    ensure(prev.id.checked_add(1) == Some(next.id), "its id does not follow its base")?;
    ensure(next.schema_id >= prev.schema_id, "its schema is older than that of its base")?;
    ensure(
        prev.total_record_count.checked_add(next.delta_record_count)
            == Some(next.total_record_count),
        "its total is not that of its base plus its delta",
    )?;
    let old = [&prev.base_manifest_list, &prev.delta_manifest_list];
    ensure(
        !old.contains(&&next.base_manifest_list) && !old.contains(&&next.delta_manifest_list),
        "it has a manifest list of its base",
    )?;
    let none = i64::MIN;
    ensure(
        next.watermark.unwrap_or(none) >= prev.watermark.unwrap_or(none),
        "its watermark is before that of its base",
    )?;
    ensure(
        next.next_row_id.is_none() || next.next_row_id >= prev.next_row_id,
        "its next row id is before that of its base",
    )?;
    ensure(next.uuid.is_none() || next.uuid != prev.uuid, "it has the uuid of its base")
}

#[cfg(test)]
mod tests;
