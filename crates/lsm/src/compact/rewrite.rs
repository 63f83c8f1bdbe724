//! Merging sections into one run.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::kernels::aggregate::{max, min};
use arrow::datatypes::{Int8Type, Int64Type};
use futures::TryStreamExt;
use rimon_spec::{Error, Result};

use crate::key::compare_keys;
use crate::merge::RowChange;
use crate::ports::{RunBatch, RunRole, RunWriter, RunWriterFactory, SortedFile};
use crate::reader::MergeTreeReader;
use crate::run::{RunRank, SortedRun};
use crate::section::{Section, partition};

/// What the rows of files above level 0 are to those of level 0, which has the newest commits.
#[derive(Debug, Clone, Copy)]
pub struct Upper<'a> {
    /// Runs above the output, none of whose files is rewritten.
    pub above: &'a [SortedRun],
    /// Keys of level 0 that are above it stay as they are there (first-row): those of `above` are left out
    /// (`FirstRowMergeFunctionWrapper.java`), and rows above level 0 are the oldest of their keys, whatever their sequence
    /// numbers are.
    pub settled: bool,
}

/// Writes what `reader` makes of `sections` as one run of `level`: its files, in key order.
///
/// The reader gives rows in key order and in the layout of data files. Of the runs above only keys are read, and only of
/// files that overlap.
///
/// # Errors
/// Those of reading and writing; what was written is given up.
pub async fn rewrite<F: RunWriterFactory>(
    reader: &MergeTreeReader,
    factory: &F,
    sections: Vec<Section>,
    upper: Upper<'_>,
    level: i32,
) -> Result<Vec<F::File>> {
    let rows: u64 = sections.iter().map(Section::rows).sum();
    let role = RunRole { level, rows: usize::try_from(rows).unwrap_or(usize::MAX) };
    let mut run = factory.create(role).await?;
    for section in sections {
        if let Err(error) = write_section(reader, run.as_mut(), section, upper).await {
            // The first error is the cause; a failing clean-up adds nothing to it.
            let _ = run.abort().await;
            return Err(error);
        }
    }
    run.finish().await
}

async fn write_section<T: Send + 'static>(
    reader: &MergeTreeReader,
    run: &mut dyn RunWriter<File = T>,
    section: Section,
    upper: Upper<'_>,
) -> Result<()> {
    let section = match upper.settled {
        true => Section::new(settled_runs(&section, upper.above)?),
        false => section,
    };
    for task in reader.tasks(&section, 1).await? {
        let mut rows = task.execute();
        while let Some(batch) = rows.try_next().await? {
            if batch.num_rows() > 0 {
                run.write(run_batch(batch, reader.key_columns())?).await?;
            }
        }
    }
    Ok(())
}

/// The files of a section as runs of level 0, settled runs of the levels above, and the shadows of those above the output.
fn settled_runs(section: &Section, above: &[SortedRun]) -> Result<Vec<SortedRun>> {
    let files = section.runs().iter().flat_map(SortedRun::files).cloned();
    let (low, high): (Vec<_>, Vec<_>) = files.partition(|file| file.meta().level == 0);
    let mut runs = shadows(section, above)?;
    let mut levels: BTreeMap<i32, Vec<Arc<dyn SortedFile>>> = BTreeMap::new();
    for file in high {
        levels.entry(file.meta().level).or_default().push(file);
    }
    for files in levels.into_values() {
        runs.push(SortedRun::new(files)?.with_rank(RunRank::Settled));
    }
    // Sections of level 0 follow each other in key order: the first runs of all are one run, and so on.
    let mut joined: Vec<Vec<Arc<dyn SortedFile>>> = Vec::new();
    for part in partition(low) {
        for (at, run) in part.runs().iter().enumerate() {
            if joined.len() <= at {
                joined.resize_with(at + 1, Vec::new);
            }
            if let Some(files) = joined.get_mut(at) {
                files.extend(run.files().iter().cloned());
            }
        }
    }
    for files in joined {
        runs.push(SortedRun::new(files)?);
    }
    Ok(runs)
}

/// What is above a section with files of level 0, as far as it overlaps.
fn shadows(section: &Section, above: &[SortedRun]) -> Result<Vec<SortedRun>> {
    let files = || section.runs().iter().flat_map(SortedRun::files).map(|file| file.meta());
    if files().all(|file| file.level > 0) {
        return Ok(Vec::new());
    }
    let least = files().map(|f| f.min_key.as_slice()).min_by(|a, b| compare_keys(a, b));
    let greatest = files().map(|f| f.max_key.as_slice()).max_by(|a, b| compare_keys(a, b));
    let (Some(least), Some(greatest)) = (least, greatest) else { return Ok(Vec::new()) };
    let overlaps = |file: &dyn SortedFile| {
        let meta = file.meta();
        meta.rows > 0
            && compare_keys(&meta.min_key, greatest).is_le()
            && compare_keys(&meta.max_key, least).is_ge()
    };
    let mut shadows = Vec::new();
    for run in above {
        let files: Vec<_> = run.files().iter().filter(|f| overlaps(f.as_ref())).cloned().collect();
        if !files.is_empty() {
            shadows.push(SortedRun::new(files)?.with_rank(RunRank::Shadow));
        }
    }
    Ok(shadows)
}

fn run_batch(batch: RecordBatch, key_columns: usize) -> Result<RunBatch> {
    let wrong = || Error::internal("rewritten rows have not the layout of data files");
    let column = |index: usize| batch.columns().get(key_columns + index).ok_or_else(wrong);
    let sequences = column(0)?.as_primitive_opt::<Int64Type>().ok_or_else(wrong)?;
    let (min_sequence, max_sequence) = (min(sequences), max(sequences));
    let kinds = column(1)?.as_primitive_opt::<Int8Type>().ok_or_else(wrong)?;
    let deletes = kinds.values().iter().filter(|k| RowChange::of_kind(**k).is_retract()).count();
    Ok(RunBatch {
        min_sequence: min_sequence.ok_or_else(wrong)?,
        max_sequence: max_sequence.ok_or_else(wrong)?,
        delete_rows: deletes as u64,
        batch,
    })
}
