//! `struct Table` with its `StorageDescriptor`, `SerDeInfo` and `FieldSchema`s.

use crate::thrift::{Struct, Value};
use indexmap::IndexMap;

const NAME: i16 = 1;
const DATABASE: i16 = 2;
const OWNER: i16 = 3;
const CREATE_TIME: i16 = 4;
const ACCESS_TIME: i16 = 5;
const RETENTION: i16 = 6;
const DESCRIPTOR: i16 = 7;
const PARTITION_KEYS: i16 = 8;
const PARAMETERS: i16 = 9;
const TYPE: i16 = 12;

const SD_COLUMNS: i16 = 1;
pub(super) const SD_LOCATION: i16 = 2;
const SD_INPUT: i16 = 3;
const SD_OUTPUT: i16 = 4;
const SD_SERDE: i16 = 7;

const SERDE_LIBRARY: i16 = 2;
const SERDE_PARAMETERS: i16 = 3;

/// What Java's catalog registers; both formats make a table one of Paimon's.
const INPUT_FORMAT: &str = "org.apache.paimon.hive.mapred.PaimonInputFormat";
const OUTPUT_FORMAT: &str = "org.apache.paimon.hive.mapred.PaimonOutputFormat";
const SERDE: &str = "org.apache.paimon.hive.PaimonSerDe";

const MANAGED: &str = "MANAGED_TABLE";
const EXTERNAL: &str = "EXTERNAL_TABLE";
const VIEW: &str = "VIRTUAL_VIEW";
const MATERIALIZED_VIEW: &str = "MATERIALIZED_VIEW";

/// A column: name, Hive's type, comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) data_type: String,
    pub(crate) comment: Option<String>,
}

impl Column {
    fn to_value(&self) -> Struct {
        let fields = Struct::default()
            .with(1, Value::text(&self.name))
            .with(2, Value::text(&self.data_type));
        match &self.comment {
            Some(comment) => fields.with(3, Value::text(comment)),
            None => fields,
        }
    }

    fn of_value(fields: &Struct) -> Self {
        Self {
            name: fields.text(1).unwrap_or_default(),
            data_type: fields.text(2).unwrap_or_default(),
            comment: fields.text(3),
        }
    }
}

/// What a table of a metastore is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One of Paimon's.
    Paimon,
    /// A view.
    View,
    /// Of another format, or a table that Hive reads by itself; what it says of itself.
    Other(String),
}

/// A table or view.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Table(pub(crate) Struct);

impl Table {
    /// A table of Paimon's without columns; `now` in seconds since the epoch.
    pub(crate) fn new(database: &str, name: &str, owner: &str, now: i32, external: bool) -> Self {
        let kind = if external { EXTERNAL } else { MANAGED };
        let fields = Struct::default()
            .with(NAME, Value::text(name))
            .with(DATABASE, Value::text(database))
            .with(OWNER, Value::text(owner))
            .with(CREATE_TIME, Value::I32(now))
            .with(ACCESS_TIME, Value::I32(now))
            .with(RETENTION, Value::I32(i32::MAX))
            .with(PARTITION_KEYS, Value::structs([]))
            .with(PARAMETERS, Value::properties(&IndexMap::new()))
            .with(TYPE, Value::text(kind));
        let mut table = Self(fields);
        table.change_descriptor(|_| {});
        table
    }

    /// For tests: an object of another engine, see `testing::register_foreign`.
    pub(crate) fn foreign(database: &str, which: &str) -> Self {
        let mut table = Self::new(database, which, "somebody", 1, false);
        table.set_columns(&[Column {
            name: "a".to_owned(),
            data_type: "int".to_owned(),
            comment: None,
        }]);
        let text = "org.apache.hadoop.mapred.TextInputFormat";
        let mut sd = table.descriptor().cloned().unwrap_or_default();
        match which {
            "far" => {
                let location = "s3://somewhere/else".to_owned();
                table.set_parameters(&IndexMap::from([("paimon_location".to_owned(), location)]));
            }
            "vw" => {
                table.set_type(VIEW);
                table.0.set(10, Value::text("SELECT 1"));
                table.0.set(11, Value::text("SELECT 1"));
            }
            "text" => {
                sd.set(SD_INPUT, Value::text(text));
                sd.set(SD_OUTPUT, Value::text(text));
            }
            _ => {
                sd.remove(SD_INPUT);
                sd.remove(SD_OUTPUT);
            }
        }
        table.0.set(DESCRIPTOR, Value::Struct(sd));
        table
    }

    fn set_type(&mut self, kind: &str) {
        self.0.set(TYPE, Value::text(kind));
    }

    pub(crate) fn name(&self) -> String {
        self.0.text(NAME).unwrap_or_default()
    }

    pub(crate) fn set_name(&mut self, database: &str, name: &str) {
        self.0.set(DATABASE, Value::text(database));
        self.0.set(NAME, Value::text(name));
    }

    /// What it is: Java goes by the two formats alone (`HiveCatalog.isPaimonTable`).
    pub(crate) fn kind(&self) -> Kind {
        let kind = self.0.text(TYPE).unwrap_or_default();
        if kind == VIEW || kind == MATERIALIZED_VIEW {
            return Kind::View;
        }
        let format = |id| self.descriptor().and_then(|sd| sd.text(id)).unwrap_or_default();
        if format(SD_INPUT) == INPUT_FORMAT && format(SD_OUTPUT) == OUTPUT_FORMAT {
            return Kind::Paimon;
        }
        let parameters = self.parameters();
        let said = parameters.get("table_type").or_else(|| parameters.get("provider"));
        let input = format(SD_INPUT);
        let class = input.rsplit('.').next().unwrap_or_default();
        match said {
            Some(said) => Kind::Other(said.clone()),
            None if class.is_empty() => Kind::Other("of no format".to_owned()),
            None => Kind::Other(class.to_owned()),
        }
    }

    pub(crate) fn is_external(&self) -> bool {
        self.0.text(TYPE).is_some_and(|t| t == EXTERNAL)
    }

    /// Whether its files go with it: those of managed tables, and of external ones that say so. Hive 4 makes every
    /// managed table that is not transactional such an external one.
    pub(crate) fn owns_files(&self) -> bool {
        let purged = self
            .parameters()
            .get("external.table.purge")
            .is_some_and(|v| v.eq_ignore_ascii_case("true"));
        !self.is_external() || purged
    }

    /// When it was made, seconds since the epoch: tells tables of one name apart.
    pub(crate) fn created(&self) -> Option<i64> {
        self.0.number(CREATE_TIME)
    }

    pub(crate) fn parameters(&self) -> IndexMap<String, String> {
        self.0.properties(PARAMETERS)
    }

    pub(crate) fn set_parameters(&mut self, parameters: &IndexMap<String, String>) {
        self.0.set(PARAMETERS, Value::properties(parameters));
    }

    /// The storage descriptor; views of some engines have none.
    pub(crate) fn descriptor(&self) -> Option<&Struct> {
        self.0.inner(DESCRIPTOR)
    }

    pub(crate) fn location(&self) -> Option<String> {
        self.descriptor().and_then(|sd| sd.text(SD_LOCATION)).filter(|l| !l.is_empty())
    }

    pub(crate) fn set_location(&mut self, location: &str) {
        self.change_descriptor(|sd| sd.set(SD_LOCATION, Value::text(location)));
    }

    pub(crate) fn columns(&self) -> Vec<Column> {
        let columns = self.descriptor().map(|sd| sd.structs(SD_COLUMNS)).unwrap_or_default();
        columns.iter().map(Column::of_value).collect()
    }

    pub(crate) fn set_columns(&mut self, columns: &[Column]) {
        let columns = Value::structs(columns.iter().map(Column::to_value));
        self.change_descriptor(|sd| sd.set(SD_COLUMNS, columns.clone()));
    }

    pub(crate) fn partition_keys(&self) -> Vec<Column> {
        self.0.structs(PARTITION_KEYS).iter().map(Column::of_value).collect()
    }

    pub(crate) fn set_partition_keys(&mut self, columns: &[Column]) {
        self.0.set(PARTITION_KEYS, Value::structs(columns.iter().map(Column::to_value)));
    }

    /// Changes the storage descriptor, which then says that the table is Paimon's.
    fn change_descriptor(&mut self, change: impl Fn(&mut Struct)) {
        let mut sd = self.descriptor().cloned().unwrap_or_else(|| {
            // The rest of what Java's constructor sends.
            Struct::default().with(5, Value::Bool(false)).with(6, Value::I32(0))
        });
        sd.set(SD_INPUT, Value::text(INPUT_FORMAT));
        sd.set(SD_OUTPUT, Value::text(OUTPUT_FORMAT));
        let mut serde = sd.inner(SD_SERDE).cloned().unwrap_or_default();
        serde.set(SERDE_LIBRARY, Value::text(SERDE));
        serde.set(SERDE_PARAMETERS, Value::properties(&IndexMap::new()));
        sd.set(SD_SERDE, Value::Struct(serde));
        change(&mut sd);
        self.0.set(DESCRIPTOR, Value::Struct(sd));
    }
}
