//! Writes Avro's binary encoding.

/// The bytes of a block in the making.
#[derive(Debug, Default)]
pub(in crate::manifest) struct Sink(pub(in crate::manifest) Vec<u8>);

impl Sink {
    pub(in crate::manifest) fn long(&mut self, value: i64) {
        let mut rest = ((value << 1) ^ (value >> 63)) as u64;
        while rest >= 0x80 {
            self.0.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.0.push(rest as u8);
    }

    pub(in crate::manifest) fn int(&mut self, value: i32) {
        self.long(i64::from(value));
    }

    pub(in crate::manifest) fn bytes(&mut self, value: &[u8]) {
        self.long(value.len() as i64);
        self.0.extend_from_slice(value);
    }

    pub(in crate::manifest) fn string(&mut self, value: &str) {
        self.bytes(value.as_bytes());
    }

    /// Branch 0 for null, branch 1 and the value otherwise: `["null", X]`.
    pub(in crate::manifest) fn optional<T>(
        &mut self,
        value: Option<T>,
        write: impl FnOnce(&mut Self, T),
    ) {
        match value {
            None => self.long(0),
            Some(value) => {
                self.long(1);
                write(self, value);
            }
        }
    }

    /// One block of items and the end.
    pub(in crate::manifest) fn array<T>(
        &mut self,
        items: &[T],
        mut write: impl FnMut(&mut Self, &T),
    ) {
        if !items.is_empty() {
            self.long(items.len() as i64);
            for item in items {
                write(self, item);
            }
        }
        self.long(0);
    }
}
