//! What the tests of engines share while they run: a metastore, a warehouse, and one process of each engine.

use super::super::session::{catalog, session};
use datafusion::prelude::SessionContext;
use rimon_catalog_hive::HiveCatalog;
use rimon_integration_tests::engine::{Engine, Kind};
use rimon_integration_tests::metastore::Metastore;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

/// A metastore 3.1.3 that filters partitions, and engines over it. Each test has a database of its own.
pub(super) struct Site {
    // Fields end in this order: first those who use the others.
    engines: [OnceLock<Mutex<Engine>>; 3],
    metastore: Metastore,
    warehouse: tempfile::TempDir,
}

/// One for the tests that run at the time.
static SITE: Mutex<Weak<Site>> = Mutex::new(Weak::new());

impl Site {
    /// The site, if these engines can be had.
    pub(super) fn with(kinds: &[Kind]) -> Option<Arc<Self>> {
        if !kinds.iter().all(|kind| kind.available()) {
            return None;
        }
        let mut kept = SITE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(site) = kept.upgrade() {
            return Some(site);
        }
        let (metastore, warehouse) = (Metastore::with_hive()?, tempfile::tempdir().unwrap());
        let site = Arc::new(Self { engines: Default::default(), metastore, warehouse });
        *kept = Arc::downgrade(&site);
        Some(site)
    }

    /// An engine, for this test alone while it is held. Tests that hold several take them in the order Hive, Spark, Flink.
    pub(super) fn engine(&self, kind: Kind) -> MutexGuard<'_, Engine> {
        let at = match kind {
            Kind::Hive => 0,
            Kind::Spark => 1,
            Kind::Flink => 2,
        };
        let engine = self.engines[at].get_or_init(|| {
            let mut engine = Engine::start(kind, &self.metastore, self.warehouse.path());
            if kind == Kind::Flink {
                let (uri, warehouse) = (self.metastore.uri(), self.warehouse().display());
                let create = flink_catalog("paimon", &uri, &warehouse.to_string());
                engine.run(&create);
                engine.run(&format!("@stream {create}"));
            }
            Mutex::new(engine)
        });
        // An engine answers one line for each, whatever became of the test before.
        engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Our catalog.
    pub(super) async fn catalog(&self, more: &[(&str, &str)]) -> HiveCatalog {
        catalog(&self.metastore, self.warehouse.path(), more).await
    }

    /// Our session, with locks as Flink's.
    pub(super) async fn session(&self) -> SessionContext {
        session(self.catalog(&[("lock.enabled", "true"), ("lock-check-max-sleep", "100 ms")]).await)
    }

    pub(super) fn warehouse(&self) -> &Path {
        self.warehouse.path()
    }
}

/// Makes Flink know a catalog, with locks.
pub(super) fn flink_catalog(name: &str, uri: &str, warehouse: &str) -> String {
    format!(
        "CREATE CATALOG {name} WITH ('type' = 'paimon', 'metastore' = 'hive', 'uri' = '{uri}', 'warehouse' = '{warehouse}', \
         'lock.enabled' = 'true', 'lock-check-max-sleep' = '100 ms')"
    )
}
