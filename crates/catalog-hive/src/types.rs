//! Paimon's types as Hive names them: `HiveTypeUtils.java`, Hive 3's names.

use rimon_spec::{DataType, Error, Result, TypeKind};

/// `HiveChar.MAX_CHAR_LENGTH`, `HiveVarchar.MAX_VARCHAR_LENGTH`; longer ones are strings.
const MAX_CHAR: u32 = 255;
const MAX_VARCHAR: u32 = 65535;

/// The name of a column's type. Nullability is not kept.
///
/// # Errors
/// `Unsupported` for types that Java does not put into a metastore either.
pub(crate) fn hive_type(data_type: &DataType) -> Result<String> {
    Ok(match &data_type.kind {
        TypeKind::Boolean => "boolean".to_owned(),
        TypeKind::TinyInt => "tinyint".to_owned(),
        TypeKind::SmallInt => "smallint".to_owned(),
        TypeKind::Int => "int".to_owned(),
        TypeKind::BigInt => "bigint".to_owned(),
        TypeKind::Float => "float".to_owned(),
        TypeKind::Double => "double".to_owned(),
        TypeKind::Decimal { precision, scale } => format!("decimal({precision},{scale})"),
        TypeKind::Date => "date".to_owned(),
        TypeKind::Timestamp { .. } => "timestamp".to_owned(),
        TypeKind::LocalZonedTimestamp { .. } => "timestamp with local time zone".to_owned(),
        TypeKind::Char { length } if *length <= MAX_CHAR => format!("char({length})"),
        TypeKind::VarChar { length } if *length <= MAX_VARCHAR => format!("varchar({length})"),
        TypeKind::Char { .. } | TypeKind::VarChar { .. } | TypeKind::Time { .. } => {
            "string".to_owned()
        }
        TypeKind::Binary { .. } | TypeKind::VarBinary { .. } | TypeKind::Blob => {
            "binary".to_owned()
        }
        TypeKind::Array(element) | TypeKind::Vector { element, .. } => {
            format!("array<{}>", hive_type(element)?)
        }
        TypeKind::Map { key, value } => format!("map<{},{}>", hive_type(key)?, hive_type(value)?),
        TypeKind::Multiset(element) => format!("map<{},int>", hive_type(element)?),
        TypeKind::Row(fields) => {
            let field =
                |f: &rimon_spec::DataField| Ok(format!("{}:{}", f.name, hive_type(&f.data_type)?));
            let fields: Result<Vec<_>> = fields.iter().map(field).collect();
            format!("struct<{}>", fields?.join(","))
        }
        TypeKind::Variant => "struct<value:binary,metadata:binary>".to_owned(),
        _ => {
            return Err(Error::unsupported(format!(
                "the type {data_type} has no name in a Hive metastore"
            )));
        }
    })
}

/// Whether a server that watches over types lets a column of type `old` become one of type `new`: the same, wider
/// numbers, or other texts. What it may allow besides is for it to say.
pub(crate) fn is_surely_compatible(old: &str, new: &str) -> bool {
    const NUMBERS: [&str; 6] = ["tinyint", "smallint", "int", "bigint", "float", "double"];
    let place = |name: &str| NUMBERS.iter().position(|n| *n == name);
    let is_text = |name: &str| ["string", "varchar", "char"].iter().any(|t| name.starts_with(t));
    old == new
        || matches!((place(old), place(new)), (Some(old), Some(new)) if old < new)
        || (is_text(old) && is_text(new))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compatible_types() {
        for (old, new, yes) in [
            ("int", "int", true),
            ("int", "bigint", true),
            ("bigint", "int", false),
            ("varchar(3)", "string", true),
            ("string", "int", false),
            ("array<int>", "array<bigint>", false),
        ] {
            assert_eq!(is_surely_compatible(old, new), yes, "{old} {new}");
        }
    }

    #[test]
    fn names_of_types() {
        for (paimon, hive) in [
            ("INT NOT NULL", "int"),
            ("CHAR(255)", "char(255)"),
            ("CHAR(256)", "string"),
            ("VARCHAR(65535)", "varchar(65535)"),
            ("VARCHAR(65536)", "string"),
            ("TIME(3)", "string"),
            ("BYTES", "binary"),
            ("TIMESTAMP_LTZ(3)", "timestamp with local time zone"),
            ("MULTISET<STRING>", "map<string,int>"),
            ("ARRAY<ROW<x INT, Y DECIMAL(10,2)>>", "array<struct<x:int,Y:decimal(10,2)>>"),
            ("VARIANT", "struct<value:binary,metadata:binary>"),
        ] {
            let data_type: DataType = paimon.parse().unwrap();
            assert_eq!(hive_type(&data_type).unwrap(), hive, "{paimon}");
        }
    }
}
