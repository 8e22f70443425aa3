//! Telegram in our own words, and the adapter to grammers: session, key exchange, update loop, retries, downloads.
