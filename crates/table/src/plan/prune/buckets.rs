//! Buckets that a filter leaves (`BucketSelector.java`).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rimon_spec::{
    BinaryRow, DataType, ManifestEntry, Predicate, Result, TableOptions, TableSchema, Value,
    bucket, options::BucketFunction,
};

/// Combinations of key values that are hashed at most.
const MAX_KEYS: usize = 1000;

/// Finds the buckets of the bucket keys that a filter allows.
#[derive(Debug)]
pub(crate) struct BucketFilter {
    names: Vec<String>,
    types: Vec<DataType>,
    function: BucketFunction,
    /// Schemas in which a bucket key had another type, and so other hashes.
    other_types: HashSet<i64>,
}

/// The bucket keys that the filter allows in one partition.
#[derive(Debug)]
pub(crate) struct BucketChoice {
    /// `None`: any.
    keys: Option<Vec<Vec<Value>>>,
}

impl BucketFilter {
    /// Does not prune tables whose buckets do not follow from a key.
    pub(crate) fn new(
        schema: &TableSchema,
        options: &TableOptions,
        file_schemas: &HashMap<i64, Arc<TableSchema>>,
    ) -> Self {
        let by_key = options.bucket > 0 || options.bucket == -2;
        let names = if by_key { schema.bucket_keys() } else { Vec::new() };
        let fields: Option<Vec<_>> = names.iter().map(|n| schema.field(n)).collect();
        let fields = fields.unwrap_or_default();
        let same_types = |s: &TableSchema| {
            let same = |f: &&rimon_spec::DataField| {
                s.field_by_id(f.id).is_some_and(|old| old.data_type.kind == f.data_type.kind)
            };
            fields.iter().all(same)
        };
        let other_types = file_schemas.iter().filter(|(_, s)| !same_types(s)).map(|(id, _)| *id);
        Self {
            names: fields.iter().map(|f| f.name.clone()).collect(),
            types: fields.iter().map(|f| f.data_type.clone()).collect(),
            function: options.bucket_function,
            other_types: other_types.collect(),
        }
    }

    /// For the rest of a filter in one partition: it fixes buckets when it names values for every bucket key.
    pub(crate) fn choose(&self, rest: &Predicate) -> BucketChoice {
        BucketChoice { keys: self.keys(rest) }
    }

    /// Whether the entry's bucket can hold one of the keys. Uses the entry's own number of buckets.
    pub(crate) fn matches(&self, choice: &BucketChoice, entry: &ManifestEntry) -> bool {
        let Some(keys) = &choice.keys else { return true };
        let hashed = entry.total_buckets > 0
            && entry.bucket >= 0
            && !self.other_types.contains(&entry.file.schema_id);
        let bucket_of = |key: &Vec<Value>| self.bucket_of(key, entry.total_buckets);
        // A key that cannot be hashed may be anywhere.
        !hashed || keys.iter().any(|key| bucket_of(key).map_or(true, |b| b == entry.bucket))
    }

    fn keys(&self, rest: &Predicate) -> Option<Vec<Vec<Value>>> {
        if self.names.is_empty() {
            return None;
        }
        let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
        for name in &self.names {
            let values = rest.equal_literals(name)?;
            if values.iter().any(has_several_forms)
                || rows.len().saturating_mul(values.len()) > MAX_KEYS
            {
                return None;
            }
            let with =
                |row: &Vec<Value>, v: &Value| [row.as_slice(), std::slice::from_ref(v)].concat();
            rows = rows.iter().flat_map(|row| values.iter().map(move |v| with(row, v))).collect();
        }
        Some(rows)
    }

    fn bucket_of(&self, key: &[Value], buckets: i32) -> Result<i32> {
        match (self.function, key) {
            (BucketFunction::Default, key) => {
                Ok(bucket::default_bucket(&BinaryRow::encode(&self.types, key)?, buckets))
            }
            (BucketFunction::Mod, [one]) => bucket::mod_bucket(one, buckets),
            (BucketFunction::Mod, _) => {
                Err(rimon_spec::Error::invalid("bucket-function.type=mod of several columns"))
            }
            (BucketFunction::Hive, key) => bucket::hive_bucket(key, &self.types, buckets),
        }
    }
}

/// Zeros and NaN: values that compare as equal to some and have other bytes.
fn has_several_forms(value: &Value) -> bool {
    match value {
        Value::Float(v) => *v == 0.0 || v.is_nan(),
        Value::Double(v) => *v == 0.0 || v.is_nan(),
        _ => false,
    }
}
