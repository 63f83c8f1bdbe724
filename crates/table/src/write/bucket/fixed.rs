//! A fixed number of buckets, chosen by a function of the bucket key: format.md §5.

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{Int32Type, Int64Type};
use rimon_format::arrow_value::value_at;
use rimon_spec::bucket::{bucket_of_hash, hive_bucket};
use rimon_spec::options::BucketFunction;
use rimon_spec::{DataType, Error, Result, TableOptions, TableSchema, TypeKind};

use super::hash::RowHasher;
use super::{BucketAssigner, Buckets};

/// `BucketMode.HASH_FIXED`.
#[derive(Debug)]
pub(crate) struct FixedBucket {
    buckets: i32,
    columns: Vec<usize>,
    function: Function,
}

#[derive(Debug)]
enum Function {
    Default(RowHasher),
    Mod,
    Hive(Vec<DataType>),
}

impl FixedBucket {
    /// The assigner of a table with `bucket` > 0.
    ///
    /// # Errors
    /// `Invalid` when there is no bucket key or it names no column.
    pub(crate) fn new(schema: &TableSchema, options: &TableOptions) -> Result<Self> {
        let mut columns = Vec::new();
        let mut types = Vec::new();
        for key in schema.bucket_keys() {
            let (index, field) =
                schema.fields().iter().enumerate().find(|(_, f)| f.name == key).ok_or_else(
                    || Error::invalid("the bucket key is no column").with("column", key),
                )?;
            columns.push(index);
            types.push(field.data_type.clone());
        }
        if columns.is_empty() {
            return Err(Error::invalid(
                "a table with a fixed number of buckets needs a bucket key",
            )
            .with_hint("set 'bucket-key' or create the table with 'bucket'='-1'"));
        }
        let function = match options.bucket_function {
            BucketFunction::Default => Function::Default(RowHasher::new(types)?),
            BucketFunction::Mod => match types.as_slice() {
                [key] if matches!(key.kind, TypeKind::Int | TypeKind::BigInt) => Function::Mod,
                _ => {
                    return Err(Error::invalid(
                        "bucket-function.type=mod needs one INT or BIGINT bucket key",
                    ));
                }
            },
            BucketFunction::Hive => Function::Hive(types),
        };
        Ok(Self { buckets: options.bucket, columns, function })
    }

    fn keys(&self, batch: &RecordBatch) -> Result<Vec<ArrayRef>> {
        self.columns
            .iter()
            .map(|i| batch.columns().get(*i).cloned())
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| Error::internal("a bucket key is missing from the batch"))
    }
}

impl BucketAssigner for FixedBucket {
    fn assign(&self, batch: &RecordBatch) -> Result<Buckets> {
        if self.buckets == 1 {
            return Ok(Buckets::One(0));
        }
        let keys = self.keys(batch)?;
        match &self.function {
            Function::Default(hasher) => {
                let mut buckets = hasher.hash(&keys)?;
                for bucket in &mut buckets {
                    *bucket = bucket_of_hash(*bucket, self.buckets);
                }
                Ok(Buckets::PerRow(buckets))
            }
            Function::Mod => Ok(Buckets::PerRow(modulo(keys.first(), self.buckets)?)),
            Function::Hive(types) => {
                let mut buckets = Vec::with_capacity(batch.num_rows());
                for row in 0..batch.num_rows() {
                    let mut key = Vec::with_capacity(types.len());
                    for (column, data_type) in keys.iter().zip(types) {
                        key.push(value_at(column, row, data_type)?);
                    }
                    buckets.push(hive_bucket(&key, types, self.buckets)?);
                }
                Ok(Buckets::PerRow(buckets))
            }
        }
    }

    fn total_buckets(&self) -> i32 {
        self.buckets
    }
}

fn modulo(column: Option<&ArrayRef>, buckets: i32) -> Result<Vec<i32>> {
    let column = column.ok_or_else(|| Error::internal("no bucket key"))?;
    // Java does not look whether the key is null: the slot of a null holds zero.
    if let Some(values) = column.as_primitive_opt::<Int32Type>() {
        Ok(values.iter().map(|v| v.unwrap_or(0).rem_euclid(buckets)).collect())
    } else if let Some(values) = column.as_primitive_opt::<Int64Type>() {
        let buckets = i64::from(buckets);
        Ok(values.iter().map(|v| v.unwrap_or(0).rem_euclid(buckets) as i32).collect())
    } else {
        Err(Error::internal("a bucket key of bucket-function.type=mod is no integer"))
    }
}
