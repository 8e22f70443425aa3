//! Gives verdicts on operations, holds bursts in incidents, shares the budget of Telegram calls.

mod guard;

pub use guard::SlidingWindow;
