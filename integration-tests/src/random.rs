//! Random rows, for tests that compare two engines on the same ones.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rimon_spec::{DataField, DataType, TypeKind};
use serde_json::{Map, Value, json};

use crate::row::float;

/// A source of rows that prints its seed, so that a failure can be run again with `RIMON_SEED`.
#[derive(Debug)]
pub struct Random {
    rng: StdRng,
}

impl Random {
    /// Seeded by the name of the test, or by `RIMON_SEED`: a number, or `random` for another one in each run.
    ///
    /// # Panics
    /// When `RIMON_SEED` is neither.
    pub fn new(test: &str) -> Self {
        let seed = match std::env::var("RIMON_SEED").as_deref() {
            Ok("random") => rand::random::<u32>().into(),
            Ok(text) => text.parse().expect("RIMON_SEED is a number or 'random'"),
            Err(_) => test
                .bytes()
                .fold(0, |seed: u64, byte| seed.wrapping_mul(31).wrapping_add(byte.into())),
        };
        eprintln!("{test}: RIMON_SEED={seed}");
        Self { rng: StdRng::seed_from_u64(seed) }
    }

    /// The source of one seed: the same seed gives the same values in every run.
    pub fn seeded(seed: u64) -> Self {
        Self { rng: StdRng::seed_from_u64(seed) }
    }

    /// One of several things.
    ///
    /// # Panics
    /// When there are none.
    pub fn pick<'a, T: ?Sized>(&mut self, things: &[&'a T]) -> &'a T {
        things[self.below(things.len())]
    }

    /// Puts things into a random order.
    pub fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            things.swap(last, self.below(last + 1));
        }
    }

    /// A number in `0..bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.rng.random_range(0..bound)
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// A row of all `fields`; a null now and then where the type allows it.
    pub fn row(&mut self, fields: &[DataField]) -> Map<String, Value> {
        fields.iter().map(|f| (f.name.clone(), self.value(&f.data_type))).collect()
    }

    /// A value of a type, in the oracle's form.
    ///
    /// # Panics
    /// For types that no test of writing uses.
    pub fn value(&mut self, data_type: &DataType) -> Value {
        if data_type.nullable && self.one_in(8) {
            return Value::Null;
        }
        let edge = self.one_in(10);
        match &data_type.kind {
            TypeKind::Boolean => json!(self.rng.random::<bool>()),
            TypeKind::TinyInt => json!(if edge { i8::MIN } else { self.rng.random() }),
            TypeKind::SmallInt => json!(if edge { i16::MAX } else { self.rng.random() }),
            TypeKind::Int => json!(if edge { i32::MIN } else { self.rng.random() }),
            TypeKind::BigInt => json!(if edge { i64::MAX } else { self.rng.random() }),
            TypeKind::Float => self.float(edge, |r| float::text(&f32::from_bits(r.random()))),
            TypeKind::Double => self.float(edge, |r| float::text(&f64::from_bits(r.random()))),
            TypeKind::Decimal { precision, scale } => self.decimal(*precision, *scale),
            TypeKind::Char { length } => json!(self.text(*length as usize, *length as usize)),
            TypeKind::VarChar { length } => {
                let most = 40.min(*length as usize);
                json!(self.text(0, most))
            }
            TypeKind::Binary { length } => json!(self.hex(*length as usize)),
            TypeKind::VarBinary { length } => {
                let bytes = self.below(30.min(*length as usize) + 1);
                json!(self.hex(bytes))
            }
            TypeKind::Date => json!(self.date()),
            TypeKind::Time { precision } => {
                let unit = 10_usize.pow(3 - u32::from((*precision).min(3)));
                json!(format!("{}.{:03}", self.clock(), self.below(1000 / unit) * unit))
            }
            TypeKind::Timestamp { precision } => json!(self.timestamp(*precision)),
            TypeKind::LocalZonedTimestamp { precision } => {
                json!(format!("{}Z", self.timestamp(*precision)))
            }
            TypeKind::Array(element) => {
                let n = self.below(4);
                (0..n).map(|_| self.value(element)).collect()
            }
            TypeKind::Map { key, value } => self.map(key, value),
            TypeKind::Multiset(element) => {
                let count = DataType::not_null(TypeKind::Int);
                self.map(element, &count)
            }
            TypeKind::Row(fields) => Value::Object(self.row(fields)),
            TypeKind::Blob => {
                let bytes = self.below(50);
                json!(self.hex(bytes))
            }
            TypeKind::Variant => self.variant(2),
            other => panic!("no random values of {other:?}"),
        }
    }

    /// Any JSON value.
    fn variant(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 4 } else { 6 }) {
            0 => json!(self.rng.random::<i32>()),
            1 => json!(self.text(0, 10)),
            2 => json!(self.rng.random::<bool>()),
            3 => json!(self.below(1000) as f64 / 8.0),
            4 => (0..self.below(4)).map(|_| self.variant(depth - 1)).collect(),
            _ => {
                let names: Vec<&str> =
                    ["a", "b", "c"].into_iter().filter(|_| self.one_in(2)).collect();
                names.into_iter().map(|n| (n.to_owned(), self.variant(depth - 1))).collect()
            }
        }
    }

    fn float(&mut self, edge: bool, any: impl Fn(&mut StdRng) -> String) -> Value {
        let edges = ["NaN", "inf", "-inf", "-0e0", "0e0"];
        json!(if edge { edges[self.below(edges.len())].to_owned() } else { any(&mut self.rng) })
    }

    fn decimal(&mut self, precision: u8, scale: u8) -> Value {
        let digits: String =
            (0..precision).map(|_| char::from(b'0' + self.below(10) as u8)).collect();
        let (whole, fraction) = digits.split_at(usize::from(precision - scale));
        let whole = whole.trim_start_matches('0');
        let whole = if whole.is_empty() { "0" } else { whole };
        let zero = digits.bytes().all(|b| b == b'0');
        let sign = if !zero && self.rng.random() { "-" } else { "" };
        let point = if scale == 0 { "" } else { "." };
        json!(format!("{sign}{whole}{point}{fraction}"))
    }

    fn text(&mut self, least: usize, most: usize) -> String {
        const LETTERS: [char; 12] =
            ['a', 'b', 'z', 'A', '0', '_', '\'', '"', '\\', 'é', '漢', '😀'];
        let n = least + self.below(most - least + 1);
        (0..n).map(|_| LETTERS[self.below(LETTERS.len())]).collect()
    }

    fn hex(&mut self, bytes: usize) -> String {
        (0..bytes).map(|_| format!("{:02x}", self.rng.random::<u8>())).collect()
    }

    fn date(&mut self) -> String {
        let (year, month) = (1600 + self.below(600), 1 + self.below(12));
        format!("{year:04}-{month:02}-{:02}", 1 + self.below(28))
    }

    fn clock(&mut self) -> String {
        format!("{:02}:{:02}:{:02}", self.below(24), self.below(60), self.below(60))
    }

    fn timestamp(&mut self, precision: u8) -> String {
        // nanoseconds in 64 bits reach from 1677 to 2262
        let date = format!("{:04}{}", 1700 + self.below(500), &self.date()[4..]);
        let mut text = format!("{date}T{}", self.clock());
        if precision > 0 {
            text.push('.');
            text.extend((0..precision).map(|_| char::from(b'0' + self.below(10) as u8)));
        }
        text
    }

    fn map(&mut self, key: &DataType, value: &DataType) -> Value {
        let key = key.clone().with_nullable(false);
        let mut pairs: Vec<(String, Value)> = Vec::new();
        for _ in 0..self.below(4) {
            let (k, v) = (self.value(&key), self.value(value));
            let text = k.to_string();
            if pairs.iter().all(|(known, _)| *known != text) {
                pairs.push((text, json!([k, v])));
            }
        }
        pairs.sort_by_key(|(_, pair)| pair.to_string());
        pairs.into_iter().map(|(_, pair)| pair).collect()
    }
}
