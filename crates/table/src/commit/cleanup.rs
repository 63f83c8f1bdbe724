//! Removing what a commit wrote and did not publish. Nothing here touches a file that a snapshot may refer to.

use hashbrown::HashSet;
use rimon_metadata::Storage;
use rimon_spec::{Error, FileKind, Result, Snapshot};

use crate::table::Table;
use crate::write::{CommitMessage, bucket_directory, index_path};

/// Deletes the data and index files of messages that were not committed, except those that the table has.
///
/// # Errors
/// When the table's files cannot be listed; nothing is deleted then.
pub(crate) async fn abort(table: &Table, messages: &[CommitMessage]) -> Result<()> {
    let mut candidates = Vec::new();
    for message in messages {
        let directory = bucket_directory(table, &message.partition, message.bucket)?;
        for file in message.added_files() {
            candidates.push((format!("{directory}/{}", file.file_name), file.file_name.clone()));
        }
        for file in &message.index {
            let path = index_path(table, &message.partition, message.bucket, &file.file_name)?;
            candidates.push((path, file.file_name.clone()));
        }
    }
    if candidates.is_empty() {
        return Ok(());
    }
    let names: HashSet<&str> = candidates.iter().map(|(_, name)| name.as_str()).collect();
    let referenced = referenced(table, &names).await?;
    for (path, name) in &candidates {
        if !referenced.contains(name.as_str()) {
            delete(table.storage(), path).await;
        }
    }
    Ok(())
}

/// That the files of messages that are still to be committed are there.
///
/// # Errors
/// `NotFound` naming the first that is gone.
pub(crate) async fn check_files(table: &Table, messages: &[CommitMessage]) -> Result<()> {
    for message in messages {
        let directory = bucket_directory(table, &message.partition, message.bucket)?;
        let inside = message.added_files().filter(|file| file.external_path.is_none());
        for file in inside {
            let path = format!("{directory}/{}", file.file_name);
            if !table.storage().exists(&path).await? {
                return Err(Error::not_found(
                    "a file of a commit that is still to be made is gone",
                )
                .with("table", table.name())
                .with("file", path)
                .with_hint("what it held has to be written again"));
            }
        }
    }
    Ok(())
}

/// Which of `names` any snapshot names.
async fn referenced(table: &Table, names: &HashSet<&str>) -> Result<HashSet<String>> {
    let mut found = HashSet::new();
    let handle = table.handle();
    for snapshot in handle.snapshots().all().await? {
        for meta in handle.manifests().delta_manifests(&snapshot).await? {
            note(table, &meta, names, &mut found).await?;
        }
        for entry in handle.manifests().index_entries(&snapshot).await? {
            if names.contains(entry.file_name.as_str()) {
                found.insert(entry.file_name);
            }
        }
    }
    if let Some(earliest) = handle.snapshots().earliest().await? {
        for meta in handle.manifests().data_manifests(&earliest).await? {
            note(table, &meta, names, &mut found).await?;
        }
    }
    Ok(found)
}

async fn note(
    table: &Table,
    meta: &rimon_spec::ManifestFileMeta,
    names: &HashSet<&str>,
    found: &mut HashSet<String>,
) -> Result<()> {
    for entry in table.handle().manifests().read_manifest(meta).await?.iter() {
        if entry.kind == FileKind::Add && names.contains(entry.file.file_name.as_str()) {
            found.insert(entry.file.file_name.clone());
        }
    }
    Ok(())
}

/// Takes back a snapshot that was published under an id that had been used and expired before, so that no reader can
/// reach it: only when its file still holds this snapshot.
pub(crate) async fn take_back(table: &Table, snapshot: &Snapshot) -> Result<()> {
    let handle = table.handle();
    let found = handle.snapshots().find(snapshot.id).await?;
    if found.is_some_and(|s| s.delta_manifest_list == snapshot.delta_manifest_list) {
        handle.storage.delete(&handle.layout().snapshot(snapshot.id)).await?;
    }
    Ok(())
}

async fn delete(storage: &Storage, path: &str) {
    if let Err(err) = storage.delete(path).await {
        tracing::warn!(path, %err, "a data file that is not needed is left behind");
    }
}
