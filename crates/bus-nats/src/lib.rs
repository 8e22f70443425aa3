//! The bus on NATS JetStream: streams and consumers.
