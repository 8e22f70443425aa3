//! Gives verdicts on operations, holds bursts in incidents, shares the budget of Telegram calls.
