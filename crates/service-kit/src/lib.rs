//! What every service needs around its work: telemetry, signals, ordered shutdown, the admin port.
