//! The options of the catalog: `CatalogOptions.java`, `HiveCatalogOptions.java`, and what Hive's own files say.

use crate::projection::Style;
use crate::site::Site;
use crate::thrift::Limits;
use crate::transport::{Server, Settings};
use indexmap::IndexMap;
use rimon_spec::options::{parse_duration, parse_memory};
use rimon_spec::{Error, Result};
use std::path::Path;
use std::time::Duration;

/// What surrounds the process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Surroundings {
    /// `HIVE_CONF_DIR`, `HADOOP_CONF_DIR`.
    pub(crate) hive_conf_dir: Option<String>,
    pub(crate) hadoop_conf_dir: Option<String>,
    /// Who runs the process, as Hadoop would say, and where.
    pub(crate) user: String,
    pub(crate) host: String,
}

/// How locks are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LockOptions {
    /// `lock.enabled`; by default not, as in Java on storages other than object stores.
    pub(crate) enabled: bool,
    /// `lock-check-max-sleep`
    pub(crate) check_max_sleep: Duration,
    /// `lock-acquire-timeout`
    pub(crate) acquire_timeout: Duration,
    /// A third of what the server takes for dead (`hive.txn.timeout`).
    pub(crate) heartbeat: Duration,
}

/// The options, typed.
#[derive(Debug, Clone)]
pub(crate) struct HiveOptions {
    pub(crate) warehouse: String,
    pub(crate) servers: Vec<Server>,
    pub(crate) settings: Settings,
    pub(crate) style: Style,
    pub(crate) lock: LockOptions,
    /// `table.type=external`
    pub(crate) external: bool,
    /// `alter-table-cascade`
    pub(crate) cascade: bool,
    /// `hive.skip-update-stats`
    pub(crate) skip_statistics: bool,
    /// `hive.metastore.batch.retrieve.max`: tables per call
    pub(crate) batch: usize,
    /// `table-default.*`, without the prefix
    pub(crate) table_defaults: IndexMap<String, String>,
    /// `fs.*`
    pub(crate) storage: IndexMap<String, String>,
    /// Owner of new tables and databases.
    pub(crate) user: String,
    /// Where we run, shown with locks.
    pub(crate) host: String,
}

const KNOWN: &str = "warehouse, metastore, uri, hive-conf-dir, hadoop-conf-dir, location-in-properties, \
    client-pool-size, alter-table-cascade, sync-all-properties, table.type, lock.enabled, lock-check-max-sleep, \
    lock-acquire-timeout, hive.skip-update-stats, case-sensitive, table-default.<option of tables>, fs.local.fsync, and \
    settings of Hive and Hadoop (hive.*, metastore.*, hadoop.*)";

/// Options that mean nothing here without doing harm: pools are not shared between catalogs, and what is kept of
/// tables is asked for anew.
const WITHOUT_EFFECT: &[&str] = &["client-pool-cache.eviction-interval-ms", "cache-enabled"];

/// Splits off what is an option of the catalog, and collects Hive's settings: files first, then what the user gave.
struct Sorted {
    own: IndexMap<String, String>,
    hive: IndexMap<String, String>,
    table_defaults: IndexMap<String, String>,
    storage: IndexMap<String, String>,
}

impl Sorted {
    fn of(options: IndexMap<String, String>) -> Result<Self> {
        let mut sorted = Self {
            own: IndexMap::new(),
            hive: IndexMap::new(),
            table_defaults: IndexMap::new(),
            storage: IndexMap::new(),
        };
        for (key, value) in options {
            if let Some(option) = key.strip_prefix("table-default.").filter(|o| !o.is_empty()) {
                sorted.table_defaults.insert(option.to_owned(), value);
            } else if key.starts_with("fs.local.") {
                sorted.storage.insert(key, value);
            } else if key == "hive.skip-update-stats" {
                sorted.own.insert(key, value);
            } else if ["hive.", "metastore.", "hadoop."].iter().any(|p| key.starts_with(p))
                && key != "metastore.client.class"
            {
                sorted.hive.insert(key, value);
            } else {
                sorted.own.insert(key, value);
            }
        }
        Ok(sorted)
    }

    /// Hive's settings: those of files, overridden by those given.
    fn settings(&mut self, around: &Surroundings) -> Result<IndexMap<String, String>> {
        let mut site = Site::default();
        let hadoop = self.own.shift_remove("hadoop-conf-dir");
        if let Some(dir) = hadoop.clone().or_else(|| around.hadoop_conf_dir.clone()) {
            let mut found = false;
            for name in ["core-site.xml", "hdfs-site.xml"] {
                let file = Path::new(&dir).join(name);
                if file.is_file() {
                    site.read(&file)?;
                    found = true;
                }
            }
            if !found && hadoop.is_some() {
                return Err(Error::not_found(
                    "hadoop-conf-dir has neither core-site.xml nor hdfs-site.xml",
                )
                .with("directory", dir));
            }
        }
        let hive = self.own.shift_remove("hive-conf-dir");
        if let Some(dir) = hive.or_else(|| around.hive_conf_dir.clone()) {
            site.read(&Path::new(&dir).join("hive-site.xml"))?;
        }
        // As in Hadoop, nothing in a file is final for the program itself.
        site.settings.extend(std::mem::take(&mut self.hive));
        Ok(site.settings)
    }

    fn take(&mut self, key: &str) -> Option<String> {
        self.own.shift_remove(key)
    }

    fn flag(&mut self, key: &'static str, default: bool) -> Result<bool> {
        let value = self.take(key);
        value.map_or(Ok(default), |v| parse_flag(key, &v))
    }

    fn duration(&mut self, key: &'static str, default: Duration) -> Result<Duration> {
        let Some(text) = self.take(key) else { return Ok(default) };
        parse_duration(&text).ok_or_else(|| bad(key, &text, "a duration such as '8 s'"))
    }
}

impl HiveOptions {
    /// From the options of a catalog (`metastore` is the caller's).
    ///
    /// # Errors
    /// `Invalid` for unknown options and bad values, by name; `Unsupported` for servers that want Kerberos, SASL or TLS.
    pub(crate) fn of(options: IndexMap<String, String>, around: &Surroundings) -> Result<Self> {
        let mut sorted = Sorted::of(options)?;
        let hive = sorted.settings(around)?;
        refuse_security(&hive)?;
        let uri = sorted.take("uri").or_else(|| setting(&hive, &URIS));
        let Some(uri) = uri else {
            return Err(Error::invalid("a Hive catalog needs the option 'uri'")
                .with_hint("for example uri=thrift://localhost:9083, or hive-conf-dir=<directory of hive-site.xml>"));
        };
        let warehouse = sorted.take("warehouse").or_else(|| setting(&hive, &WAREHOUSE));
        let Some(warehouse) = warehouse else {
            return Err(Error::invalid("a Hive catalog needs the option 'warehouse'").with_hint(
                "or hive.metastore.warehouse.dir in the hive-site.xml of hive-conf-dir",
            ));
        };
        let external = match sorted.take("table.type").as_deref() {
            None | Some("managed" | "MANAGED") => false,
            Some("external" | "EXTERNAL") => true,
            Some(other) => return Err(bad("table.type", other, "'managed' or 'external'")),
        };
        let style = Style {
            all_options: sorted.flag("sync-all-properties", true)?,
            location_in_parameters: sorted.flag("location-in-properties", false)?,
        };
        let lock = lock_options(&mut sorted, &hive)?;
        let options = Self {
            servers: Server::list(&uri)?,
            settings: transport_settings(&mut sorted, &hive, around)?,
            style,
            lock,
            external,
            cascade: sorted.flag("alter-table-cascade", true)?,
            skip_statistics: sorted.flag("hive.skip-update-stats", false)?,
            batch: batch(&hive),
            table_defaults: std::mem::take(&mut sorted.table_defaults),
            storage: std::mem::take(&mut sorted.storage),
            user: around.user.clone(),
            host: around.host.clone(),
            warehouse,
        };
        sorted.finish()?;
        Ok(options)
    }
}

impl Sorted {
    /// What nobody took is not known.
    fn finish(self) -> Result<()> {
        for (key, value) in self.own {
            match key.as_str() {
                "metastore.client.class" if value.ends_with(".HiveMetaStoreClient") => {}
                "metastore.client.class" => {
                    return Err(Error::unsupported(
                        "metastore.client.class: this build speaks to Hive metastores only",
                    )
                    .with("value", value));
                }
                "client-pool-cache.keys" => {
                    return Err(Error::unsupported(
                        "client-pool-cache.keys: a catalog of this build acts for one user",
                    ));
                }
                "case-sensitive" if value.eq_ignore_ascii_case("false") => {}
                "case-sensitive" => {
                    return Err(Error::unsupported(
                        "case-sensitive: a metastore keeps the names of tables in lower case",
                    )
                    .with("value", value));
                }
                "lock.type" if value == "hive" => {}
                "lock.type" => {
                    return Err(Error::unsupported(format!(
                        "lock.type '{value}': this build locks in the metastore only"
                    )));
                }
                key if WITHOUT_EFFECT.contains(&key) => {}
                key => {
                    return Err(Error::invalid(format!("unknown catalog option '{key}'"))
                        .with_hint(format!("options: {KNOWN}")));
                }
            }
        }
        Ok(())
    }
}

/// Settings that were renamed in Hive 3: either name is taken.
const URIS: [&str; 2] = ["hive.metastore.uris", "metastore.thrift.uris"];
const WAREHOUSE: [&str; 2] = ["hive.metastore.warehouse.dir", "metastore.warehouse.dir"];
const SOCKET_TIMEOUT: [&str; 2] =
    ["hive.metastore.client.socket.timeout", "metastore.client.socket.timeout"];
const CONNECT_TIMEOUT: [&str; 2] =
    ["hive.metastore.client.connection.timeout", "metastore.client.connection.timeout"];
const SET_UGI: [&str; 2] = ["hive.metastore.execute.setugi", "metastore.execute.setugi"];
const TXN_TIMEOUT: [&str; 2] = ["hive.txn.timeout", "metastore.txn.timeout"];
const RESPONSE_LIMIT: &str = "metastore.client.response.limit";

fn setting(hive: &IndexMap<String, String>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|n| hive.get(*n)).filter(|v| !v.is_empty()).cloned()
}

/// A duration of Hive's: a bare number is seconds, unlike Paimon's.
fn hive_duration(
    hive: &IndexMap<String, String>,
    names: &[&'static str; 2],
    default: Duration,
) -> Result<Duration> {
    let Some(text) = setting(hive, names) else { return Ok(default) };
    let [name, _] = *names;
    let seconds = text.trim().parse().ok().map(Duration::from_secs);
    let parsed = seconds.or_else(|| parse_duration(&text));
    parsed.filter(|d| !d.is_zero()).ok_or_else(|| bad(name, &text, "a duration such as '600s'"))
}

fn transport_settings(
    sorted: &mut Sorted,
    hive: &IndexMap<String, String>,
    around: &Surroundings,
) -> Result<Settings> {
    let connections = match sorted.take("client-pool-size") {
        None => 2,
        Some(text) => text
            .parse()
            .ok()
            .filter(|n| (1..=1000).contains(n))
            .ok_or_else(|| bad("client-pool-size", &text, "a number from 1 to 1000"))?,
    };
    let bytes = match hive.get(RESPONSE_LIMIT) {
        None => 256 << 20,
        Some(text) => parse_memory(text)
            .filter(|b| *b > 0)
            .ok_or_else(|| bad(RESPONSE_LIMIT, text, "a size such as '256 mb'"))?,
    };
    let set_ugi = setting(hive, &SET_UGI).is_none_or(|v| !v.eq_ignore_ascii_case("false"));
    Ok(Settings {
        connections,
        connect: hive_duration(hive, &CONNECT_TIMEOUT, Duration::from_secs(10))?,
        idle: hive_duration(hive, &SOCKET_TIMEOUT, Duration::from_secs(600))?,
        limits: Limits { bytes, memory: bytes.saturating_mul(8) },
        user: set_ugi.then(|| around.user.clone()),
    })
}

fn lock_options(sorted: &mut Sorted, hive: &IndexMap<String, String>) -> Result<LockOptions> {
    let dead = hive_duration(hive, &TXN_TIMEOUT, Duration::from_secs(300))?;
    Ok(LockOptions {
        enabled: sorted.flag("lock.enabled", false)?,
        check_max_sleep: sorted.duration("lock-check-max-sleep", Duration::from_secs(8))?,
        acquire_timeout: sorted.duration("lock-acquire-timeout", Duration::from_secs(480))?,
        heartbeat: dead.checked_div(3).unwrap_or(dead),
    })
}

fn batch(hive: &IndexMap<String, String>) -> usize {
    let names = ["hive.metastore.batch.retrieve.max", "metastore.batch.retrieve.max"];
    setting(hive, &names).and_then(|v| v.parse().ok()).filter(|n| *n > 0).unwrap_or(300)
}

/// No plain fallback: who asks for security gets it or an error.
fn refuse_security(hive: &IndexMap<String, String>) -> Result<()> {
    let refused = |what: &str, key: &str| {
        Err(Error::unsupported(format!("metastores with {what} need a later build"))
            .with("setting", key))
    };
    let asked = |v: &str| !v.trim().eq_ignore_ascii_case("false") && !v.trim().is_empty();
    for (key, value) in hive {
        let short = key.strip_prefix("hive.").unwrap_or(key);
        match short {
            "metastore.sasl.enabled" if asked(value) => return refused("Kerberos (SASL)", key),
            "metastore.use.SSL" if asked(value) => return refused("TLS", key),
            "metastore.client.auth.mode" if !matches!(value.as_str(), "" | "NOSASL") => {
                return refused("SASL", key);
            }
            "metastore.thrift.framed.transport.enabled" if asked(value) => {
                return refused("framed Thrift", key);
            }
            "metastore.thrift.compact.protocol.enabled" if asked(value) => {
                return refused("compact Thrift", key);
            }
            "metastore.client.thrift.transport.mode" | "metastore.server.thrift.transport.mode"
                if value != "binary" =>
            {
                return refused("Thrift over HTTP", key);
            }
            "metastore.dynamic.service.discovery.mode" if asked(value) => {
                return refused("ZooKeeper discovery", key);
            }
            "metastore.token.signature" if asked(value) => {
                return refused("delegation tokens", key);
            }
            _ => {}
        }
    }
    Ok(())
}

fn parse_flag(key: &'static str, value: &str) -> Result<bool> {
    match value.trim().to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(bad(key, value, "'true' or 'false'")),
    }
}

fn bad(key: &'static str, value: &str, wanted: &str) -> Error {
    Error::invalid(format!("the catalog option '{key}' must be {wanted}"))
        .with("value", value.escape_debug())
}

#[cfg(test)]
mod tests;
