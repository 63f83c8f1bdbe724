//! The built `rimon` command, as its users meet it.

mod catalog;
mod errors;
mod formats;
mod guide;
mod process;
mod sources;
mod tables;
