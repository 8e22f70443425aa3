-- The notifier: browsers that are told of new messages.

CREATE TABLE push_subscriptions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    endpoint TEXT NOT NULL UNIQUE,
    p256dh TEXT NOT NULL,               -- base64url, of the browser
    auth TEXT NOT NULL,
    session BLOB NOT NULL,              -- token_hash of viewer_sessions
    name TEXT NOT NULL,                 -- of viewer_users
    chats TEXT,                         -- JSON: [[account, chat], ..]; null: all
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX push_subscriptions_name ON push_subscriptions (name);

CREATE TABLE push_mutes (
    name TEXT NOT NULL, account INTEGER NOT NULL, chat INTEGER NOT NULL,
    PRIMARY KEY (name, account, chat)
) STRICT, WITHOUT ROWID;

-- A row stays when it is done: that is what keeps a message from being told twice.
CREATE TABLE push_deliveries (
    subscription INTEGER NOT NULL,
    account INTEGER NOT NULL, chat INTEGER NOT NULL, message INTEGER NOT NULL,
    planned_at INTEGER NOT NULL,
    due_at INTEGER,                     -- null: done; claimed: the end of the claim
    attempts INTEGER NOT NULL,
    PRIMARY KEY (subscription, account, chat, message)
) STRICT, WITHOUT ROWID;
CREATE INDEX push_deliveries_due ON push_deliveries (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX push_deliveries_planned ON push_deliveries (planned_at);
