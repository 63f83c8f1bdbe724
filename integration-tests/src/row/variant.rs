//! VARIANT as JSON text, as Java's `GenericVariant.toJson` prints the values that tests write.

use std::fmt::Write as _;

use super::calendar;

/// The JSON text of an encoded value.
///
/// # Panics
/// When the bytes are no variant, or of a type that no test writes.
pub(super) fn json(value: &[u8], metadata: &[u8]) -> String {
    let mut out = String::new();
    print(&mut out, value, metadata, 0);
    out
}

fn unsigned(bytes: &[u8], at: usize, width: usize) -> usize {
    bytes[at..at + width].iter().rev().fold(0, |n, b| n << 8 | usize::from(*b))
}

fn signed(bytes: &[u8], at: usize, width: usize) -> i128 {
    let mut wide = if bytes[at + width - 1] & 0x80 == 0 { [0; 16] } else { [0xff; 16] };
    wide[..width].copy_from_slice(&bytes[at..at + width]);
    i128::from_le_bytes(wide)
}

fn key(metadata: &[u8], id: usize) -> &str {
    let width = usize::from(metadata[0] >> 6) + 1;
    let count = unsigned(metadata, 1, width);
    let start = 1 + (count + 2) * width;
    let offset = |i: usize| start + unsigned(metadata, 1 + (i + 1) * width, width);
    std::str::from_utf8(&metadata[offset(id)..offset(id + 1)]).expect("a key")
}

fn quoted(out: &mut String, text: &str) {
    out.push_str(&serde_json::to_string(text).expect("a string"));
}

fn print(out: &mut String, value: &[u8], metadata: &[u8], at: usize) {
    let (basic, info) = (value[at] & 3, value[at] >> 2);
    match basic {
        0 => scalar(out, value, at, info),
        1 => {
            let text = &value[at + 1..at + 1 + usize::from(info)];
            quoted(out, std::str::from_utf8(text).expect("a string"));
        }
        _ => {
            let object = basic == 2;
            let (large, id_width) = if object {
                (info >> 4 & 1, usize::from(info >> 2 & 3) + 1)
            } else {
                (info >> 2 & 1, 0)
            };
            let width = usize::from(info & 3) + 1;
            let size_width = if large == 1 { 4 } else { 1 };
            let count = unsigned(value, at + 1, size_width);
            let ids = at + 1 + size_width;
            let offsets = ids + count * id_width;
            let data = offsets + (count + 1) * width;
            out.push(if object { '{' } else { '[' });
            for i in 0..count {
                if i > 0 {
                    out.push(',');
                }
                if object {
                    quoted(out, key(metadata, unsigned(value, ids + i * id_width, id_width)));
                    out.push(':');
                }
                print(out, value, metadata, data + unsigned(value, offsets + i * width, width));
            }
            out.push(if object { '}' } else { ']' });
        }
    }
}

fn scalar(out: &mut String, value: &[u8], at: usize, info: u8) {
    let number = |width| signed(value, at + 1, width);
    match info {
        0 => out.push_str("null"),
        1 => out.push_str("true"),
        2 => out.push_str("false"),
        3..=6 => put(out, number(1 << (info - 3))),
        7 => double(out, f64::from_bits(number(8) as u64)),
        8..=10 => decimal(out, signed(value, at + 2, 4 << (info - 8)), value[at + 1]),
        11 => put(out, format_args!("\"{}\"", calendar::date_text(number(4) as i64))),
        14 => double(out, f64::from(f32::from_bits(number(4) as u32))),
        16 => {
            let text = &value[at + 5..at + 5 + unsigned(value, at + 1, 4)];
            quoted(out, std::str::from_utf8(text).expect("a string"));
        }
        other => panic!("no test writes a variant of type {other}"),
    }
}

fn put(out: &mut String, what: impl std::fmt::Display) {
    write!(out, "{what}").expect("writing to memory");
}

/// As Java's `Double.toString` prints the few that tests use.
fn double(out: &mut String, number: f64) {
    let magnitude = number.abs();
    if magnitude == 0.0 || (1e-3..1e7).contains(&magnitude) {
        put(out, format_args!("{number:?}"));
        return;
    }
    let text = format!("{number:E}");
    let (digits, exponent) = text.split_once('E').expect("an exponent");
    let point = if digits.contains('.') { "" } else { ".0" };
    put(out, format_args!("{digits}{point}E{exponent}"));
}

/// Without trailing zeros.
fn decimal(out: &mut String, mut unscaled: i128, scale: u8) {
    let mut scale = usize::from(scale);
    while scale > 0 && unscaled % 10 == 0 {
        unscaled /= 10;
        scale -= 1;
    }
    let sign = if unscaled < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let point = if scale == 0 { "" } else { "." };
    put(out, format_args!("{sign}{whole}{point}{fraction}"));
}
