//! Bounds of the columns of stripes (`orc_proto.proto`, `Metadata`). They only skip: what cannot be read or trusted is
//! unknown.

use super::tail::{Kind, Stripe, Tail};
use super::wire::{Fields, Item, text};
use crate::arrow_value::{array_of, value_at};
use crate::cast::{Cast, parse_text};
use crate::input::FileBytes;
use crate::{Block, ReadColumn, Source};
use rimon_spec::{DataType, Error, Result, TypeKind, Value};

/// Greatest statistics of a file.
const MAX_METADATA: usize = 64 << 20;

/// What is known of one column in one stripe.
#[derive(Debug, Clone, Default, PartialEq)]
struct Known {
    /// Values that are not null.
    values: Option<u64>,
    has_null: Option<bool>,
    bounds: Option<Bounds>,
}

#[derive(Debug, Clone, PartialEq)]
enum Bounds {
    Numbers(i64, i64),
    Texts(String, String),
    Decimals(String, String),
}

/// The statistics of all stripes, by stripe and column.
#[derive(Debug)]
pub(super) struct Statistics(Vec<Vec<Known>>);

impl Statistics {
    /// Reads them.
    pub(super) async fn read(bytes: &FileBytes, tail: &Tail) -> Result<Self> {
        let packed = bytes.range(tail.metadata.clone()).await?;
        let message = tail.compression.unpack(&packed, MAX_METADATA)?;
        let mut stripes = Vec::new();
        for field in Fields::new(&message) {
            if let (1, Item::Bytes(stripe)) = field? {
                stripes.push(columns(stripe)?);
            }
        }
        if stripes.len() != tail.stripes.len() {
            return Err(Error::corrupt("statistics of another number of stripes"));
        }
        Ok(Self(stripes))
    }

    /// The stripes as blocks of `column`, the file's column `index`.
    pub(super) fn blocks(&self, tail: &Tail, index: usize, column: &ReadColumn) -> Vec<Block> {
        let stripes = tail.stripes.iter().zip(&self.0);
        let stripes = stripes.filter(|(stripe, _)| stripe.rows.start < stripe.rows.end);
        stripes
            .map(|(stripe, known)| block(tail, stripe, known.get(index), index, column))
            .collect()
    }
}

fn block(
    tail: &Tail,
    stripe: &Stripe,
    known: Option<&Known>,
    index: usize,
    column: &ReadColumn,
) -> Block {
    let rows = stripe.rows.clone();
    let unknown = Block { rows: rows.clone(), min: None, max: None, null_count: None };
    let (Some(known), Source::File { data_type, .. }) = (known, &column.source) else {
        return unknown;
    };
    let nulls = match (known.has_null, known.values) {
        (Some(false), _) => Some(0),
        (_, Some(values)) => (rows.end - rows.start).checked_sub(values),
        _ => None,
    };
    let bounds = tail
        .types
        .get(index)
        .and_then(|stored| known.bounds.as_ref()?.of(stored.kind, data_type, tail.texts_in_utf8))
        .and_then(|(min, max)| converted(min, max, data_type, &column.output.data_type));
    let (min, max) = bounds.unzip();
    // A conversion may make values null.
    let null_count = if data_type.kind == column.output.data_type.kind { nulls } else { None };
    Block { min, max, null_count, ..unknown }
}

fn converted(min: Value, max: Value, from: &DataType, to: &DataType) -> Option<(Value, Value)> {
    let cast = Cast::new(from, to).ok().filter(Cast::is_monotone)?;
    let both = cast.apply(&array_of(&[min, max], from).ok()?).ok()?;
    let bound = |row| value_at(both.as_ref(), row, to).ok().filter(|v| !v.is_null());
    Some((bound(0)?, bound(1)?))
}

impl Bounds {
    /// As values of the column's type; `None` for types whose bounds say nothing: times count in another way, numbers
    /// with a fraction leave NaN out, CHAR has its blanks there and not in its values.
    fn of(&self, stored: Kind, data_type: &DataType, utf8: bool) -> Option<(Value, Value)> {
        let number = |n: i64| {
            Some(match data_type.kind {
                TypeKind::TinyInt => Value::TinyInt(n.try_into().ok()?),
                TypeKind::SmallInt => Value::SmallInt(n.try_into().ok()?),
                TypeKind::Int => Value::Int(n.try_into().ok()?),
                TypeKind::BigInt => Value::BigInt(n),
                TypeKind::Date => Value::Date(n.try_into().ok()?),
                TypeKind::Time { .. } => Value::Time(n.try_into().ok()?),
                _ => return None,
            })
        };
        match (self, stored, &data_type.kind) {
            (
                Self::Numbers(min, max),
                Kind::Byte | Kind::Short | Kind::Int | Kind::Long | Kind::Date,
                _,
            ) => Some((number(*min)?, number(*max)?)),
            (Self::Texts(min, max), Kind::String | Kind::Varchar, TypeKind::VarChar { .. })
                if utf8 =>
            {
                Some((Value::String(min.clone()), Value::String(max.clone())))
            }
            (Self::Decimals(min, max), Kind::Decimal, TypeKind::Decimal { scale, .. }) => {
                let exact = |text: &String| {
                    let digits = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
                    let value = parse_text(text, data_type).ok()?;
                    (digits <= usize::from(*scale) && !value.is_null()).then_some(value)
                };
                Some((exact(min)?, exact(max)?))
            }
            _ => None,
        }
    }
}

fn columns(message: &[u8]) -> Result<Vec<Known>> {
    let mut columns = Vec::new();
    for field in Fields::new(message) {
        if let (1, Item::Bytes(column)) = field? {
            columns.push(known(column)?);
        }
    }
    Ok(columns)
}

fn known(message: &[u8]) -> Result<Known> {
    let mut known = Known::default();
    for field in Fields::new(message) {
        match field? {
            (1, Item::Number(count)) => known.values = Some(count),
            (2 | 7, Item::Bytes(numbers)) => known.bounds = whole_numbers(numbers)?,
            (4, Item::Bytes(texts)) => known.bounds = of_texts(texts)?,
            (6, Item::Bytes(decimals)) => known.bounds = of_decimals(decimals)?,
            (10, Item::Number(flag)) => known.has_null = Some(flag != 0),
            _ => {}
        }
    }
    Ok(known)
}

/// `IntegerStatistics` and `DateStatistics`.
fn whole_numbers(message: &[u8]) -> Result<Option<Bounds>> {
    let zigzag = |n: u64| (n >> 1) as i64 ^ -((n & 1) as i64);
    let (mut min, mut max) = (None, None);
    for field in Fields::new(message) {
        match field? {
            (1, Item::Number(n)) => min = Some(zigzag(n)),
            (2, Item::Number(n)) => max = Some(zigzag(n)),
            _ => {}
        }
    }
    Ok(min.zip(max).map(|(min, max)| Bounds::Numbers(min, max)))
}

/// `StringStatistics`: long bounds are cut, and have other numbers then.
fn of_texts(message: &[u8]) -> Result<Option<Bounds>> {
    let (mut min, mut max) = (None, None);
    for field in Fields::new(message) {
        match field? {
            (1 | 4, Item::Bytes(bytes)) => min = text(bytes).ok(),
            (2 | 5, Item::Bytes(bytes)) => max = text(bytes).ok(),
            _ => {}
        }
    }
    Ok(min.zip(max).map(|(min, max)| Bounds::Texts(min, max)))
}

fn of_decimals(message: &[u8]) -> Result<Option<Bounds>> {
    let (mut min, mut max) = (None, None);
    for field in Fields::new(message) {
        match field? {
            (1, Item::Bytes(bytes)) => min = text(bytes).ok(),
            (2, Item::Bytes(bytes)) => max = text(bytes).ok(),
            _ => {}
        }
    }
    Ok(min.zip(max).map(|(min, max)| Bounds::Decimals(min, max)))
}
