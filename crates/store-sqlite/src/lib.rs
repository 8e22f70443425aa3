//! The store on SQLite: plain SQL and migrations.
