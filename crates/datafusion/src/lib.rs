//! Paimon catalogs and tables in a DataFusion session
#![allow(dead_code)]
mod error;
mod expr;
mod scalar;
pub mod statement;
