//! For tests: the suite that every replay store has to pass.
