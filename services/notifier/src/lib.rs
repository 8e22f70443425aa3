//! Rules over changes to Web Push and webhooks.
