//! Rows in binary form, types, literals and partition paths.

use rimon_spec::path::{escape, partition_path as path_of, unescape};
use rimon_spec::{BinaryRow, DataField, DataType, TableOptions, TypeKind, Value};

use crate::fair;

/// Types to read a value as, chosen by a byte.
pub(crate) fn type_of(byte: u8) -> DataType {
    let kinds = [
        TypeKind::Int,
        TypeKind::BigInt,
        TypeKind::VarChar { length: rimon_spec::MAX_LENGTH },
        TypeKind::Double,
        TypeKind::Boolean,
        TypeKind::TinyInt,
        TypeKind::SmallInt,
        TypeKind::Float,
        TypeKind::Decimal { precision: 9, scale: 2 },
        TypeKind::Decimal { precision: 38, scale: 18 },
        TypeKind::Date,
        TypeKind::Time { precision: 3 },
        TypeKind::Timestamp { precision: 3 },
        TypeKind::Timestamp { precision: 9 },
        TypeKind::LocalZonedTimestamp { precision: 6 },
        TypeKind::Char { length: 5 },
        TypeKind::VarBinary { length: rimon_spec::MAX_LENGTH },
        TypeKind::Binary { length: 4 },
    ];
    let at = usize::from(byte) % kinds.len();
    DataType::new(kinds.into_iter().nth(at).expect("within the list"))
}

/// A framed row (as in keys and statistics): the number of its types, a byte for each, then the row.
pub(crate) fn binary_row(bytes: &[u8]) {
    let Some((count, rest)) = bytes.split_first() else { return };
    let Some((types, framed)) = rest.split_at_checked(usize::from(count % 32)) else { return };
    let types: Vec<DataType> = types.iter().map(|b| type_of(*b)).collect();
    let Some(row) = fair(BinaryRow::from_framed(framed)) else { return };
    assert_eq!(row.to_framed(), framed);
    let _ = row.hash_code();
    let Some(values) = fair(row.decode(&types)) else { return };
    let fields: Vec<DataField> =
        types.iter().zip(0..).map(|(t, i)| DataField::new(i, format!("c{i}"), t.clone())).collect();
    let names: Vec<&DataField> = fields.iter().collect();
    for legacy in ["true", "false"] {
        let map = [("partition.legacy-name".to_owned(), legacy.to_owned())].into_iter().collect();
        let options = TableOptions::parse(&map, false).expect("an option");
        fair(path_of(&names, &values, &options));
    }
    for (value, other) in values.iter().zip(values.iter().skip(1)) {
        let _ = value.compare(other);
    }
    // What was decoded is encoded the same, unless the bytes were a value's other form.
    if let Some(again) = fair(BinaryRow::encode(&types, &values)) {
        let back = again.decode(&types).expect("what was written can be read");
        assert_eq!(format!("{values:?}"), format!("{back:?}"));
    }
}

/// A type as text, or as the JSON of a schema.
pub(crate) fn data_type(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Some(read) = fair(text.parse::<DataType>()) {
        let again = read.to_string().parse::<DataType>();
        let again = again.unwrap_or_else(|e| panic!("{read} cannot be read again: {e}"));
        // an empty description is not printed, as in Java
        assert_eq!(read.to_string(), again.to_string());
        check_type(&read);
    }
    if let Ok(json) = serde_json::from_slice(bytes)
        && let Some(read) = fair(DataType::from_json(&json))
    {
        check_type(&read);
    }
}

fn check_type(read: &DataType) {
    let again = DataType::from_json(&read.to_json());
    assert_eq!(*read, again.unwrap_or_else(|e| panic!("{read} cannot be read again: {e}")));
    let _ = (read.can_be_key(), read.is_scalar(), read.time_precision());
    for byte in 0..18 {
        let other = type_of(byte);
        let _ = (read.cast_support(&other), other.cast_support(read));
    }
}

/// A literal as text: the first byte is its type.
pub(crate) fn literal(bytes: &[u8]) {
    let Some((first, text)) = bytes.split_first() else { return };
    let (data_type, text) = (type_of(*first), String::from_utf8_lossy(text));
    fair(Value::parse_default(&text, &data_type));
    let Some(value) = fair(Value::parse(&text, &data_type)) else { return };
    drop(value.to_java_string());
    let shown = value.to_sql_string(&data_type);
    if let Some(row) =
        fair(BinaryRow::encode(std::slice::from_ref(&data_type), std::slice::from_ref(&value)))
    {
        let back = row.decode(std::slice::from_ref(&data_type)).expect("what was written");
        assert_eq!(format!("{:?}", [&value]), format!("{back:?}"));
    }
    let exact = match value {
        Value::Bytes(_) => false,
        // years of more digits are written but not read
        Value::Date(_) | Value::Timestamp(_) => shown.find('-') == Some(4),
        // as in Java a time may be any number, and a second is rounded up to the next day
        Value::Time(millis) => (0..86_400_000).contains(&millis),
        _ => true,
    };
    if exact && !shown.is_empty() {
        let again = Value::parse(&shown, &data_type);
        let again = again.unwrap_or_else(|e| panic!("{shown:?} of {data_type}: {e}"));
        assert_eq!(format!("{value:?}"), format!("{again:?}"), "{shown:?}");
    }
}

/// One part of a partition's path.
pub(crate) fn partition_path(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    drop(unescape(&text));
    assert_eq!(unescape(&escape(&text)).as_deref(), Some(&*text));
    let _ = rimon_spec::path::format_of(&text);
}
