//! The rows of a chunk that survive, run by run or in key order.

use std::sync::Arc;

use arrow::buffer::BooleanBuffer;
use futures::StreamExt;

use super::keys::DecodedRun;
use super::ordered::gather;
use super::part::{PartScan, part_stream};
use crate::bitmap::Bitmap;
use crate::plan::MergePlan;
use crate::ports::BatchStream;
use crate::read_spec::MergeReadSpec;

/// The values of what survives; `plan` `None`: everything does.
pub(super) fn surviving(
    spec: &Arc<MergeReadSpec>,
    runs: Vec<DecodedRun>,
    plan: Option<MergePlan>,
    wants_keys: bool,
) -> BatchStream {
    let (survivors, order) = match plan {
        Some(plan) => (plan.survivors, plan.order),
        None => (Vec::new(), None),
    };
    let mut survivors = survivors.into_iter().map(Bitmap::into_buffer);
    let mut streams: Vec<BatchStream> = Vec::with_capacity(runs.len());
    for run in runs {
        streams.push(run_stream(spec, run, survivors.next(), wants_keys));
    }
    match order {
        Some(order) => gather(spec, streams, order),
        None => futures::stream::iter(streams).flatten().boxed(),
    }
}

fn run_stream(
    spec: &Arc<MergeReadSpec>,
    run: DecodedRun,
    alive: Option<BooleanBuffer>,
    wants_keys: bool,
) -> BatchStream {
    let mut first = 0;
    let mut scans = Vec::with_capacity(run.parts.len());
    for part in run.parts {
        let rows = (part.rows.end - part.rows.start) as usize;
        let alive = alive.as_ref().map(|alive| alive.slice(first, rows));
        let keys = if wants_keys { part.keys } else { Vec::new() };
        scans.push(PartScan { file: part.file, rows: part.rows, keys, alive });
        first += rows;
    }
    let spec = Arc::clone(spec);
    futures::stream::iter(scans).flat_map(move |scan| part_stream(Arc::clone(&spec), scan)).boxed()
}
