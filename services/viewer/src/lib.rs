//! The API, the page and live events.
