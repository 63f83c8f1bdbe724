//! Renaming: `HiveCatalog.renameTableImpl`.

use super::HiveCatalog;
use super::lookup::{Found, key};
use super::names::{check_new, require_plain};
use crate::location;
use crate::metastore::Failure;
use rimon_catalog::Identifier;
use rimon_metadata::Branch;
use rimon_spec::{Error, Result};

impl HiveCatalog {
    pub(super) async fn move_table(
        &self,
        from: &Identifier,
        to: &Identifier,
        ignore_if_missing: bool,
    ) -> Result<()> {
        require_plain(from, "rename")?;
        require_plain(to, "rename to")?;
        let found = match self.find(from).await? {
            Some(found) => found,
            None if ignore_if_missing => return Ok(()),
            None => return Err(self.missing(from).await),
        };
        let placed = self.directory_for(to).await?;
        check_new("table", to.table(), self.server())?;
        if let Some(taken) = self.registered(to).await? {
            let _ = taken;
            return Err(Error::already_exists(format!("table '{to}' is already there")));
        }
        let moves = found.table.owns_files() && !location::same(&placed, &found.location);
        if moves {
            self.require_free(&placed, to).await?;
        }
        let ((from_db, from_name), (to_db, to_name)) = (key(from), key(to));
        let mut renamed = found.table.clone();
        renamed.set_name(&to_db, &to_name);
        match self.metastore.alter_table(&from_db, &from_name, renamed, None).await {
            Ok(()) => {}
            Err(e) if e.is_doubtful() => match self.outcome(from, to, &found).await? {
                true => {}
                false => return Err(self.not_renamed(e, from)),
            },
            Err(e) => return Err(self.not_renamed(e, from)),
        }
        self.schemas.invalidate(from);
        self.follow(to, &found, &placed, moves).await
    }

    /// A directory that the server is going to move the table to must not be there.
    async fn require_free(&self, placed: &str, to: &Identifier) -> Result<()> {
        let storage = location::open(placed, &self.options.storage, &to.to_string())?;
        let used = !storage.list_dirs("").await?.is_empty() || !storage.list("").await?.is_empty();
        if used {
            return Err(Error::already_exists(format!("the directory of '{to}' is in use"))
                .with("location", placed));
        }
        Ok(())
    }

    fn not_renamed(&self, e: Failure, from: &Identifier) -> Error {
        e.into_error("the table was not renamed", self.server()).with("table", from.to_string())
    }

    /// Whether a renaming that was not answered took place.
    async fn outcome(&self, from: &Identifier, to: &Identifier, found: &Found) -> Result<bool> {
        let (old, new) = (self.registered(from).await?, self.registered(to).await?);
        let created = |t: &crate::objects::Table| t.created();
        Ok(old.is_none() && new.is_some_and(|t| created(&t) == created(&found.table)))
    }

    /// The server moves the directory of a managed table; where it did not, we do.
    async fn follow(
        &self,
        to: &Identifier,
        before: &Found,
        placed: &str,
        moves: bool,
    ) -> Result<()> {
        let Some(now) = self.find(to).await? else { return Ok(()) };
        let there = !now.schemas(&Branch::Main).ids().await?.is_empty();
        if there || !moves {
            return Ok(());
        }
        // Its schema is neither where the metastore says nor was it taken along: the old place still has it.
        if before.schemas(&Branch::Main).ids().await?.is_empty() {
            return Ok(());
        }
        let (database, name) = key(to);
        let mut table = now.table.clone();
        let _ = placed;
        self.options.style.relocate(&mut table, &before.location);
        let told = self.metastore.alter_table(&database, &name, table, None).await;
        told.map_err(|e| {
            e.into_error("the renamed table has its files at the old place", self.server())
                .with("table", to.to_string())
                .with("location", &before.location)
        })
    }
}
