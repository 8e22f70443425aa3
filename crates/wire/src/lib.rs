//! The protobuf contract between services: generated types, typed subjects, and model <-> wire.
