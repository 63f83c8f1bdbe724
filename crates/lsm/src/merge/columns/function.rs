//! The functions by name.

use rimon_spec::options::FieldMergeOptions;
use rimon_spec::{Error, Result};

/// What becomes of a column, and what it is called in errors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldMerge {
    /// Name of the column.
    pub name: String,
    /// What becomes of its values.
    pub function: FieldFunction,
    /// `fields.<name>.ignore-retract`.
    pub ignore_retract: bool,
}

impl FieldMerge {
    /// Whether rows that retract may come.
    pub(in crate::merge) fn takes_back(&self) -> bool {
        self.ignore_retract || self.function.can_retract()
    }

    /// Whether the value of the newest row is the result where no row retracts. `filled`: no value is null.
    pub(in crate::merge) fn takes_newest(&self, filled: impl FnOnce() -> bool) -> bool {
        match self.function {
            FieldFunction::Newest | FieldFunction::Overwrite | FieldFunction::LastValue => true,
            FieldFunction::LastNonNullValue => filled(),
            _ => false,
        }
    }

    /// The error for a row that retracts.
    pub(in crate::merge) fn cannot_take_back(&self) -> Error {
        let what = self.function.name();
        Error::invalid(format!("aggregate function '{what}' cannot take back values"))
            .with("field", &self.name)
            .with_hint("'fields.<name>.ignore-retract' = 'true' leaves such rows out")
    }
}

/// What becomes of the values of a column. The classes `Field…Agg.java` define them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldFunction {
    /// The value of the newest row of any kind: ordering columns, key columns.
    Newest,
    /// The value of the newest row, null when that one retracts: columns of a sequence group.
    Overwrite,
    /// `last_value`.
    LastValue,
    /// `last_non_null_value`.
    LastNonNullValue,
    /// `first_value`.
    FirstValue,
    /// `first_non_null_value`.
    FirstNonNullValue,
    /// `max`.
    Max,
    /// `min`.
    Min,
    /// `sum`.
    Sum,
    /// `product`.
    Product,
    /// `bool_and`.
    BoolAnd,
    /// `bool_or`.
    BoolOr,
    /// `listagg`.
    ListAgg {
        /// Between two texts.
        delimiter: String,
        /// Parts that are there already are left out.
        distinct: bool,
    },
    /// `collect`: arrays one after the other.
    Collect {
        /// Elements that are there already are left out; the others have the order of Java's hash
        /// table.
        distinct: bool,
    },
    /// `merge_map`.
    MergeMap,
    /// `nested_update`: arrays of rows.
    NestedUpdate {
        /// Columns of the nested rows that identify them; empty: all rows are kept.
        key: Vec<String>,
        /// What becomes of rows with a null in their key.
        null_keys: NullKeys,
        /// Columns that order the updates of one key.
        sequence: Vec<String>,
        /// No more rows than this are taken.
        limit: usize,
    },
    /// `nested_partial_update`: arrays of rows, whose columns are updated one by one.
    NestedPartialUpdate {
        /// Columns of the nested rows that identify them.
        key: Vec<String>,
        /// What becomes of rows with a null in their key.
        null_keys: NullKeys,
    },
    /// `merge_map_with_keytime`: maps whose values are rows with a time.
    MergeMapWithKeyTime {
        /// The column with the time; `None`: the last.
        time: Option<String>,
    },
    /// `rbm32`: unions of roaring bitmaps.
    Bitmap,
    /// `rbm64`: unions of roaring bitmaps of 64-bit numbers.
    Bitmap64,
}

/// `nested-key-null-strategy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NullKeys {
    /// Nulls are values like others.
    #[default]
    Merge,
    /// The row is left out.
    Ignore,
    /// The row is an error.
    Error,
}

impl NullKeys {
    fn named(word: Option<&str>) -> Self {
        match word {
            Some("ignore") => Self::Ignore,
            Some("error") => Self::Error,
            _ => Self::Merge,
        }
    }
}

impl FieldFunction {
    /// The function called `name` with the options of the column `field`.
    ///
    /// # Errors
    /// [`rimon_spec::ErrorKind::Unsupported`] naming field and function when there is none.
    pub fn named(name: &str, field: &str, options: &FieldMergeOptions) -> Result<Self> {
        Ok(match name {
            "primary-key" => Self::Newest,
            "last_value" => Self::LastValue,
            "last_non_null_value" => Self::LastNonNullValue,
            "first_value" => Self::FirstValue,
            "first_non_null_value" | "first_not_null_value" => Self::FirstNonNullValue,
            "max" => Self::Max,
            "min" => Self::Min,
            "sum" => Self::Sum,
            "product" => Self::Product,
            "bool_and" => Self::BoolAnd,
            "bool_or" => Self::BoolOr,
            "listagg" => Self::ListAgg {
                delimiter: options.delimiter.clone().unwrap_or_else(|| ",".to_owned()),
                distinct: options.distinct,
            },
            "collect" => Self::Collect { distinct: options.distinct },
            "merge_map" => Self::MergeMap,
            "merge_map_with_keytime" => {
                Self::MergeMapWithKeyTime { time: options.ts_field.clone() }
            }
            "rbm32" => Self::Bitmap,
            "rbm64" => Self::Bitmap64,
            "nested_partial_update" if options.nested_key.is_empty() => {
                return Err(Error::invalid(format!(
                    "aggregate function '{name}' needs 'fields.{field}.nested-key'"
                )));
            }
            "nested_partial_update" => Self::NestedPartialUpdate {
                key: options.nested_key.clone(),
                null_keys: NullKeys::named(options.nested_key_null.as_deref()),
            },
            "nested_update" => Self::NestedUpdate {
                key: options.nested_key.clone(),
                null_keys: NullKeys::named(options.nested_key_null.as_deref()),
                sequence: options.nested_sequence.clone(),
                limit: options.count_limit.unwrap_or(i32::MAX as usize),
            },
            _ => {
                return Err(Error::unsupported(format!(
                    "option 'fields.{field}.aggregate-function' = '{name}' is not supported by this build"
                )));
            }
        })
    }

    /// The name in options.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Newest => "primary-key",
            Self::Overwrite | Self::LastValue => "last_value",
            Self::LastNonNullValue => "last_non_null_value",
            Self::FirstValue => "first_value",
            Self::FirstNonNullValue => "first_non_null_value",
            Self::Max => "max",
            Self::Min => "min",
            Self::Sum => "sum",
            Self::Product => "product",
            Self::BoolAnd => "bool_and",
            Self::BoolOr => "bool_or",
            Self::ListAgg { .. } => "listagg",
            Self::Collect { .. } => "collect",
            Self::MergeMap => "merge_map",
            Self::NestedUpdate { .. } => "nested_update",
            Self::NestedPartialUpdate { .. } => "nested_partial_update",
            Self::MergeMapWithKeyTime { .. } => "merge_map_with_keytime",
            Self::Bitmap => "rbm32",
            Self::Bitmap64 => "rbm64",
        }
    }

    /// Whether rows that retract can be taken back.
    pub(super) fn can_retract(&self) -> bool {
        match self {
            Self::Newest
            | Self::Overwrite
            | Self::LastValue
            | Self::LastNonNullValue
            | Self::Sum
            | Self::Product
            | Self::Collect { .. }
            | Self::MergeMap
            | Self::NestedUpdate { .. } => true,
            Self::FirstValue
            | Self::FirstNonNullValue
            | Self::Max
            | Self::Min
            | Self::BoolAnd
            | Self::BoolOr
            | Self::ListAgg { .. }
            | Self::NestedPartialUpdate { .. }
            | Self::MergeMapWithKeyTime { .. }
            | Self::Bitmap
            | Self::Bitmap64 => false,
        }
    }
}
