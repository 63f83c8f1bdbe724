//! Runs whose keys hide others: their rows are in no result ([`RunRank::Shadow`]).

use super::keys::DecodedRun;
use crate::bitmap::Bitmap;
use crate::plan::MergePlan;
use crate::run::RunRank;
use crate::slab::Chunk;

/// Whether a chunk has such runs.
pub(super) fn has_shadows(chunk: &Chunk) -> bool {
    chunk.runs.iter().any(|run| run.rank == RunRank::Shadow)
}

/// Takes the rows of shadows out of a plan, and lets their keys go, with which no value goes.
pub(super) fn leave_out_shadows(chunk: &Chunk, runs: &mut [DecodedRun], plan: &mut MergePlan) {
    if !has_shadows(chunk) {
        return;
    }
    let mut dead = Vec::with_capacity(runs.len());
    for (run, decoded) in chunk.runs.iter().zip(runs) {
        let shadow = run.rank == RunRank::Shadow;
        dead.push(shadow.then(|| {
            let mut all = Bitmap::zeros(decoded.rows);
            all.set_range(0..decoded.rows);
            all
        }));
        if shadow {
            decoded.parts.iter_mut().for_each(|part| part.keys.clear());
        }
    }
    plan.remove(&dead);
}
