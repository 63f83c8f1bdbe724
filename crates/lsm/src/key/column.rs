//! Keys whose columns all have a fixed width: packed side by side into as few bits as the values
//! at hand need.

use arrow::array::ArrayRef;
use rimon_spec::Result;

use super::ChunkKeys;
use super::fixed::{extend_wide, extend_words, is_wide, is_word};

/// One key column of every run.
enum Column {
    Word(Vec<Vec<u64>>),
    Wide(Vec<Vec<u128>>),
}

/// Encodes key columns (`[column][run][batch]`); `None` when a column has no fixed width or the
/// columns together need more than 128 bits.
pub(super) fn encode_fixed(columns: &[Vec<Vec<ArrayRef>>]) -> Result<Option<ChunkKeys>> {
    let fixed = columns.iter().flatten().flatten().all(|array| {
        let data_type = array.data_type();
        is_word(data_type) || is_wide(data_type)
    });
    if !fixed || columns.is_empty() {
        return Ok(None);
    }
    let mut columns: Vec<Column> =
        columns.iter().map(|runs| read_column(runs)).collect::<Result<_>>()?;
    if columns.len() == 1
        && let Some(Column::Word(words)) = columns.pop_if(|c| matches!(c, Column::Word(_)))
    {
        return Ok(Some(ChunkKeys::Words(words)));
    }
    let columns: Vec<(Column, u32)> = columns.into_iter().map(rebase).collect();
    match columns.iter().map(|(_, bits)| bits).sum() {
        0..=64u32 => Ok(Some(ChunkKeys::Words(pack_words(columns)))),
        65..=128 => Ok(Some(ChunkKeys::Wide(pack_wide(columns)))),
        _ => Ok(None),
    }
}

fn read_column(runs: &[Vec<ArrayRef>]) -> Result<Column> {
    if runs.iter().flatten().any(|array| is_wide(array.data_type())) {
        return Ok(Column::Wide(
            runs.iter()
                .map(|batches| {
                    let mut wide = Vec::with_capacity(batches.iter().map(|b| b.len()).sum());
                    batches.iter().for_each(|batch| extend_wide(batch, &mut wide));
                    wide
                })
                .collect(),
        ));
    }
    let words = runs.iter().map(|batches| {
        let mut words = Vec::with_capacity(batches.iter().map(|b| b.len()).sum());
        batches.iter().try_for_each(|batch| extend_words(batch, &mut words))?;
        Ok(words)
    });
    Ok(Column::Word(words.collect::<Result<_>>()?))
}

/// Subtracts the least value and tells how many bits remain.
fn rebase(column: Column) -> (Column, u32) {
    match column {
        Column::Word(mut runs) => {
            let min = runs.iter().flatten().copied().min().unwrap_or(0);
            let max = runs.iter().flatten().copied().max().unwrap_or(0);
            runs.iter_mut().flatten().for_each(|v| *v -= min);
            (Column::Word(runs), 64 - (max - min).leading_zeros())
        }
        Column::Wide(mut runs) => {
            let min = runs.iter().flatten().copied().min().unwrap_or(0);
            let max = runs.iter().flatten().copied().max().unwrap_or(0);
            let bits = 128 - (max - min).leading_zeros();
            if bits > 64 {
                runs.iter_mut().flatten().for_each(|v| *v -= min);
                return (Column::Wide(runs), bits);
            }
            let words = runs.into_iter().map(|run| run.iter().map(|v| (v - min) as u64).collect());
            (Column::Word(words.collect()), bits)
        }
    }
}

fn pack_words(columns: Vec<(Column, u32)>) -> Vec<Vec<u64>> {
    let mut columns = columns.into_iter().filter_map(|(column, bits)| match column {
        Column::Word(runs) => Some((runs, bits)),
        Column::Wide(_) => None,
    });
    let Some((mut packed, _)) = columns.next() else { return Vec::new() };
    for (runs, bits) in columns {
        for (packed, run) in packed.iter_mut().zip(runs) {
            // A column of 64 bits stands beside columns of none.
            packed
                .iter_mut()
                .zip(run)
                .for_each(|(key, v)| *key = key.checked_shl(bits).unwrap_or(0) | v);
        }
    }
    packed
}

fn pack_wide(columns: Vec<(Column, u32)>) -> Vec<Vec<u128>> {
    let mut packed: Vec<Vec<u128>> = Vec::new();
    for (column, bits) in columns {
        let runs: Vec<Vec<u128>> = match column {
            Column::Word(runs) => {
                runs.into_iter().map(|run| run.into_iter().map(u128::from).collect()).collect()
            }
            Column::Wide(runs) => runs,
        };
        if packed.is_empty() {
            packed = runs;
            continue;
        }
        for (packed, run) in packed.iter_mut().zip(runs) {
            packed
                .iter_mut()
                .zip(run)
                .for_each(|(key, v)| *key = key.checked_shl(bits).unwrap_or(0) | v);
        }
    }
    packed
}
