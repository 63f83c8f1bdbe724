//! Values from bytes that nobody vouches for: every length is held against what may still come.

use super::{Struct, Type, Value};
use std::io::{self, Read};

/// How deep values may nest; a table takes six.
const MAX_DEPTH: u32 = 32;
/// What is allocated at most before the bytes have come.
const CHUNK: usize = 64 << 10;
/// The memory of one value beside its bytes, about.
const VALUE_BYTES: u64 = 64;

/// Why a reply cannot be read.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The connection ended or timed out.
    Io(io::Error),
    /// The bytes are not what the protocol says.
    Malformed(String),
    /// What comes is not Thrift: a name for what it looks like.
    OtherProtocol(&'static str),
}

impl From<io::Error> for Broken {
    fn from(e: io::Error) -> Self {
        Broken::Io(e)
    }
}

/// What one reply may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Bytes on the wire.
    pub(crate) bytes: u64,
    /// Bytes in memory.
    pub(crate) memory: u64,
}

/// Reads values within limits.
pub(super) struct Reader<R> {
    input: R,
    left: Limits,
}

impl<R: Read> Reader<R> {
    pub(super) fn new(input: R, limits: Limits) -> Self {
        Self { input, left: limits }
    }

    /// Takes `count` bytes of the wire before they are read.
    fn spend(&mut self, count: u64) -> Result<(), Broken> {
        match self.left.bytes.checked_sub(count) {
            Some(left) => self.left.bytes = left,
            None => return Err(too_large()),
        }
        self.hold(count)
    }

    fn hold(&mut self, memory: u64) -> Result<(), Broken> {
        self.left.memory = self.left.memory.checked_sub(memory).ok_or_else(too_large)?;
        Ok(())
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Broken> {
        self.spend(N as u64)?;
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Broken> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    pub(super) fn i32(&mut self) -> Result<i32, Broken> {
        Ok(i32::from_be_bytes(self.array()?))
    }

    /// A count of things that take at least `least` bytes each.
    fn length(&mut self, least: u64) -> Result<usize, Broken> {
        let length = self.i32()?;
        let count = u64::try_from(length)
            .map_err(|_| Broken::Malformed(format!("a length of {length}")))?;
        if count.saturating_mul(least) > self.left.bytes {
            return Err(too_large());
        }
        usize::try_from(count).map_err(|_| too_large())
    }

    /// A string.
    pub(super) fn text(&mut self) -> Result<Vec<u8>, Broken> {
        let mut missing = self.length(1)?;
        self.spend(missing as u64)?;
        let mut bytes = Vec::with_capacity(missing.min(CHUNK));
        while missing > 0 {
            let step = missing.min(CHUNK);
            let have = bytes.len();
            bytes.resize(have.saturating_add(step), 0);
            let fresh = bytes.get_mut(have..).unwrap_or_default();
            self.input.read_exact(fresh)?;
            missing = missing.saturating_sub(step);
        }
        Ok(bytes)
    }

    /// A struct, up to its stop.
    pub(super) fn structure(&mut self, depth: u32) -> Result<Struct, Broken> {
        if depth > MAX_DEPTH {
            return Err(Broken::Malformed("values nest too deep".to_owned()));
        }
        let mut fields = Struct::default();
        loop {
            let code = self.byte()?;
            if code == 0 {
                return Ok(fields);
            }
            let kind = Type::of_code(code)
                .ok_or_else(|| Broken::Malformed(format!("a field of type {code}")))?;
            let id = i16::from_be_bytes(self.array()?);
            let value = self.value(kind, depth)?;
            fields.set(id, value);
            // More fields than any struct has would make looking them up slow.
            if fields.fields().len() > 256 {
                return Err(Broken::Malformed("a struct of more than 256 fields".to_owned()));
            }
        }
    }

    fn value(&mut self, kind: Type, depth: u32) -> Result<Value, Broken> {
        if depth > MAX_DEPTH {
            return Err(Broken::Malformed("values nest too deep".to_owned()));
        }
        self.hold(VALUE_BYTES)?;
        let deeper = depth.saturating_add(1);
        Ok(match kind {
            Type::Bool => Value::Bool(self.byte()? != 0),
            Type::Byte => Value::Byte(i8::from_be_bytes(self.array()?)),
            Type::Double => Value::Double(f64::from_be_bytes(self.array()?)),
            Type::I16 => Value::I16(i16::from_be_bytes(self.array()?)),
            Type::I32 => Value::I32(self.i32()?),
            Type::I64 => Value::I64(i64::from_be_bytes(self.array()?)),
            Type::Text => Value::Text(self.text()?),
            Type::Struct => Value::Struct(self.structure(deeper)?),
            Type::Map => self.map(deeper)?,
            Type::Set => {
                let (of, items) = self.list(deeper)?;
                Value::Set(of, items)
            }
            Type::List => {
                let (of, items) = self.list(deeper)?;
                Value::List(of, items)
            }
        })
    }

    fn list(&mut self, depth: u32) -> Result<(Type, Vec<Value>), Broken> {
        let of = self.byte()?;
        let of = match Type::of_code(of) {
            Some(of) => of,
            // Some writers give no type to what is empty.
            None if of < 2 => Type::Byte,
            None => return Err(Broken::Malformed(format!("a list of type {of}"))),
        };
        let count = self.length(of.least_bytes())?;
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(self.value(of, depth)?);
        }
        Ok((of, items))
    }

    fn map(&mut self, depth: u32) -> Result<Value, Broken> {
        let (key, item) = (self.byte()?, self.byte()?);
        if key < 2 || item < 2 {
            return match self.i32()? {
                0 => Ok(Value::Map(Type::Text, Type::Text, Vec::new())),
                _ => Err(Broken::Malformed(format!("a map of types {key} and {item}"))),
            };
        }
        let of =
            |code| Type::of_code(code).ok_or_else(|| Broken::Malformed(format!("a type {code}")));
        let (key, item) = (of(key)?, of(item)?);
        let count = self.length(key.least_bytes().saturating_add(item.least_bytes()))?;
        let mut entries = Vec::new();
        for _ in 0..count {
            entries.push((self.value(key, depth)?, self.value(item, depth)?));
        }
        Ok(Value::Map(key, item, entries))
    }
}

fn too_large() -> Broken {
    Broken::Malformed("it is larger than a reply may be".to_owned())
}
