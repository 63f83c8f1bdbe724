//! Reading: from splits to streams of batches.
//!
//! `tasks` spreads splits over workers, `raw` reads files as they are, `merge` gives overlapping files to the LSM
//! engine through `sorted_file`, `evolution` puts columns of several files side by side, `columns` maps the columns of a
//! file to those wanted, `deletion` leaves out deleted rows, `indexed` those that a file index excludes, `kinds` those
//! that retract, `dynamic` what a filter excludes that becomes known later. `difference` compares two states. `outside` finds files that are not
//! in the table's directory. `rewrite` reads files back for a compaction. `form` shows kinds in words, `tracking` adds
//! row ids, `sequence` tells the age of rows.

mod columns;
mod compacted_changelog;
mod data_files;
mod deletion;
mod difference;
mod dynamic;
mod evolution;
mod filter;
mod form;
mod holes;
mod indexed;
mod kinds;
mod late;
mod merge;
mod newest;
mod outside;
mod ranges;
mod raw;
mod rewrite;
mod sequence;
mod sorted_file;
mod table_read;
mod tasks;
mod tracking;

pub use dynamic::LateFilter;
pub(crate) use form::Form;
pub(crate) use rewrite::RewriteRead;
pub use rimon_lsm::BatchStream;
pub use table_read::TableRead;
pub use tasks::ReadTask;
