//! Partitions as text, in the two ways that system tables show them.

use rimon_spec::{BinaryRow, DataField, DataType, Result, TableSchema, Value};

/// Shows partitions of one table.
pub(super) struct PartitionText {
    names: Vec<String>,
    types: Vec<DataType>,
}

impl PartitionText {
    pub(super) fn of(schema: &TableSchema) -> Self {
        let fields: Vec<&DataField> = schema.partition_fields();
        Self {
            names: fields.iter().map(|f| f.name.clone()).collect(),
            types: fields.iter().map(|f| f.data_type.clone()).collect(),
        }
    }

    /// The partition's values.
    pub(super) fn values(&self, partition: &BinaryRow) -> Result<Vec<Value>> {
        partition.decode(&self.types)
    }

    /// `{v1, null}`: Java's CAST of a row to STRING.
    pub(super) fn row(&self, partition: &BinaryRow) -> Result<String> {
        let values = self.values(partition)?;
        let texts: Vec<String> = values
            .iter()
            .zip(&self.types)
            .map(|(v, t)| if v.is_null() { "null".to_owned() } else { v.to_sql_string(t) })
            .collect();
        Ok(format!("{{{}}}", texts.join(", ")))
    }

    /// `k1=v1/k2=v2`, with `default_name` for values that have no text.
    pub(super) fn spec(&self, partition: &BinaryRow, default_name: &str) -> Result<String> {
        let values = self.values(partition)?;
        let text = |value: &Value, data_type: &DataType| match value {
            Value::Null => default_name.to_owned(),
            Value::String(text) if text.trim().is_empty() => default_name.to_owned(),
            value => value.to_sql_string(data_type),
        };
        let parts: Vec<String> = self
            .names
            .iter()
            .zip(values.iter().zip(&self.types))
            .map(|(name, (value, data_type))| format!("{name}={}", text(value, data_type)))
            .collect();
        Ok(parts.join("/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms() {
        let types = vec![DataType::string(), "INT".parse().unwrap()];
        let text = PartitionText { names: vec!["a".into(), "b".into()], types: types.clone() };
        let row = |values: &[Value]| BinaryRow::encode(&types, values).unwrap();
        let full = row(&[Value::String("x y".into()), Value::Int(-1)]);
        assert_eq!(text.row(&full).unwrap(), "{x y, -1}");
        assert_eq!(text.spec(&full, "d").unwrap(), "a=x y/b=-1");
        let empty = row(&[Value::String(" ".into()), Value::Null]);
        assert_eq!(text.row(&empty).unwrap(), "{ , null}");
        assert_eq!(text.spec(&empty, "d").unwrap(), "a=d/b=d");
        let none = PartitionText { names: vec![], types: vec![] };
        assert_eq!(none.row(&BinaryRow::empty()).unwrap(), "{}");
        assert_eq!(none.spec(&BinaryRow::empty(), "d").unwrap(), "");
    }
}
