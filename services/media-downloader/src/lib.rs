//! Fetches, verifies and stores files, resumable and deduplicated.
