//! Tables that we write and Java reads, next to the same tables that Java writes.

mod avro;
mod buckets;
mod case;
mod compacting;
mod function_types;
mod functions;
mod merge_engines;
mod metadata;
mod ping_pong;
mod replaced;
mod rows;
mod variant;
