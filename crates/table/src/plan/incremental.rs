//! What changed between two versions: `AbstractDataTableScan.createIncrementalStartingScanner`,
//! `IncrementalDeltaStartingScanner.java`, `IncrementalDiffStartingScanner.java`.

use chrono::NaiveDateTime;
use rimon_spec::options::{ChangelogProducer, IncrementalMode, ScanOptions, StartMode};
use rimon_spec::{CommitKind, Error, Predicate, Result, Snapshot};

use super::entries::{LiveFiles, changed_files};
use super::local_time::local_millis;
use crate::table::Table;

/// Files that hold the changes of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChangeFiles {
    /// The files that its rows were written to.
    Delta,
    /// Its changelog files.
    Changelog,
}

/// What an incremental read is to give.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Increment {
    /// Nothing.
    Nothing,
    /// The changes of these snapshots.
    Changes(Vec<Snapshot>, ChangeFiles),
    /// The difference of two states.
    Difference(Box<(Snapshot, Snapshot)>),
    /// All rows of a state.
    State(Box<Snapshot>),
}

/// What the options of a read ask for.
///
/// # Errors
/// `Invalid` for what is no version; `NotFound` for versions that are not there.
pub(crate) async fn increment(table: &Table, scan: &ScanOptions) -> Result<Increment> {
    if scan.mode == StartMode::LatestDelta {
        return match table.snapshots().latest().await? {
            None => Ok(Increment::Nothing),
            Some(latest) => Ok(Increment::Changes(vec![latest], ChangeFiles::Delta)),
        };
    }
    if let Some((from, to)) = &scan.between {
        return between(table, scan, from, to).await;
    }
    if let Some((from, to)) = &scan.between_timestamps {
        return between_times(table, scan, millis(from)?, millis(to)?).await;
    }
    match &scan.to_auto_tag {
        Some(tag) => to_auto_tag(table, tag).await,
        None => Err(Error::internal("an incremental read without bounds")),
    }
}

async fn between(table: &Table, scan: &ScanOptions, from: &str, to: &str) -> Result<Increment> {
    let tags = table.handle().tags();
    if let (Some(start), Some(end)) = (tags.find(from).await?, tags.find(to).await?) {
        if scan.tag_to_snapshot {
            return between_ids(table, scan, start.id, end.id).await;
        }
        if end.id < start.id {
            return Err(Error::invalid(format!(
                "option 'incremental-between' = '{from},{to}': tag '{to}' of snapshot {} is before tag '{from}' of snapshot {}",
                end.id, start.id
            ))
            .with("table", table.name()));
        }
        return Ok(difference(start, end));
    }
    let (Ok(start), Ok(end)) = (from.parse::<i64>(), to.parse::<i64>()) else {
        return Err(Error::not_found(format!(
            "option 'incremental-between' = '{from},{to}': '{from}' and '{to}' are neither two tags nor two snapshot ids"
        ))
        .with("table", table.name()));
    };
    if end < start {
        return Err(Error::invalid(format!(
            "option 'incremental-between' = '{from},{to}': snapshot {end} is before snapshot {start}"
        ))
        .with("table", table.name()));
    }
    between_ids(table, scan, start, end).await
}

async fn between_ids(table: &Table, scan: &ScanOptions, start: i64, end: i64) -> Result<Increment> {
    let snapshots = table.snapshots();
    if start == end || snapshots.latest_id().await?.is_none() {
        return Ok(Increment::Nothing);
    }
    match change_files(table, scan) {
        None => Ok(difference(snapshots.get(start).await?, snapshots.get(end).await?)),
        Some(files) => changes(table, start, end, files).await,
    }
}

async fn between_times(
    table: &Table,
    scan: &ScanOptions,
    start: i64,
    end: i64,
) -> Result<Increment> {
    if end < start {
        return Err(Error::invalid(format!(
            "option 'incremental-between-timestamp': time {end} is before time {start}"
        ))
        .with("table", table.name()));
    }
    let snapshots = table.snapshots();
    let (Some(earliest), Some(latest)) = (snapshots.earliest().await?, snapshots.latest().await?)
    else {
        return Ok(Increment::Nothing);
    };
    if start == end || start > latest.time_millis || end < earliest.time_millis {
        return Ok(Increment::Nothing);
    }
    let before = snapshots.at_or_before(start).await?;
    let after = snapshots.at_or_before(end).await?.unwrap_or(latest);
    let Some(files) = change_files(table, scan) else {
        return Ok(match before {
            Some(before) => Increment::Difference(Box::new((before, after))),
            None if earliest.id == rimon_spec::FIRST_SNAPSHOT_ID => {
                Increment::State(Box::new(after))
            }
            None => Increment::Difference(Box::new((earliest, after))),
        });
    };
    let first = match before {
        Some(before) if earliest.time_millis <= start => before.id,
        _ => earliest.id.saturating_sub(1),
    };
    changes(table, first, after.id, files).await
}

/// The difference of the tag and the automatic tag before it; nothing when there are no such tags.
async fn to_auto_tag(table: &Table, tag: &str) -> Result<Increment> {
    let pattern = table.options().auto_tag_pattern;
    let Some(time) = tag_time(pattern, tag) else {
        return Err(Error::invalid(format!("'{tag}' is no name of an automatic tag"))
            .with("table", table.name()));
    };
    let tags = table.handle().tags();
    let Some(end) = tags.find(tag).await? else { return Ok(Increment::Nothing) };
    let mut earlier = Vec::new();
    for (name, tag) in tags.all().await? {
        earlier.extend(tag_time(pattern, &name).filter(|t| *t < time).map(|t| (t, tag.snapshot)));
    }
    Ok(match earlier.into_iter().max_by_key(|(time, _)| *time) {
        Some((_, start)) => Increment::Difference(Box::new((start, end))),
        None => Increment::Nothing,
    })
}

/// The time that an automatic tag is named after; `None` for other names.
fn tag_time(pattern: &str, name: &str) -> Option<NaiveDateTime> {
    let name = if pattern.ends_with("%d") { name.split(' ').next()? } else { name };
    // the form always has a day, and hours or minutes or none
    let (text, form) = match pattern {
        p if p.ends_with("%M") => (name.to_owned(), p.to_owned()),
        p if p.ends_with("%H") => (format!("{name}00"), format!("{p}%M")),
        p => (format!("{name}0000"), format!("{p}%H%M")),
    };
    let time = NaiveDateTime::parse_from_str(&text, &form).ok()?;
    // chrono also reads numbers that are not filled up with zeros
    (time.format(&form).to_string() == text).then_some(time)
}

fn difference(start: Snapshot, end: Snapshot) -> Increment {
    match start.id == end.id {
        true => Increment::Nothing,
        false => Increment::Difference(Box::new((start, end))),
    }
}

/// Which files show the changes; `None`: the difference of the states.
fn change_files(table: &Table, scan: &ScanOptions) -> Option<ChangeFiles> {
    match scan.between_mode {
        IncrementalMode::Auto => Some(match table.options().changelog_producer {
            ChangelogProducer::None => ChangeFiles::Delta,
            _ => ChangeFiles::Changelog,
        }),
        IncrementalMode::Delta => Some(ChangeFiles::Delta),
        IncrementalMode::Changelog => Some(ChangeFiles::Changelog),
        IncrementalMode::Diff => None,
    }
}

/// The snapshots after `start` up to `end` with changes, and what is kept of expired ones.
async fn changes(table: &Table, start: i64, end: i64, files: ChangeFiles) -> Result<Increment> {
    let (snapshots, changelogs) = (table.snapshots(), table.handle().changelogs());
    let mut found = Vec::new();
    for id in start.saturating_add(1)..=end {
        let snapshot = match snapshots.find(id).await? {
            Some(snapshot) => snapshot,
            None => match changelogs.find(id).await? {
                Some(changelog) => changelog,
                // with the error that says what there is
                None => snapshots.get(id).await?,
            },
        };
        let shown = match files {
            ChangeFiles::Delta => snapshot.commit_kind == CommitKind::Append,
            ChangeFiles::Changelog => snapshot.commit_kind != CommitKind::Overwrite,
        };
        found.extend(shown.then_some(snapshot));
    }
    Ok(Increment::Changes(found, files))
}

/// The files with the changes of a snapshot.
pub(crate) async fn files_of(
    table: &Table,
    snapshot: &Snapshot,
    files: ChangeFiles,
    predicate: &Predicate,
) -> Result<LiveFiles> {
    let metas = match files {
        ChangeFiles::Delta => table.manifests().delta_manifests(snapshot).await?,
        ChangeFiles::Changelog => table.manifests().changelog_manifests(snapshot).await?,
    };
    changed_files(table, snapshot, metas, predicate).await
}

/// Milliseconds, or a local time.
fn millis(text: &str) -> Result<i64> {
    text.parse().or_else(|_| local_millis(text))
}

#[cfg(test)]
mod tests {
    use super::tag_time;

    #[test]
    fn automatic_tags_are_known_by_their_names() {
        let hour = |pattern, name| tag_time(pattern, name).map(|t| t.to_string());
        let midnight = Some("2024-12-04 00:00:00".to_owned());
        assert_eq!(hour("%Y-%m-%d", "2024-12-04"), midnight);
        assert_eq!(hour("%Y-%m-%d", "2024-12-04 11"), midnight);
        assert_eq!(hour("%Y%m%d", "20241204"), midnight);
        assert_eq!(hour("%Y-%m-%d %H", "2024-12-04 00"), midnight);
        assert_eq!(hour("%Y%m%d%H%M", "202412040000"), midnight);
        for (pattern, name) in
            [("%Y-%m-%d", "2024-12-4"), ("%Y-%m-%d", "eod"), ("%Y-%m-%d %H", "2024-12-04")]
        {
            assert_eq!(tag_time(pattern, name), None, "{name}");
        }
    }
}
