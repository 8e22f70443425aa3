//! A simulated Telegram: a deterministic world behind real MTProto over TCP.
