//! Writing an Avro file.

use super::container::{MAGIC, SYNC};
use super::declare::schema_of;
use super::encode::{Encoder, bytes, long};
use crate::arrow_schema::to_arrow_type;
use crate::canonical::canonical;
use crate::collect::Collector;
use crate::sink::Sink;
use crate::{Compression, FileRef, FormatWriter, WriteOptions, WrittenFile};
use arrow::array::{Array, ArrayRef, RecordBatch};
use async_trait::async_trait;
use rimon_spec::avro::AvroCodec;
use rimon_spec::{DataField, DataType, Error, Result};
use std::sync::Arc;

/// Unpacked bytes after which a block is ended (`DataFileConstants.DEFAULT_SYNC_INTERVAL`).
const BLOCK: usize = 64_000;

pub(super) struct AvroWriter {
    sink: Sink,
    fields: Vec<DataField>,
    codec: AvroCodec,
    sync: [u8; SYNC],
    /// The header, until the first bytes go out.
    ready: Vec<u8>,
    block: Vec<u8>,
    block_rows: i64,
    collectors: Vec<Collector>,
    size: u64,
    rows: u64,
}

impl AvroWriter {
    pub(super) fn new(file: FileRef, fields: &[DataField], options: &WriteOptions) -> Result<Self> {
        let codec = codec_of(options.compression)?;
        let schema = schema_of(fields)?;
        for field in fields {
            to_arrow_type(&field.data_type).map_err(|e| e.with("column", &field.name))?;
        }
        let sync = marker(&file.name);
        let mut header = MAGIC.to_vec();
        long(2, &mut header);
        for (key, value) in [("avro.schema", schema.as_str()), ("avro.codec", codec.name())] {
            bytes(key.as_bytes(), &mut header);
            bytes(value.as_bytes(), &mut header);
        }
        long(0, &mut header);
        header.extend_from_slice(&sync);
        Ok(Self {
            size: header.len() as u64,
            sink: Sink::new(file),
            fields: fields.to_vec(),
            codec,
            sync,
            ready: header,
            block: Vec::new(),
            block_rows: 0,
            collectors: fields.iter().map(Collector::new).collect(),
            rows: 0,
        })
    }

    fn prepare(&self, batch: &RecordBatch) -> Result<Vec<ArrayRef>> {
        if batch.num_columns() != self.fields.len() {
            return Err(Error::invalid(format!(
                "a batch of {} columns for a file of {}",
                batch.num_columns(),
                self.fields.len()
            )));
        }
        let columns = batch.columns().iter().zip(&self.fields);
        columns.map(|(array, field)| column(array, field)).collect()
    }

    fn encode(&mut self, arrays: &[ArrayRef], rows: usize) -> Result<()> {
        let types: Vec<DataType> = self.fields.iter().map(|f| f.data_type.clone()).collect();
        let encoders = arrays.iter().zip(&types).map(|(array, t)| Encoder::new(array, t));
        let encoders = encoders.collect::<Result<Vec<_>>>()?;
        for row in 0..rows {
            for (encoder, field) in encoders.iter().zip(&self.fields) {
                let put = encoder.put(row, &mut self.block);
                put.map_err(|e| e.with("column", &field.name))?;
            }
            self.block_rows += 1;
            if self.block.len() >= BLOCK {
                self.end_block()?;
            }
        }
        Ok(())
    }

    fn end_block(&mut self) -> Result<()> {
        if self.block_rows == 0 {
            return Ok(());
        }
        let packed = self.codec.pack(&self.block)?;
        let before = self.ready.len();
        long(self.block_rows, &mut self.ready);
        bytes(&packed, &mut self.ready);
        self.ready.extend_from_slice(&self.sync);
        self.size += (self.ready.len() - before) as u64;
        self.block.clear();
        self.block_rows = 0;
        Ok(())
    }

    async fn drain(&mut self) -> Result<()> {
        let ready = std::mem::take(&mut self.ready);
        if ready.is_empty() { Ok(()) } else { self.sink.write(ready).await }
    }
}

fn column(array: &ArrayRef, field: &DataField) -> Result<ArrayRef> {
    let name = &field.name;
    if !field.data_type.nullable && array.logical_null_count() > 0 {
        return Err(Error::invalid(format!("a null in the column '{name}', which is NOT NULL")));
    }
    if *array.data_type() == to_arrow_type(&field.data_type)? {
        return Ok(Arc::clone(array));
    }
    // Children of lists and maps may have other names.
    canonical(array, &field.data_type).map_err(|e| {
        let found = array.data_type();
        Error::invalid(format!("Arrow type {found} for the column '{name}'")).with_source(e)
    })
}

/// Levels as in Java: that of zstd is an option, the others are the codec's own.
fn codec_of(compression: Compression) -> Result<AvroCodec> {
    let missing = |name| Error::invalid(format!("file.compression: Avro has no codec '{name}'"));
    match compression {
        Compression::None => Ok(AvroCodec::Null),
        Compression::Snappy => Ok(AvroCodec::Snappy),
        Compression::Deflate => Ok(AvroCodec::Deflate(-1)),
        Compression::Bzip2 => Ok(AvroCodec::Bzip2),
        Compression::Zstd(level) => Ok(AvroCodec::Zstandard(level)),
        Compression::Gzip => Err(missing("gzip")),
        Compression::Lz4 => Err(missing("lz4")),
    }
}

/// Sixteen bytes that data is unlikely to hold: two FNV-1a hashes of the file's name, which is unique.
fn marker(name: &str) -> [u8; SYNC] {
    let (mut a, mut b) = (0xcbf2_9ce4_8422_2325_u64, 0x6c62_272e_07bb_0142_u64);
    for byte in name.bytes() {
        a = (a ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        b = (b ^ u64::from(!byte)).wrapping_mul(0x0100_0000_01b3).rotate_left(5);
    }
    (u128::from(a) << 64 | u128::from(b)).to_be_bytes()
}

#[async_trait]
impl FormatWriter for AvroWriter {
    async fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let arrays = self.prepare(batch)?;
        for (collector, array) in self.collectors.iter_mut().zip(&arrays) {
            collector.note(array)?;
        }
        self.encode(&arrays, batch.num_rows())?;
        self.rows += batch.num_rows() as u64;
        self.drain().await
    }

    fn rows(&self) -> u64 {
        self.rows
    }

    fn estimated_size(&self) -> u64 {
        self.size + self.block.len() as u64
    }

    async fn finish(mut self: Box<Self>) -> Result<WrittenFile> {
        self.end_block()?;
        self.drain().await?;
        self.sink.finish().await?;
        Ok(WrittenFile {
            size: self.size,
            rows: self.rows,
            stats: self.collectors.into_iter().map(Collector::into_stats).collect(),
        })
    }

    async fn abort(self: Box<Self>) -> Result<()> {
        self.sink.abort().await
    }
}
