//! Dropping: the metastore first, so that nobody finds the table any more, then the files of a managed one.

use super::HiveCatalog;
use super::lookup::{Found, key};
use super::names::require_plain;
use crate::metastore::Failure;
use rimon_catalog::Identifier;
use rimon_metadata::Storage;
use rimon_spec::{Error, Result};

impl HiveCatalog {
    pub(super) async fn remove_table(
        &self,
        id: &Identifier,
        ignore_if_missing: bool,
    ) -> Result<()> {
        require_plain(id, "drop")?;
        let found = match self.find(id).await? {
            Some(found) => found,
            None if ignore_if_missing => return Ok(()),
            None => return Err(self.missing(id).await),
        };
        let (database, name) = key(id);
        // Files are ours to delete: the server would not hide them first, and need not reach them.
        match self.metastore.drop_table(&database, &name, false).await {
            Ok(()) => {}
            Err(Failure::NotFound(_)) if ignore_if_missing => return Ok(()),
            Err(e) if e.is_doubtful() && self.is_gone(id, &found).await => {}
            Err(e) => {
                let hint = "nothing of its files was touched";
                return Err(e
                    .into_error("the table was not dropped", self.server())
                    .with("table", id.to_string())
                    .with_hint(hint));
            }
        }
        self.schemas.invalidate(id);
        if !found.table.owns_files() {
            return Ok(());
        }
        delete(&found.storage).await
    }

    /// Whether the metastore has the table no more, or another one of its name.
    async fn is_gone(&self, id: &Identifier, found: &Found) -> bool {
        match self.registered(id).await {
            Ok(None) => true,
            Ok(Some(now)) => now.created() != found.table.created(),
            Err(_) => false,
        }
    }
}

/// Deletes a table's directory, out of sight first where that is one step.
async fn delete(storage: &Storage) -> Result<()> {
    let Some(dir) = storage.local_dir().map(std::path::Path::to_owned) else {
        return storage.delete_dir("").await;
    };
    let removed = tokio::task::spawn_blocking(move || {
        let (Some(parent), Some(name)) = (dir.parent(), dir.file_name()) else {
            return Err((dir, std::io::ErrorKind::InvalidInput.into()));
        };
        let name = name.to_string_lossy();
        let hidden = parent.join(format!(".dropped-{name}-{}", uuid::Uuid::new_v4()));
        match std::fs::rename(&dir, &hidden) {
            Ok(()) => std::fs::remove_dir_all(&hidden).map_err(|e| (hidden, e)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(e) => Err((dir, e)),
        }
    })
    .await;
    match removed {
        Ok(Ok(())) => Ok(()),
        Ok(Err((left, e))) => {
            Err(Error::unavailable("the table is dropped; its files are not all deleted")
                .with("left", left.display())
                .with_source(e))
        }
        Err(e) => Err(Error::internal("the deletion of a table ended early").with_source(e)),
    }
}
