//! Alterations: a new schema file, then the metastore is brought up to it.

use super::HiveCatalog;
use super::lookup::{Found, key};
use super::names::{check_columns, check_options, removed_options, require_plain};
use crate::clock::now_millis;
use crate::lock::Held;
use crate::metastore::{AlterMode, Failure};
use crate::objects::Column;
use crate::types::is_surely_compatible;
use rimon_catalog::Identifier;
use rimon_metadata::{Branch, Layout, SnapshotStore};
use rimon_spec::{Error, Result, SchemaChange, TableSchema};
use std::sync::Arc;
use std::time::Duration;

/// Tries of one projection while the metastore does not answer, and others alter the table.
const TRIES: u32 = 5;
const BETWEEN: Duration = Duration::from_millis(200);

/// The server's setting.
const TYPES_WATCHED: &str = "hive.metastore.disallow.incompatible.col.type.changes";

impl HiveCatalog {
    pub(super) async fn change_table(
        &self,
        id: &Identifier,
        changes: &[SchemaChange],
        ignore_if_missing: bool,
    ) -> Result<()> {
        if id.system_table().is_some() {
            return require_plain(id, "alter");
        }
        let branch = id.branch()?;
        let found = match self.find(id).await? {
            Some(found) => found,
            None if ignore_if_missing => return Ok(()),
            None => return Err(self.missing(id).await),
        };
        if found.schemas(&branch).ids().await?.is_empty() {
            return if ignore_if_missing { Ok(()) } else { self.handle(id).await.map(drop) };
        }
        let held = self.hold(id).await?;
        let altered = self.write_next(id, &found, &branch, changes, held.as_ref()).await;
        if let Some(held) = held {
            held.release().await;
        }
        let schema = altered.map_err(|e| e.with("table", id.to_string()))?;
        // The metastore knows the main branch only.
        if !branch.is_main() {
            return Ok(());
        }
        self.project(id, schema, &removed_options(changes)).await
    }

    async fn write_next(
        &self,
        id: &Identifier,
        found: &Found,
        branch: &Branch,
        changes: &[SchemaChange],
        held: Option<&Held>,
    ) -> Result<Arc<TableSchema>> {
        let snapshots = SnapshotStore::new(found.storage.clone(), Layout::new(branch));
        let has_snapshots = snapshots.latest_id().await?.is_some();
        let now = now_millis();
        let watched = branch.is_main() && may_move(changes) && self.watches_types().await;
        if let Some(held) = held {
            held.check().await?;
        }
        let schemas = found.schemas(branch);
        schemas
            .alter(|base| {
                let next = base.apply(changes, has_snapshots, now)?;
                check_columns(&next)?;
                if base.options.get("metastore.tag-to-partition")
                    != next.options.get("metastore.tag-to-partition")
                {
                    check_options(&next)?;
                }
                if branch.is_main() {
                    // What has no name in Hive is refused before it is written.
                    let mut table = found.table.clone();
                    self.options.style.update(&mut table, &next, &found.location, &[])?;
                    if watched {
                        check_places(&found.table.columns(), &table.columns(), self.server())?;
                    }
                }
                Ok(next)
            })
            .await
            .map_err(|e| e.with("table", id.to_string()))
    }

    /// Whether the server refuses columns whose type is not that of the column that was in their place.
    async fn watches_types(&self) -> bool {
        let asked = self.metastore.setting(TYPES_WATCHED, "true").await;
        // Who does not say so will say so when it is told.
        asked.is_ok_and(|v| v.trim().eq_ignore_ascii_case("true"))
    }

    /// Makes the metastore say what `schema` says, or a later one if there is one by then.
    pub(super) async fn project(
        &self,
        id: &Identifier,
        mut schema: Arc<TableSchema>,
        removed: &[String],
    ) -> Result<()> {
        let mut failed = None;
        for _ in 0..TRIES {
            match self.tell(id, &schema, removed).await {
                Ok(found) => {
                    // Somebody else may have altered the table since, and told the metastore before we did.
                    let latest = found.schemas(&Branch::Main).latest().await?;
                    match latest {
                        Some(latest) if latest.id > schema.id => schema = latest,
                        _ => return Ok(()),
                    }
                }
                Err(Told::Retry(e)) => {
                    failed = Some(e);
                    tokio::time::sleep(BETWEEN).await;
                }
                Err(Told::Give(e)) => return Err(stale(e, id, &schema)),
            }
        }
        match failed {
            Some(e) => Err(stale(e, id, &schema)),
            // Others keep altering: the last one of them tells the metastore.
            None => Ok(()),
        }
    }

    /// One try; nothing is sent if the metastore says it already.
    async fn tell(
        &self,
        id: &Identifier,
        schema: &TableSchema,
        removed: &[String],
    ) -> Result<Found, Told> {
        let (database, name) = key(id);
        let found = match self.find(id).await {
            Ok(Some(found)) => found,
            Ok(None) => return Err(Told::Give(self.missing(id).await)),
            Err(e) if e.is_retryable() => return Err(Told::Retry(e)),
            Err(e) => return Err(Told::Give(e)),
        };
        let mut table = found.table.clone();
        let style = self.options.style;
        style.update(&mut table, schema, &found.location, removed).map_err(Told::Give)?;
        if says_the_same(&table, &found.table) {
            return Ok(found);
        }
        let skip = found.table.parameters().get("DO_NOT_UPDATE_STATS").is_some_and(|v| v == "true");
        let mode = AlterMode {
            cascade: self.options.cascade,
            skip_statistics: self.options.skip_statistics || skip,
        };
        match self.metastore.alter_table(&database, &name, table, Some(mode)).await {
            Ok(()) => Ok(found),
            Err(e @ (Failure::Lost(_) | Failure::NotSent(_) | Failure::Trouble(_))) => {
                Err(Told::Retry(e.into_error("the metastore was not told", self.server())))
            }
            Err(e) => Err(Told::Give(e.into_error("the metastore was not told", self.server()))),
        }
    }

    /// Takes the table's lock, if locks are on.
    pub(super) async fn hold(&self, id: &Identifier) -> Result<Option<Held>> {
        if !self.options.lock.enabled {
            return Ok(None);
        }
        let (database, _) = key(id);
        self.locks.acquire(&database, &id.base().object()).await.map(Some)
    }
}

/// Whether columns may come to other places.
fn may_move(changes: &[SchemaChange]) -> bool {
    changes.iter().any(|c| {
        matches!(
            c,
            SchemaChange::DropColumn(_)
                | SchemaChange::UpdateColumnPosition { .. }
                | SchemaChange::AddColumn { position: Some(_), .. }
        )
    })
}

/// Refuses, before anything is written, what the server is going to refuse: Hive compares columns by their place.
fn check_places(old: &[Column], new: &[Column], server: &str) -> Result<()> {
    let moved = old.iter().zip(new).find(|(old, new)| {
        !old.name.eq_ignore_ascii_case(&new.name)
            && !is_surely_compatible(&old.data_type, &new.data_type)
    });
    let Some((old, new)) = moved else { return Ok(()) };
    Err(Error::invalid(format!(
        "the metastore refuses that column '{}' ({}) comes to the place of '{}' ({})",
        new.name, new.data_type, old.name, old.data_type
    ))
    .with("metastore", server)
    .with_hint(format!("the server allows it with {TYPES_WATCHED}=false")))
}

/// Why a try did not do.
enum Told {
    Retry(Error),
    Give(Error),
}

/// Whether an alteration would change nothing.
fn says_the_same(new: &crate::objects::Table, old: &crate::objects::Table) -> bool {
    new.columns() == old.columns()
        && new.partition_keys() == old.partition_keys()
        && new.parameters() == old.parameters()
        && new.location() == old.location()
}

/// The schema is in effect, and the metastore does not say so.
fn stale(e: Error, id: &Identifier, schema: &TableSchema) -> Error {
    let refuses_types = e.message().contains("incompatible");
    let error = Error::new(
        e.kind(),
        format!(
            "the table is altered, but the metastore still shows it as before: {}",
            e.message()
        ),
    )
    .with("table", id.to_string())
    .with("schema", schema.id);
    error
        .with_hint(if refuses_types {
            "the server wants hive.metastore.disallow.incompatible.col.type.changes=false; then 'rimon catalog repair'"
        } else {
            "'rimon catalog repair' brings the metastore up to date"
        })
        .with_source(e)
}
