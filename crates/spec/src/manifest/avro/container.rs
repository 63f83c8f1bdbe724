//! The container: header, compressed blocks, sync markers.

use super::cursor::Cursor;
use super::schema::{Schema, Shape};
use super::write::Sink;
use crate::avro::AvroCodec;
use crate::{Error, Result};

const MAGIC: &[u8] = b"Obj\x01";
/// Uncompressed bytes after which a block is ended; Avro's default in Java.
const BLOCK_BYTES: usize = 64_000;

/// The header of a file, and the blocks behind it.
#[derive(Debug)]
pub(in crate::manifest) struct Container<'a> {
    pub(in crate::manifest) schema: Schema,
    codec: AvroCodec,
    sync: &'a [u8],
    blocks: Cursor<'a>,
}

impl<'a> Container<'a> {
    /// Reads the header and binds its schema to `shape`.
    pub(in crate::manifest) fn open(bytes: &'a [u8], shape: &'static Shape) -> Result<Self> {
        let mut cursor = Cursor::new(bytes);
        if !bytes.starts_with(MAGIC) {
            return Err(cursor.corrupt("not an Avro file"));
        }
        cursor.take(MAGIC.len())?;
        let (mut schema, mut codec) = (None, AvroCodec::Null);
        loop {
            let count = cursor.block(2)?;
            if count == 0 {
                break;
            }
            for _ in 0..count {
                match (cursor.string()?, cursor.bytes()?) {
                    ("avro.schema", value) => schema = Some(parse_schema(value, shape)?),
                    ("avro.codec", value) => codec = AvroCodec::from_name(value)?,
                    _ => {}
                }
            }
        }
        let schema = schema.ok_or_else(|| cursor.corrupt("Avro header without schema"))?;
        let sync = cursor.take(16)?;
        Ok(Self { schema, codec, sync, blocks: cursor })
    }

    /// Calls `read` once for every object; all bytes of a block must belong to its objects.
    pub(in crate::manifest) fn for_each(
        mut self,
        mut read: impl FnMut(&mut Cursor<'_>, &Schema) -> Result<()>,
    ) -> Result<()> {
        while !self.blocks.is_at_end() {
            let at = self.blocks.position();
            let in_block = |e: Error| e.with("block", at);
            let count = self.blocks.long()?;
            let packed = self.blocks.bytes()?;
            if self.blocks.take(16)? != self.sync {
                return Err(self.blocks.corrupt("Avro block without its sync marker"));
            }
            let bytes = self.codec.unpack(packed).map_err(in_block)?;
            let mut cursor = Cursor::new(&bytes);
            // An object of a record with required fields has at least one byte.
            let count = usize::try_from(count).ok().filter(|n| *n <= bytes.len());
            let count = count.ok_or_else(|| cursor.corrupt("more objects than bytes"));
            for _ in 0..count.map_err(in_block)? {
                let schema = match &self.schema {
                    Schema::Union(branches) => cursor.branch(branches).map_err(in_block)?,
                    other => other,
                };
                read(&mut cursor, schema).map_err(in_block)?;
            }
            if !cursor.is_at_end() {
                return Err(in_block(cursor.corrupt("bytes behind the last object of a block")));
            }
        }
        Ok(())
    }
}

fn parse_schema(json: &[u8], shape: &'static Shape) -> Result<Schema> {
    let json = std::str::from_utf8(json)
        .map_err(|e| Error::corrupt("Avro schema is not UTF-8").with_source(e))?;
    let mut schema = Schema::parse(json)?;
    schema.bind(shape)?;
    Ok(schema)
}

/// Writes objects in blocks.
#[derive(Debug)]
pub(in crate::manifest) struct BlockWriter {
    codec: AvroCodec,
    body: Vec<(i64, Vec<u8>)>,
    block: Sink,
    count: i64,
}

impl BlockWriter {
    pub(in crate::manifest) fn new(codec: AvroCodec) -> Self {
        Self { codec, body: Vec::new(), block: Sink::default(), count: 0 }
    }

    /// Adds one object.
    pub(in crate::manifest) fn write(&mut self, object: impl FnOnce(&mut Sink)) -> Result<()> {
        object(&mut self.block);
        self.count += 1;
        if self.block.0.len() >= BLOCK_BYTES { self.end_block() } else { Ok(()) }
    }

    fn end_block(&mut self) -> Result<()> {
        if self.count > 0 {
            self.body.push((self.count, self.codec.pack(&self.block.0)?));
            self.block.0.clear();
            self.count = 0;
        }
        Ok(())
    }

    /// The file. The sync marker is drawn from the content: the same objects give the same bytes.
    pub(in crate::manifest) fn finish(mut self, schema: &str) -> Result<Vec<u8>> {
        self.end_block()?;
        let sync = marker(self.body.iter().map(|(_, bytes)| bytes.as_slice()));
        let mut out = Sink(MAGIC.to_vec());
        let name = self.codec.name();
        out.array(&[("avro.schema", schema), ("avro.codec", name)], |out, (key, value)| {
            out.string(key);
            out.string(value);
        });
        out.0.extend_from_slice(&sync);
        for (count, bytes) in &self.body {
            out.long(*count);
            out.bytes(bytes);
            out.0.extend_from_slice(&sync);
        }
        Ok(out.0)
    }
}

/// Two FNV-1a hashes of 64 bits with different starts.
fn marker<'a>(parts: impl Iterator<Item = &'a [u8]>) -> [u8; 16] {
    let (mut a, mut b) = (0xcbf2_9ce4_8422_2325_u64, 0x6c62_272e_07bb_0142_u64);
    for byte in parts.flatten() {
        a = (a ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        b = (b ^ u64::from(!*byte)).wrapping_mul(0x0100_0000_01b3).rotate_left(5);
    }
    (u128::from(a) << 64 | u128::from(b)).to_be_bytes()
}
