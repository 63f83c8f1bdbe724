//! Which catalog to open: flags, environment, configuration file, default, in this order.

use std::fs;
use std::path::{Path, PathBuf};

use crate::args::{CatalogArgs, Setting};
use crate::failure::{Failure, Result};

const DEFAULT_WAREHOUSE: &str = "warehouse";

/// What the catalog is opened with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Config {
    /// A directory or URL.
    pub(crate) warehouse: String,
    /// Whether the user said so; only the default warehouse is made without being named.
    pub(crate) named: bool,
    /// The catalog's other options; keys are unique.
    pub(crate) options: Vec<(String, String)>,
}

impl Config {
    /// Settles the configuration. `flags` are in the order they were typed; `environment` is
    /// the value of `RIMON_WAREHOUSE`.
    ///
    /// # Errors
    /// When the configuration file cannot be read or has a key that is not known.
    pub(crate) fn resolve(flags: &[&CatalogArgs], environment: Option<String>) -> Result<Self> {
        let mut settled = Settled::default();
        if let Some(file) = flags.iter().rev().find_map(|args| args.config.as_deref()) {
            settled.read_file(file)?;
        }
        if let Some(warehouse) = environment.filter(|text| !text.is_empty()) {
            settled.set("warehouse", warehouse);
        }
        for setting in flags.iter().flat_map(|args| &args.settings) {
            match setting {
                Setting::Warehouse(text) if text.is_empty() => {
                    return Err(Failure::usage("--warehouse must not be empty"));
                }
                Setting::Warehouse(text) => settled.set("warehouse", text.clone()),
                Setting::Option(key, value) => settled.set(key, value.clone()),
            }
        }
        Ok(settled.finish())
    }

    /// All options of the catalog. A Hive site says itself where its warehouse is, so that the default one is not
    /// forced on it.
    pub(crate) fn catalog_options(&self) -> Vec<(String, String)> {
        let mut options = self.options.clone();
        if self.named || !self.is_hive() {
            options.push(("warehouse".to_string(), self.warehouse.clone()));
        }
        options
    }

    fn is_hive(&self) -> bool {
        self.options.iter().any(|(key, value)| key == "metastore" && value == "hive")
    }

    /// The warehouse as a directory of this machine, unless it is something else's business.
    pub(crate) fn directory(&self) -> Option<PathBuf> {
        if self.is_hive() {
            return None;
        }
        if let Some(path) = self.warehouse.strip_prefix("file://") {
            return Some(PathBuf::from(path));
        }
        (!self.warehouse.contains("://")).then(|| PathBuf::from(&self.warehouse))
    }

    /// Refuses a local warehouse that is not there and could not be made: a missing parent is a
    /// spelling mistake more often than a wish. `reads` also refuses a named warehouse that is
    /// missing itself, for commands that make nothing.
    ///
    /// # Errors
    /// As described.
    pub(crate) fn check_warehouse(&self, reads: bool) -> Result<()> {
        let Some(directory) = self.directory() else {
            return Ok(());
        };
        let named = &self.warehouse;
        match fs::metadata(&directory) {
            Ok(found) if found.is_dir() => Ok(()),
            Ok(_) => Err(Failure::new(format!("the warehouse {named} is not a directory"))),
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Failure::new(format!("the warehouse {named} cannot be opened: {error}")))
            }
            Err(_) if reads && self.named => {
                Err(Failure::new(format!("there is no warehouse at {named}"))
                    .or_hint("check --warehouse and RIMON_WAREHOUSE"))
            }
            Err(_) if self.named && !has_parent(&directory) => {
                Err(Failure::new(format!("there is no directory to make the warehouse {named} in"))
                    .or_hint("check --warehouse and RIMON_WAREHOUSE, or make the parent directory"))
            }
            Err(_) => Ok(()),
        }
    }

    /// Whether the warehouse is a local directory that does not exist yet.
    pub(crate) fn is_missing(&self) -> bool {
        self.directory().is_some_and(|directory| !directory.exists())
    }
}

fn has_parent(directory: &Path) -> bool {
    match directory.parent() {
        Some(parent) if parent.as_os_str().is_empty() => true,
        Some(parent) => parent.is_dir(),
        None => true,
    }
}

#[derive(Debug, Default)]
struct Settled {
    warehouse: Option<String>,
    options: Vec<(String, String)>,
}

impl Settled {
    fn set(&mut self, key: &str, value: String) {
        if key == "warehouse" {
            self.warehouse = Some(value);
            return;
        }
        self.options.retain(|(other, _)| other != key);
        self.options.push((key.to_string(), value));
    }

    fn finish(self) -> Config {
        let named = self.warehouse.is_some();
        let warehouse = self.warehouse.unwrap_or_else(|| DEFAULT_WAREHOUSE.to_string());
        Config { warehouse, named, options: self.options }
    }

    fn read_file(&mut self, file: &Path) -> Result<()> {
        let place = file.display().to_string();
        let text = fs::read_to_string(file).map_err(|error| {
            Failure::new(format!("cannot read the configuration file: {error}")).at(&place)
        })?;
        let root: toml::Table = text
            .parse()
            .map_err(|error: toml::de::Error| Failure::new(error.to_string()).at(&place))?;
        for (key, value) in root {
            match (key.as_str(), value) {
                ("warehouse", toml::Value::String(text)) => {
                    self.set("warehouse", relative_to(file, &text));
                }
                ("warehouse", _) => {
                    return Err(Failure::new("`warehouse` must be a string").at(&place));
                }
                ("catalog", toml::Value::Table(options)) => self.read_options(file, options)?,
                ("catalog", _) => {
                    return Err(Failure::new("`catalog` must be a section").at(&place));
                }
                (unknown, _) => {
                    return Err(Failure::new(format!("unknown key `{unknown}`"))
                        .at(&place)
                        .or_hint("known are `warehouse` and the section [catalog]"));
                }
            }
        }
        Ok(())
    }

    fn read_options(&mut self, file: &Path, options: toml::Table) -> Result<()> {
        for (key, value) in options {
            let text = match value {
                toml::Value::String(text) if key == "warehouse" => relative_to(file, &text),
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Boolean(flag) => flag.to_string(),
                _ => {
                    let cause = format!(
                        "`catalog.{key}` must be a string, an integer or a boolean; \
                         a key with dots is written in quotes"
                    );
                    return Err(Failure::new(cause).at(&file.display().to_string()));
                }
            };
            self.set(&key, text);
        }
        Ok(())
    }
}

/// A relative warehouse in a configuration file is relative to that file, so that the file means
/// the same wherever the command is started.
fn relative_to(file: &Path, warehouse: &str) -> String {
    if warehouse.contains("://") || Path::new(warehouse).is_absolute() {
        return warehouse.to_string();
    }
    let folder = file.parent().unwrap_or(Path::new(""));
    folder.join(warehouse).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests;
