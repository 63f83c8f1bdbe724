//! Order of values as in Java.
