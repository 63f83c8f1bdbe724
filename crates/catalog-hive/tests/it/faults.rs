//! Whatever happens to a call, files and metastore agree afterwards, or `repair` makes them; no schema is lost.

use crate::site::{Site, options};
use indexmap::IndexMap;
use rimon_catalog::testing::sample_table;
use rimon_catalog::{Catalog, Identifier, RepairScope};
use rimon_catalog_hive::{HiveCatalog, testing};
use rimon_integration_tests::metastore::{Metastore, Version};
use rimon_integration_tests::proxy::{Harm, Proxy};
use rimon_spec::{Error, ErrorKind, Result, SchemaChange};
use std::process::Command;

struct Harmed {
    site: Site,
    proxy: Proxy,
    /// Through the proxy.
    catalog: HiveCatalog,
    /// Past it.
    direct: HiveCatalog,
}

impl Harmed {
    async fn new(database: &str, more: &[(&str, &str)]) -> Option<Self> {
        let site = Site::new(Version::Hive3)?;
        let proxy = Proxy::before(site.metastore.port());
        let direct = site.with_database(database).await;
        let mut options = options(&proxy.uri(), site.warehouse());
        let settings = [("hive.metastore.client.socket.timeout", "2s"), ("client-pool-size", "3")];
        let all = settings.iter().chain(more);
        options.extend(all.map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
        let catalog = rimon_catalog_hive::connect(options).await.unwrap();
        Some(Self { site, proxy, catalog, direct })
    }

    /// Creates a table of `database` while a call is harmed: its name, and the answer.
    async fn create(
        &self,
        database: &str,
        method: &'static str,
        harm: Harm,
    ) -> (Identifier, Result<()>) {
        let what = format!("{method} {harm:?}");
        let name = format!("{database}.t_{}", what.to_lowercase().replace(' ', "_"));
        let id: Identifier = name.parse().unwrap();
        self.proxy.harm(method, harm);
        let made = self.catalog.create_table(&id, sample_table(), false).await;
        assert!(self.proxy.done(), "{what}: the call was not made");
        if let Err(e) = &made {
            assert!(acceptable(e), "{what}: {e}");
        }
        (id, made)
    }

    /// A table is in both places or in none, or `repair` registers it.
    async fn check(&self, id: &Identifier, what: &str) {
        let schema = self.site.warehouse().join(format!(
            "{}.db/{}/schema/schema-0",
            id.database(),
            id.table()
        ));
        let registered = testing::object(&self.direct, id.database(), id.table()).await.is_ok();
        if registered {
            assert!(schema.exists(), "{what}: registered without files");
        } else if schema.exists() {
            let scope = RepairScope::Table(id.clone());
            self.direct.registry().unwrap().repair(&scope).await.unwrap();
            self.direct.load_table(id).await.unwrap();
        }
    }
}

fn acceptable(e: &Error) -> bool {
    matches!(e.kind(), ErrorKind::Unavailable | ErrorKind::Corrupt | ErrorKind::Unsupported)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_of_create() {
    let Some(harmed) = Harmed::new("fault_create", &[]).await else { return };
    for method in ["get_database", "get_table_req", "create_table_with_environment_context"] {
        for harm in Harm::ALL {
            let what = format!("{method} {harm:?}");
            let (id, made) = harmed.create("fault_create", method, harm).await;
            // What was acknowledged is there; a call that was done although its answer was lost counts as done.
            if made.is_ok() || (method.starts_with("create") && harm != Harm::CutCall) {
                assert!(made.is_ok(), "{what}: {made:?}");
                harmed.direct.load_table(&id).await.unwrap();
            }
            harmed.check(&id, &what).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_of_alter() {
    let Some(harmed) = Harmed::new("fault_alter", &[]).await else { return };
    let id: Identifier = "fault_alter.t".parse().unwrap();
    harmed.direct.create_table(&id, sample_table(), false).await.unwrap();
    let mut schemas = 0;
    for method in ["get_table_req", "alter_table_with_environment_context"] {
        for (at, harm) in Harm::ALL.into_iter().enumerate() {
            let what = format!("{method} {harm:?}");
            harmed.proxy.harm(method, harm);
            let change =
                SchemaChange::SetOption { key: format!("hive.k{at}"), value: method.to_owned() };
            let altered = harmed.catalog.alter_table(&id, &[change], false).await;
            assert!(harmed.proxy.done(), "{what}: the call was not made");
            let latest = harmed.direct.load_table(&id).await.unwrap().schema;
            match altered {
                Ok(()) => {
                    // A schema that was acknowledged is there, and the metastore says so.
                    schemas += 1;
                    assert_eq!(latest.id, schemas, "{what}");
                    let object = testing::object(&harmed.direct, "fault_alter", "t").await.unwrap();
                    let line = format!("parameters.hive.k{at} \"{method}\"");
                    assert!(object.lines.contains(&line), "{what}: {object:?}");
                }
                Err(e) => {
                    assert!(acceptable(&e), "{what}: {e}");
                    assert!(latest.id >= schemas, "{what}: a schema is lost");
                    schemas = latest.id;
                }
            }
        }
    }
    assert!(schemas >= 7, "too few alterations came through: {schemas}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_of_drop() {
    let Some(harmed) = Harmed::new("fault_drop", &[]).await else { return };
    for method in ["get_table_req", "drop_table_with_environment_context"] {
        for harm in Harm::ALL {
            let what = format!("{method} {harm:?}");
            let name = format!("fault_drop.t_{}", what.to_lowercase().replace(' ', "_"));
            let id: Identifier = name.parse().unwrap();
            harmed.direct.create_table(&id, sample_table(), false).await.unwrap();
            harmed.proxy.harm(method, harm);
            let dropped = harmed.catalog.drop_table(&id, false).await;
            assert!(harmed.proxy.done(), "{what}: the call was not made");
            let there = harmed.direct.table_exists(&id).await.unwrap();
            match dropped {
                Ok(()) => assert!(!there, "{what}: an acknowledged drop left the table"),
                Err(e) => assert!(acceptable(&e), "{what}: {e}"),
            }
            harmed.check(&id, &what).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_of_a_lock() {
    let more = [
        ("lock.enabled", "true"),
        ("lock-check-max-sleep", "100ms"),
        ("lock-acquire-timeout", "5s"),
    ];
    let Some(harmed) = Harmed::new("fault_lock", &more).await else { return };
    for method in ["lock", "check_lock", "unlock"] {
        for harm in Harm::ALL {
            let what = format!("{method} {harm:?}");
            let (id, _) = harmed.create("fault_lock", method, harm).await;
            harmed.check(&id, &what).await;
        }
    }
    // No lock is left that would keep the next writer out.
    let left = harmed.direct.registry().unwrap().locks(None).await.unwrap();
    let left: Vec<_> = left.iter().filter(|l| l.database == "fault_lock").collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_database_is_there_or_gone() {
    let Some(harmed) = Harmed::new("fault_unused", &[]).await else { return };
    for (at, harm) in Harm::ALL.into_iter().enumerate() {
        let name = format!("fault_db{at}");
        harmed.proxy.harm("create_database", harm);
        let made = harmed.catalog.create_database(&name, &IndexMap::new(), false).await;
        assert!(harmed.proxy.done());
        let there = harmed.direct.database(&name).await.is_ok();
        assert_eq!(made.is_ok(), there, "{harm:?}: {made:?}");
        if !there {
            continue;
        }
        harmed.proxy.harm("drop_database", harm);
        let dropped = harmed.catalog.drop_database(&name, false, false).await;
        assert!(harmed.proxy.done());
        let there = harmed.direct.database(&name).await.is_ok();
        assert_eq!(dropped.is_ok(), !there, "{harm:?}: {dropped:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_listed_by_few_calls() {
    let more = [("hive.metastore.batch.retrieve.max", "10")];
    let Some(harmed) = Harmed::new("many", &more).await else { return };
    for at in 0..25 {
        let id: Identifier = format!("many.t{at}").parse().unwrap();
        harmed.direct.create_table(&id, sample_table(), false).await.unwrap();
    }
    harmed.proxy.calls();
    assert_eq!(harmed.catalog.list_tables("many").await.unwrap().len(), 25);
    let batch = "get_table_objects_by_name_req";
    assert_eq!(harmed.proxy.calls(), ["get_database", "get_all_tables", batch, batch, batch]);
    harmed.catalog.load_table(&"many.t1".parse().unwrap()).await.unwrap();
    assert_eq!(harmed.proxy.calls(), ["get_table_req"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_or_is_started_anew() {
    let Some(metastore) = Metastore::start(Version::Hive3, &[]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut options = options(&metastore.uri(), folder.path());
    options.insert("hive.metastore.client.socket.timeout".to_owned(), "2s".to_owned());
    let catalog = rimon_catalog_hive::connect(options).await.unwrap();
    catalog.create_database("db", &IndexMap::new(), false).await.unwrap();
    let (t, u): (Identifier, Identifier) = ("db.t".parse().unwrap(), "db.u".parse().unwrap());
    catalog.create_table(&t, sample_table(), false).await.unwrap();

    let signal = |name: &str| {
        let done = Command::new("kill").args([name, &metastore.process().to_string()]).status();
        assert!(done.unwrap().success());
    };
    signal("-STOP");
    let e = catalog.create_table(&u, sample_table(), false).await.unwrap_err();
    assert!(e.kind() == ErrorKind::Unavailable && e.to_string().contains("does not answer"), "{e}");
    signal("-CONT");
    catalog.create_table(&u, sample_table(), false).await.unwrap();

    // A server that lost everything is told again by `repair`.
    let port = metastore.port();
    drop(metastore);
    let e = catalog.load_table(&t).await.unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Unavailable, "{e}");
    let _anew = Metastore::start_at(Version::Hive3, port, &[]).unwrap();
    assert_eq!(catalog.load_table(&t).await.unwrap_err().kind(), ErrorKind::NotFound);
    let repaired = catalog.registry().unwrap().repair(&RepairScope::All).await.unwrap();
    assert_eq!(repaired, [t.clone(), u]);
    assert_eq!(catalog.load_table(&t).await.unwrap().schema.id, 0);
}
