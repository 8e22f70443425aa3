-- What Telegram's limits make necessary, and up to where receipts are not asked for any more.

CREATE TABLE flood_waits (
    account INTEGER NOT NULL, role TEXT NOT NULL, class TEXT NOT NULL, ends_at INTEGER NOT NULL,
    PRIMARY KEY (account, role, class)
) STRICT, WITHOUT ROWID;

CREATE TABLE call_shares (
    account INTEGER NOT NULL, role TEXT NOT NULL, class TEXT NOT NULL,
    want_new REAL NOT NULL, want_media REAL NOT NULL, want_backfill REAL NOT NULL,  -- calls per second
    rate REAL NOT NULL,
    PRIMARY KEY (account, role, class)
) STRICT, WITHOUT ROWID;

CREATE TABLE settled_batches (
    account INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, n INTEGER NOT NULL
) STRICT;
