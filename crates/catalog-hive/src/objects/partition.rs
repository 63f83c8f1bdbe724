//! `struct Partition`.

use super::Table;
use super::table::SD_LOCATION;
use crate::thrift::{Struct, Value};
use indexmap::IndexMap;

const VALUES: i16 = 1;
const DATABASE: i16 = 2;
const TABLE: i16 = 3;
const CREATE_TIME: i16 = 4;
const ACCESS_TIME: i16 = 5;
const DESCRIPTOR: i16 = 6;
const PARAMETERS: i16 = 7;

/// A partition of a table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Partition(pub(crate) Struct);

impl Partition {
    /// The partition `values` of a table; `now` in seconds since the epoch. Its storage descriptor is the table's, at
    /// `location` (`HiveCatalog.createPartitions`); `None`: at the table's, for those that say it in a parameter.
    pub(crate) fn new(
        (database, name): (&str, &str),
        table: &Table,
        values: &[String],
        location: Option<&str>,
        now: i32,
    ) -> Self {
        let mut sd = table.descriptor().cloned().unwrap_or_default();
        if let Some(location) = location {
            sd.set(SD_LOCATION, Value::text(location));
        }
        Self(
            Struct::default()
                .with(VALUES, Value::texts(values))
                .with(DATABASE, Value::text(database))
                .with(TABLE, Value::text(name))
                .with(CREATE_TIME, Value::I32(now))
                .with(ACCESS_TIME, Value::I32(now))
                .with(DESCRIPTOR, Value::Struct(sd)),
        )
    }

    pub(crate) fn set_parameters(&mut self, parameters: &IndexMap<String, String>) {
        self.0.set(PARAMETERS, Value::properties(parameters));
    }
}
