//! The batches of one partition of a scan.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::{DataFusionError, Result};
use datafusion::physical_plan::RecordBatchStream;
use datafusion::physical_plan::metrics::BaselineMetrics;
use futures::{Stream, StreamExt};
use rimon_table::BatchStream;

use crate::error::to_data_fusion;

/// Batches of one partition with the scan's schema.
pub(super) struct ScanStream {
    pub(super) schema: SchemaRef,
    pub(super) batches: BatchStream,
    /// Rows still wanted, when they are limited.
    pub(super) left: Option<usize>,
    pub(super) metrics: BaselineMetrics,
}

impl ScanStream {
    fn label(&mut self, batch: RecordBatch) -> Result<RecordBatch> {
        let batch = match &mut self.left {
            Some(left) => {
                let batch = batch.slice(0, batch.num_rows().min(*left));
                *left -= batch.num_rows();
                batch
            }
            None => batch,
        };
        if Arc::ptr_eq(batch.schema_ref(), &self.schema) {
            return Ok(batch);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let (_, mut columns, _) = batch.into_parts();
        for (column, field) in columns.iter_mut().zip(self.schema.fields()) {
            // of views only: strings that are none in the file's format
            if column.data_type() != field.data_type() {
                *column = cast(column, field.data_type())?;
            }
        }
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)
            .map_err(DataFusionError::from)
    }
}

impl Stream for ScanStream {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.left == Some(0) {
            return Poll::Ready(None);
        }
        let this = &mut *self;
        let timer = this.metrics.elapsed_compute().timer();
        let polled = this.batches.poll_next_unpin(context);
        drop(timer);
        let polled = polled.map(|next| {
            next.map(|batch| batch.map_err(to_data_fusion).and_then(|batch| this.label(batch)))
        });
        this.metrics.record_poll(polled)
    }
}

impl RecordBatchStream for ScanStream {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}
