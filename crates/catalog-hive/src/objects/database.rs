//! `struct Database`.

use super::PRINCIPAL_USER;
use crate::thrift::{Struct, Value};
use indexmap::IndexMap;

const NAME: i16 = 1;
const DESCRIPTION: i16 = 2;
const LOCATION: i16 = 3;
const PARAMETERS: i16 = 4;
const OWNER: i16 = 6;
const OWNER_TYPE: i16 = 7;

/// A database.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Database(pub(crate) Struct);

impl Database {
    /// A database without anything but its name.
    pub(crate) fn new(name: &str) -> Self {
        let fields = Struct::default().with(NAME, Value::text(name));
        Self(fields.with(PARAMETERS, Value::properties(&IndexMap::new())))
    }

    /// Its comment.
    pub(crate) fn description(&self) -> Option<String> {
        self.0.text(DESCRIPTION)
    }

    pub(crate) fn set_description(&mut self, text: &str) {
        self.0.set(DESCRIPTION, Value::text(text));
    }

    /// Its directory.
    pub(crate) fn location(&self) -> Option<String> {
        self.0.text(LOCATION).filter(|l| !l.is_empty())
    }

    pub(crate) fn set_location(&mut self, location: Option<&str>) {
        match location {
            Some(location) => self.0.set(LOCATION, Value::text(location)),
            None => self.0.remove(LOCATION),
        }
    }

    pub(crate) fn parameters(&self) -> IndexMap<String, String> {
        self.0.properties(PARAMETERS)
    }

    pub(crate) fn set_parameters(&mut self, parameters: &IndexMap<String, String>) {
        self.0.set(PARAMETERS, Value::properties(parameters));
    }

    pub(crate) fn owner(&self) -> Option<String> {
        self.0.text(OWNER)
    }

    pub(crate) fn set_owner(&mut self, owner: &str) {
        self.0.set(OWNER, Value::text(owner));
        self.0.set(OWNER_TYPE, Value::I32(PRINCIPAL_USER));
    }
}
