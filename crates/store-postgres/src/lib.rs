//! The store on PostgreSQL: plain SQL and migrations.
