//! Statistics of columns as Java takes them from a file.
