//! JSON laid out as Jackson's default pretty printer does, so that files equal Java's byte for byte.

use crate::{Error, Result};
use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, Serializer};
use std::io::{self, Write};

/// `value` as Jackson's `DefaultPrettyPrinter` writes it: `"key" : value`, two spaces a level for
/// objects, arrays on one line as `[ a, b ]`.
pub(crate) fn to_pretty<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    let mut out = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut out, Jackson::default());
    value
        .serialize(&mut serializer)
        .map_err(|e| Error::internal("cannot write JSON").with_source(e))?;
    String::from_utf8(out).map_err(|e| Error::internal("JSON is not UTF-8").with_source(e))
}

/// `value` as Jackson writes it without pretty printing.
pub(crate) fn to_compact<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|e| Error::internal("cannot write JSON").with_source(e))
}

#[derive(Default)]
struct Jackson {
    depth: usize,
    has_value: bool,
}

impl Jackson {
    fn newline<W: ?Sized + Write>(&self, w: &mut W) -> io::Result<()> {
        w.write_all(b"\n")?;
        for _ in 0..self.depth {
            w.write_all(b"  ")?;
        }
        Ok(())
    }
}

impl Formatter for Jackson {
    fn begin_array<W: ?Sized + Write>(&mut self, w: &mut W) -> io::Result<()> {
        self.has_value = false;
        w.write_all(b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, w: &mut W) -> io::Result<()> {
        self.has_value = true;
        w.write_all(b" ]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, w: &mut W, first: bool) -> io::Result<()> {
        w.write_all(if first { b" " } else { b", " })
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, w: &mut W) -> io::Result<()> {
        self.depth += 1;
        self.has_value = false;
        w.write_all(b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, w: &mut W) -> io::Result<()> {
        self.depth -= 1;
        if self.has_value {
            self.newline(w)?;
        } else {
            w.write_all(b" ")?;
        }
        self.has_value = true;
        w.write_all(b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, w: &mut W, first: bool) -> io::Result<()> {
        if !first {
            w.write_all(b",")?;
        }
        self.newline(w)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, w: &mut W) -> io::Result<()> {
        w.write_all(b" : ")
    }

    fn write_char_escape<W>(&mut self, w: &mut W, escape: CharEscape) -> io::Result<()>
    where
        W: ?Sized + Write,
    {
        match escape {
            CharEscape::Quote => w.write_all(b"\\\""),
            CharEscape::ReverseSolidus => w.write_all(b"\\\\"),
            CharEscape::Solidus => w.write_all(b"/"),
            CharEscape::Backspace => w.write_all(b"\\b"),
            CharEscape::FormFeed => w.write_all(b"\\f"),
            CharEscape::LineFeed => w.write_all(b"\\n"),
            CharEscape::CarriageReturn => w.write_all(b"\\r"),
            CharEscape::Tab => w.write_all(b"\\t"),
            // Jackson writes capital hexadecimal digits.
            CharEscape::AsciiControl(byte) => write!(w, "\\u{byte:04X}"),
        }
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_is_jackson_s() {
        let value =
            serde_json::json!({"a": [], "b": {}, "c": [1, {"d": "\u{1f}ä/\"\n"}, [2]], "e": null});
        let expected = "{\n  \"a\" : [ ],\n  \"b\" : { },\n  \"c\" : [ 1, {\n    \"d\" : \"\\u001Fä/\\\"\\n\"\n  }, [ 2 ] ],\n  \"e\" : null\n}";
        assert_eq!(to_pretty(&value).unwrap(), expected);
    }
}
