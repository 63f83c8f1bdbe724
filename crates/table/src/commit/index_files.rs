//! The index files of the next snapshot: `IndexManifestFileHandler.java`.

use rimon_spec::index::hash_index::INDEX_TYPE;
use rimon_spec::{Error, FileKind, IndexManifestEntry, Result, Snapshot};

use super::attempt::Attempt;
use rimon_metadata::ManifestWriter;

impl Attempt<'_> {
    /// The index manifest of the snapshot after `base`: that of `base` when the commit changes no index.
    pub(super) async fn index_manifest(
        &self,
        base: Option<&Snapshot>,
        writer: &ManifestWriter,
    ) -> Result<Option<String>> {
        if self.changes.index.is_empty() {
            return Ok(base.and_then(|s| s.index_manifest.clone()));
        }
        let before = match base {
            Some(base) => self.table.manifests().index_entries(base).await?,
            None => Vec::new(),
        };
        writer.write_index(&combine(before, &self.changes.index)?).await.map(Some)
    }
}

/// A bucket has one hash index: a new one takes the place of the old one. Other indexes stay as they are, or go away.
///
/// # Errors
/// `Unsupported` for new indexes of other types.
fn combine(
    before: Vec<IndexManifestEntry>,
    changes: &[IndexManifestEntry],
) -> Result<Vec<IndexManifestEntry>> {
    let added = |e: &&IndexManifestEntry| e.kind == FileKind::Add;
    if let Some(other) = changes.iter().filter(added).find(|e| e.index_type != INDEX_TYPE) {
        return Err(Error::unsupported(format!(
            "committing index files of type {}",
            other.index_type
        ))
        .with("index file", &other.file_name));
    }
    let replaced = |old: &IndexManifestEntry| {
        changes.iter().any(|new| {
            let same_place = new.index_type == old.index_type
                && new.bucket == old.bucket
                && new.partition == old.partition;
            same_place && (new.kind == FileKind::Add || new.file_name == old.file_name)
        })
    };
    let mut after: Vec<_> = before.into_iter().filter(|e| !replaced(e)).collect();
    after.extend(changes.iter().filter(added).cloned());
    Ok(after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rimon_spec::BinaryRow;

    fn entry(bucket: i32, index_type: &str, name: &str) -> IndexManifestEntry {
        IndexManifestEntry {
            kind: FileKind::Add,
            partition: BinaryRow::empty(),
            bucket,
            index_type: index_type.to_owned(),
            file_name: name.to_owned(),
            file_size: 4,
            row_count: 1,
            deletion_vectors: None,
            external_path: None,
            global_index: None,
        }
    }

    #[test]
    fn a_new_hash_index_replaces_that_of_its_bucket_only() {
        let before = vec![
            entry(0, INDEX_TYPE, "a"),
            entry(1, INDEX_TYPE, "b"),
            entry(0, "DELETION_VECTORS", "dv"),
        ];
        let after = combine(before, &[entry(0, INDEX_TYPE, "c")]).unwrap();
        let names: Vec<&str> = after.iter().map(|e| e.file_name.as_str()).collect();
        assert_eq!(names, ["b", "dv", "c"]);
        let removed = IndexManifestEntry { kind: FileKind::Delete, ..entry(1, INDEX_TYPE, "b") };
        assert_eq!(combine(after, &[removed]).unwrap().len(), 2);
    }
}
