//! Joins captures into transactions, applies verdicts, issues what is due.
