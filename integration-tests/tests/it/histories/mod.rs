//! Random histories: tables of every shape that Java makes, changes and compacts, read by both after every step.
//!
//! A seed is a history. `RIMON_SEEDS=200` plays that many, `RIMON_SEED=17` that one alone; a history that fails is
//! printed and its warehouse is kept in `target/histories`.
//!
//! | to | go to |
//! | --- | --- |
//! | make a table | [`shape`], [`options`], [`merging`] |
//! | make rows and filters | [`rows`], [`filter`] |
//! | make it happen | [`moves`], [`alters`], [`play`] |
//! | compare | [`judge`] |
//! | let both write in turn | [`alternate`], [`model`] |
//! | let writers and committers be two processes | [`messages`] |
//! | let the later commit win, with newer sources of Java | [`ordering`] |
//! | compare buckets | [`buckets`] |
//! | make tables of rarer shapes, at random or as written down | [`wide`], [`scenarios`] |

mod alternate;
mod alters;
mod buckets;
mod filter;
mod judge;
mod merging;
mod messages;
mod model;
mod moves;
mod options;
mod ordering;
mod play;
mod read;
mod rows;
mod scenarios;
mod shape;
mod wide;
