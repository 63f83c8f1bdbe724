//! Streams, consumers and changelog files of tables that Java writes.

mod case;
mod streams;
