//! Faults and tables for tests.
