//! Changes between versions, streams, consumers, and reading while Java changes the table: as Java reads them.

mod case;
mod expiry;
mod increments;
mod streams;
