//! From options to a catalog.

use crate::HiveCatalog;
use crate::client::ThriftMetastore;
use crate::options::{HiveOptions, Surroundings};
use crate::transport::Pool;
use indexmap::IndexMap;
use rimon_catalog::Catalog;
use rimon_spec::Result;
use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;

/// Opens the catalog of a Hive Metastore. `options` are those of Java's `HiveCatalogFactory`, without `metastore`:
///
/// - `uri`: `thrift://host:port`, several separated by commas; else `hive.metastore.uris` of the files below;
/// - `warehouse`: path or URL of the directory for new databases, else `hive.metastore.warehouse.dir`;
/// - `hive-conf-dir`, `hadoop-conf-dir`: directories of `hive-site.xml` and `core-site.xml`, else those that the
///   environment names (`HIVE_CONF_DIR`, `HADOOP_CONF_DIR`);
/// - `table.type`, `location-in-properties`, `sync-all-properties`, `alter-table-cascade`, `hive.skip-update-stats`:
///   how tables are registered;
/// - `lock.enabled`, `lock-check-max-sleep`, `lock-acquire-timeout`: whether and how commits are locked;
/// - `client-pool-size`: connections at most;
/// - `table-default.<key>`: the option `<key>` of new tables that do not have it;
/// - `hive.*`, `metastore.*`, `hadoop.*`: Hive's own settings, such as `hive.metastore.client.socket.timeout`.
///
/// No server is asked yet.
///
/// # Errors
/// `Invalid` for unknown options and bad values; `Unsupported` for servers that want Kerberos, SASL or TLS, and for
/// storages that this build does not have; both by name.
pub async fn connect(options: IndexMap<String, String>) -> Result<HiveCatalog> {
    // Files are read: not on a thread that others wait for.
    let read = tokio::task::spawn_blocking(move || HiveOptions::of(options, &surroundings()));
    let options = read.await.map_err(|e| {
        rimon_spec::Error::internal("reading the options of a catalog ended early").with_source(e)
    })??;
    let servers: Vec<_> = options.servers.iter().map(ToString::to_string).collect();
    let pool = Pool::new(options.servers.clone(), options.settings.clone());
    let metastore =
        ThriftMetastore::new(pool, servers.join(","), options.user.clone(), options.host.clone());
    HiveCatalog::new(Arc::new(metastore), options)
}

/// Opens the catalog that the options describe: this one with `metastore` = `hive`, else what
/// [`rimon_catalog::connect`] opens.
///
/// # Errors
/// As [`connect`] and [`rimon_catalog::connect`].
pub async fn open<I, K, V>(options: I) -> Result<Arc<dyn Catalog>>
where
    I: IntoIterator<Item = (K, V)>,
    K: Into<String>,
    V: Into<String>,
{
    let mut options: IndexMap<String, String> =
        options.into_iter().map(|(k, v)| (k.into(), v.into())).collect();
    if options.get("metastore").is_some_and(|m| m == "hive") {
        options.shift_remove("metastore");
        return Ok(Arc::new(connect(options).await?));
    }
    rimon_catalog::connect(options).await
}

fn surroundings() -> Surroundings {
    let variable = |name| env::var(name).ok().filter(|v: &String| !v.is_empty());
    let user = variable("HADOOP_USER_NAME").or_else(login_name).or_else(|| variable("USER"));
    let host = fs::read_to_string("/proc/sys/kernel/hostname").ok().map(|h| h.trim().to_owned());
    let host = host.filter(|h| !h.is_empty()).or_else(|| variable("HOSTNAME"));
    Surroundings {
        hive_conf_dir: variable("HIVE_CONF_DIR"),
        hadoop_conf_dir: variable("HADOOP_CONF_DIR"),
        user: user.unwrap_or_else(|| "unknown".to_owned()),
        host: host.unwrap_or_else(|| "localhost".to_owned()),
    }
}

/// The name of the process's user, as Hadoop's simple authentication finds it.
fn login_name() -> Option<String> {
    let id = fs::metadata("/proc/self").ok()?.uid().to_string();
    let users = fs::read_to_string("/etc/passwd").ok()?;
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == id).then(|| name.to_owned())
    })
}
