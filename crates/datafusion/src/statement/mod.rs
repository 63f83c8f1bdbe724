//! Statements: what DataFusion's grammar cannot carry is parsed here, everything else is DataFusion's.
//!
//! [`parse`] cuts the text into statements by tokens and reads each one. A statement keeps its tokens, so that
//! one whose object is not in a Paimon catalog goes to DataFusion untouched.

mod alter;
mod create_table;
mod dialect;
mod grammar;
mod incremental;
mod parse;
mod split;
mod sql_type;
mod tokens;
mod version;

#[cfg(test)]
mod tests;

pub(crate) use alter::partition_text;
pub use alter::{AlterAction, ColumnPosition};
pub use create_table::{ColumnDefinition, CreateTable};
pub use dialect::PaimonDialect;
pub use parse::{Kind, Statement, parse, parse_with};
pub use split::{is_complete, split};

pub(crate) use version::{TravelTo, take_versions};
