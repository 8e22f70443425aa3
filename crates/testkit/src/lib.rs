//! Builders, throwaway PostgreSQL and NATS, and waiting for a condition.
