//! The forms of the batches of system tables that show rows: `AuditLogTable.java`, `BinlogTable.java`.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, Int8Array, ListArray, RecordBatch, RecordBatchOptions, StringArray,
    StringViewArray, UInt32Array, new_empty_array,
};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{concat_batches, take_record_batch};
use arrow::datatypes::{DataType, SchemaRef};
use futures::{StreamExt, TryStreamExt};
use rimon_spec::{
    DataField, DataType as PaimonType, Error, Result, RowKind, SpecialField, TypeKind,
};

use super::BatchStream;
use super::kinds::{failed, kinds_of};

/// Name of the first column of both forms.
pub(crate) const ROW_KIND: &str = "rowkind";

/// What the batches of a read look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Form {
    /// The columns wanted.
    #[default]
    Rows,
    /// Behind the kind of each row, in words.
    AuditLog,
    /// The same with every column as a list: the value, or for an update the value before and the value after it.
    Binlog,
}

impl Form {
    /// The columns of a form made of `fields`, the last of which is the kind of the row.
    pub(crate) fn fields(self, fields: &[DataField]) -> Vec<DataField> {
        let values = fields.split_last().map_or(&[][..], |(_, values)| values);
        let kind = PaimonType::not_null(TypeKind::VarChar { length: i32::MAX as u32 });
        let kind = DataField::new(i32::MAX - 4, ROW_KIND, kind);
        let (sequence, columns): (Vec<_>, Vec<_>) =
            values.iter().cloned().partition(|f| f.name == SpecialField::SEQUENCE_NUMBER);
        let columns = columns.into_iter().map(|mut field| {
            if self == Self::Binlog {
                let item = PaimonType { nullable: true, ..field.data_type };
                field.data_type = PaimonType::new(TypeKind::Array(Box::new(item)));
            }
            field
        });
        match self {
            Self::Rows => fields.to_vec(),
            _ => std::iter::once(kind).chain(sequence).chain(columns).collect(),
        }
    }
}

/// Batches whose last column is the kind of the row, in a form. `pairs`: an update is two rows, one behind the other.
pub(super) fn formed(
    stream: BatchStream,
    form: Form,
    schema: &SchemaRef,
    pairs: bool,
) -> BatchStream {
    let schema = Arc::clone(schema);
    match form {
        Form::Rows => stream,
        Form::AuditLog => stream
            .and_then(move |batch| {
                let rows = batch.num_rows();
                let made = columns(&batch).and_then(|columns| assemble(&schema, columns, rows));
                futures::future::ready(made)
            })
            .boxed(),
        Form::Binlog => {
            let state = Packer { input: stream, schema, pairs, held: None };
            futures::stream::try_unfold(state, |mut state| async move {
                Ok::<_, Error>(state.next().await?.map(|batch| (batch, state)))
            })
            .boxed()
        }
    }
}

/// The kind in words, the sequence number if there is one, and the other columns.
fn columns(batch: &RecordBatch) -> Result<Vec<ArrayRef>> {
    let kinds: ArrayRef = Arc::new(words(kinds_of(batch)?)?);
    let (mut sequence, mut values) = (Vec::new(), Vec::new());
    let last = batch.num_columns().saturating_sub(1);
    for (column, field) in batch.columns().iter().zip(batch.schema().fields()).take(last) {
        match field.name() == SpecialField::SEQUENCE_NUMBER {
            true => sequence.push(Arc::clone(column)),
            false => values.push(Arc::clone(column)),
        }
    }
    Ok(std::iter::once(kinds).chain(sequence).chain(values).collect())
}

fn words(kinds: &Int8Array) -> Result<StringArray> {
    let word = |kind: &i8| {
        let kind = u8::try_from(*kind).map_err(|_| Error::internal("a negative kind"))?;
        RowKind::from_byte(kind).map(RowKind::short_string)
    };
    let words: Vec<&str> = kinds.values().iter().map(word).collect::<Result<_>>()?;
    Ok(StringArray::from(words))
}

fn assemble(schema: &SchemaRef, mut columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
    if let (Some(first), Some(field)) = (columns.first_mut(), schema.fields().first())
        && *field.data_type() == DataType::Utf8View
        && let Some(words) = first.as_any().downcast_ref::<StringArray>()
    {
        *first = Arc::new(words.iter().collect::<StringViewArray>());
    }
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options).map_err(failed)
}

/// Puts the two rows of an update into one.
struct Packer {
    input: BatchStream,
    schema: SchemaRef,
    pairs: bool,
    /// A row before an update whose other half is in the next batch.
    held: Option<RecordBatch>,
}

impl Packer {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        while let Some(batch) = self.input.try_next().await? {
            let batch = match self.held.take() {
                Some(held) => concat_batches(&batch.schema(), [&held, &batch]).map_err(failed)?,
                None => batch,
            };
            let before = RowKind::UpdateBefore as i8;
            let ends_open = self.pairs && self.ends_with_half(&batch, before)?;
            let whole = batch.num_rows() - usize::from(ends_open);
            if ends_open {
                self.held = Some(batch.slice(whole, 1));
            }
            if whole > 0 {
                return self.pack(&batch.slice(0, whole)).map(Some);
            }
        }
        // as Java shows it: a half alone
        match self.held.take() {
            Some(held) => self.pack(&held).map(Some),
            None => Ok(None),
        }
    }

    /// Whether the last row begins an update.
    fn ends_with_half(&self, batch: &RecordBatch, before: i8) -> Result<bool> {
        let kinds = kinds_of(batch)?;
        let mut open = false;
        for kind in kinds.values() {
            open = !open && *kind == before;
        }
        Ok(open)
    }

    fn pack(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let kinds = kinds_of(batch)?;
        // the row that gives kind and sequence number of each result, and where its values end
        let (mut kind_rows, mut first_rows, mut ends) = (Vec::new(), Vec::new(), vec![0i32]);
        let mut row = 0;
        let count = kinds.len();
        while row < count {
            let before = kinds.values().get(row) == Some(&(RowKind::UpdateBefore as i8));
            let two = self.pairs && before && row + 1 < count;
            first_rows.push(row as u32);
            row += 1 + usize::from(two);
            kind_rows.push((row - 1) as u32);
            ends.push(row as i32);
        }
        let rows = kind_rows.len();
        let heads = take_record_batch(batch, &UInt32Array::from(kind_rows)).map_err(failed)?;
        let firsts = take_record_batch(batch, &UInt32Array::from(first_rows)).map_err(failed)?;
        let offsets = OffsetBuffer::new(ends.into());
        let mut made = Vec::with_capacity(self.schema.fields().len());
        let all = columns(batch)?;
        let heads = columns(&heads)?;
        let firsts = columns(&firsts)?;
        for (i, field) in self.schema.fields().iter().enumerate() {
            let column = match field.data_type() {
                DataType::List(item) if i > 0 => {
                    let values = all.get(i).cloned().unwrap_or(new_empty_array(item.data_type()));
                    let list = ListArray::try_new(Arc::clone(item), offsets.clone(), values, None);
                    Some(Arc::new(list.map_err(failed)?) as ArrayRef)
                }
                _ if i == 0 => heads.first().cloned(),
                _ => firsts.get(i).cloned(),
            };
            made.push(column.ok_or_else(|| Error::internal("a column of a binlog is missing"))?);
        }
        assemble(&self.schema, made, rows)
    }
}
