//! The Hive catalog against real metastores.

mod contract;
mod faults;
mod locks;
mod objects;
mod proxy;
mod refusals;
mod site;
