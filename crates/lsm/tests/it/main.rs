//! The engine as a whole: what is written through it reads back as a map would give it.

mod model;
mod sequences;
mod table;
mod tasks;
