-- The archive. What each table holds and who writes it: crate `store`. Times `*_at` are unix microseconds, `date` and
-- `edit_date` unix seconds; `seen` is epoch * 2^40 + counter; `box` is 0 for the common box, else the channel's bare id.

CREATE TABLE accounts (
    id           INTEGER PRIMARY KEY,
    session_name TEXT NOT NULL UNIQUE,
    user_id      INTEGER
) STRICT;

CREATE TABLE messages (
    docid         INTEGER PRIMARY KEY,
    account       INTEGER NOT NULL,
    box           INTEGER NOT NULL,
    id            INTEGER NOT NULL,
    chat          INTEGER NOT NULL,     -- 0: not known
    sender        INTEGER,
    date          INTEGER NOT NULL,
    flags         INTEGER NOT NULL,     -- 1 out, 2 post, 4 silent, 8 noforwards, 16 from_scheduled
    via_bot       INTEGER,
    post_author   TEXT,
    grouped_id    INTEGER,
    topic_id      INTEGER,
    reply         TEXT,
    forward       TEXT,
    ttl_seconds   INTEGER,
    seen          INTEGER NOT NULL,     -- greatest of all captures of the message; the head is of that one
    -- the current version
    kind          TEXT NOT NULL,
    edit_date     INTEGER NOT NULL,     -- 0: as sent
    hash          BLOB NOT NULL,
    version_seen  INTEGER NOT NULL,
    edit_hide     INTEGER NOT NULL,
    text          TEXT NOT NULL,
    entities      TEXT,
    attachment    TEXT,
    service       TEXT,
    raw           BLOB NOT NULL,        -- zstd of the TL bytes; empty after a hard deletion
    layer         INTEGER NOT NULL,
    origin        TEXT NOT NULL,
    versions      INTEGER NOT NULL,     -- how many are known; above 1 all of them are in message_versions
    -- registers
    views         INTEGER, views_seen     INTEGER,
    forwards      INTEGER, forwards_seen  INTEGER,
    replies       INTEGER, replies_seen   INTEGER,
    reactions     TEXT,    reactions_seen INTEGER,
    pinned        INTEGER NOT NULL, pinned_seen INTEGER NOT NULL,
    UNIQUE (account, box, id)
) STRICT;
CREATE INDEX messages_chat ON messages (account, chat, id);
CREATE INDEX messages_chat_date ON messages (account, chat, date);

CREATE TABLE message_versions (
    account INTEGER NOT NULL, box INTEGER NOT NULL, id INTEGER NOT NULL,
    edit_date INTEGER NOT NULL, hash BLOB NOT NULL,
    seen INTEGER NOT NULL, kind TEXT NOT NULL, edit_hide INTEGER NOT NULL,
    text TEXT NOT NULL, entities TEXT, attachment TEXT, service TEXT,
    raw BLOB NOT NULL, layer INTEGER NOT NULL, origin TEXT NOT NULL,
    PRIMARY KEY (account, box, id, edit_date, hash)
) STRICT, WITHOUT ROWID;

-- Registers of messages that have not arrived yet.
CREATE TABLE early_registers (
    account INTEGER NOT NULL, box INTEGER NOT NULL, id INTEGER NOT NULL,
    views INTEGER, views_seen INTEGER, forwards INTEGER, forwards_seen INTEGER, replies INTEGER, replies_seen INTEGER,
    reactions TEXT, reactions_seen INTEGER, pinned INTEGER, pinned_seen INTEGER,
    PRIMARY KEY (account, box, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE operations (
    operation    INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL, box INTEGER NOT NULL, id INTEGER NOT NULL,
    kind TEXT NOT NULL,                 -- delete, edit
    edit_date INTEGER NOT NULL,         -- 0 for a deletion
    hash BLOB NOT NULL,                 -- empty for a deletion
    chat INTEGER NOT NULL,              -- 0: not known yet
    at INTEGER NOT NULL, since INTEGER, source TEXT, seen INTEGER NOT NULL,
    state TEXT NOT NULL,                -- pending, admitted, held, rejected: as applied
    issued_until INTEGER NOT NULL,
    UNIQUE (account, box, id, kind, edit_date, hash)
) STRICT;
CREATE INDEX operations_pending ON operations (issued_until) WHERE state = 'pending';
CREATE INDEX operations_held ON operations (account, box, id) WHERE state = 'held';

CREATE TABLE tombstones (
    account INTEGER NOT NULL, box INTEGER NOT NULL, id INTEGER NOT NULL,
    deleted_at INTEGER NOT NULL, hard INTEGER NOT NULL,
    PRIMARY KEY (account, box, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE deletions_observed (
    account INTEGER NOT NULL, box INTEGER NOT NULL, id INTEGER NOT NULL,
    chat INTEGER NOT NULL, at INTEGER NOT NULL, source TEXT NOT NULL, seen INTEGER NOT NULL,
    PRIMARY KEY (account, box, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE verdicts (
    account INTEGER NOT NULL, box INTEGER NOT NULL, id INTEGER NOT NULL,
    kind TEXT NOT NULL, edit_date INTEGER NOT NULL, hash BLOB NOT NULL,
    operation INTEGER NOT NULL, chat INTEGER NOT NULL, at INTEGER NOT NULL,
    verdict TEXT NOT NULL, incident INTEGER, decided_at INTEGER NOT NULL,
    PRIMARY KEY (account, box, id, kind, edit_date, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX verdicts_window ON verdicts (account, chat, at) WHERE verdict = 'admitted';
CREATE INDEX verdicts_incident ON verdicts (incident, id) WHERE incident IS NOT NULL;
CREATE UNIQUE INDEX verdicts_operation ON verdicts (operation);

CREATE TABLE incidents (
    incident INTEGER PRIMARY KEY,
    account INTEGER NOT NULL, chat INTEGER NOT NULL, kind TEXT NOT NULL,
    opened_at INTEGER NOT NULL, from_at INTEGER NOT NULL, to_at INTEGER NOT NULL,
    deletions INTEGER NOT NULL, edits INTEGER NOT NULL, blocked_until INTEGER NOT NULL,
    approved INTEGER, decided_at INTEGER, decided_by TEXT
) STRICT;
CREATE INDEX incidents_open ON incidents (account, chat) WHERE approved IS NULL;

CREATE TABLE users (
    account INTEGER NOT NULL, id INTEGER NOT NULL, seen INTEGER NOT NULL, min INTEGER NOT NULL,
    first_name TEXT, last_name TEXT, username TEXT, phone TEXT,
    is_self INTEGER NOT NULL, bot INTEGER NOT NULL, deleted INTEGER NOT NULL, contact INTEGER NOT NULL,
    photo TEXT, raw BLOB NOT NULL, layer INTEGER NOT NULL,
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE chats (
    account INTEGER NOT NULL, id INTEGER NOT NULL, seen INTEGER NOT NULL, min INTEGER NOT NULL,
    kind TEXT NOT NULL, title TEXT NOT NULL, username TEXT, participants_count INTEGER,
    inaccessible INTEGER NOT NULL, migrated_to INTEGER, migrated_from INTEGER,
    photo TEXT, raw BLOB NOT NULL, layer INTEGER NOT NULL,
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE dialogs (
    account INTEGER NOT NULL, chat INTEGER NOT NULL, seen INTEGER NOT NULL,
    kind TEXT NOT NULL, folder_id INTEGER NOT NULL, pinned INTEGER NOT NULL, top_message INTEGER NOT NULL,
    raw BLOB NOT NULL, layer INTEGER NOT NULL,
    PRIMARY KEY (account, chat)
) STRICT, WITHOUT ROWID;

CREATE TABLE records (
    account INTEGER NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, seen INTEGER NOT NULL,
    data TEXT NOT NULL, raw BLOB NOT NULL, layer INTEGER NOT NULL,
    PRIMARY KEY (account, kind, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE raw_updates (
    account INTEGER NOT NULL, seen INTEGER NOT NULL, constructor TEXT NOT NULL,
    raw BLOB NOT NULL, layer INTEGER NOT NULL,
    PRIMARY KEY (account, seen, constructor, raw)
) STRICT, WITHOUT ROWID;

CREATE TABLE media (
    media INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    owner TEXT NOT NULL,                -- message, avatar
    box INTEGER NOT NULL,               -- 0 for an avatar
    id INTEGER NOT NULL,                -- message id, or marked id of the avatar's peer
    chat INTEGER NOT NULL,              -- 0: not known
    file_kind TEXT NOT NULL, file_id INTEGER NOT NULL,
    dc INTEGER NOT NULL, size INTEGER,
    file TEXT NOT NULL,                 -- the FileRef as JSON, location included
    seen INTEGER NOT NULL, date INTEGER NOT NULL,
    history INTEGER NOT NULL,           -- seen by the history lane
    state TEXT NOT NULL, reason TEXT,
    sha256 BLOB, stored_size INTEGER, path TEXT,
    attempts INTEGER NOT NULL, not_before INTEGER NOT NULL, issued_until INTEGER NOT NULL,
    UNIQUE (account, owner, box, id, file_kind, file_id)
) STRICT;
CREATE INDEX media_wanted ON media (issued_until) WHERE state = 'wanted';
CREATE INDEX media_stored_file ON media (file_kind, file_id) WHERE state = 'stored';
CREATE INDEX media_sha256 ON media (sha256) WHERE state = 'stored';

CREATE TABLE batches (
    account INTEGER NOT NULL, epoch INTEGER NOT NULL, n INTEGER NOT NULL,
    PRIMARY KEY (account, epoch, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE coverage (
    account INTEGER NOT NULL, chat INTEGER NOT NULL, pass INTEGER NOT NULL,
    after_id INTEGER NOT NULL, through_id INTEGER NOT NULL,
    PRIMARY KEY (account, chat, pass, after_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL, chat INTEGER, live INTEGER NOT NULL, kind TEXT NOT NULL,
    ids TEXT NOT NULL, is_range INTEGER NOT NULL
) STRICT;

CREATE TABLE search_pending (docid INTEGER PRIMARY KEY) STRICT;
-- key: date * 2^20 + n, so that newest first is the order of keys.
CREATE TABLE search_docs (key INTEGER PRIMARY KEY, docid INTEGER NOT NULL UNIQUE) STRICT;
CREATE VIRTUAL TABLE search_words USING fts5 (
    scope, text, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2", prefix = '2 3', detail = full
);
CREATE VIRTUAL TABLE search_trigrams USING fts5 (
    text, content = '', contentless_delete = 1, tokenize = "trigram", detail = none
);

CREATE TABLE dead_letters (
    id INTEGER PRIMARY KEY,
    account INTEGER, subject TEXT NOT NULL, body BLOB NOT NULL, reason TEXT NOT NULL, attempts INTEGER NOT NULL,
    stored_at INTEGER NOT NULL, redriven_at INTEGER
) STRICT;

CREATE TABLE runs (
    run INTEGER PRIMARY KEY,
    account INTEGER NOT NULL, trigger TEXT NOT NULL, started_at INTEGER NOT NULL,
    finished_at INTEGER, outcome TEXT
) STRICT;

CREATE TABLE passes (
    account INTEGER NOT NULL, chat INTEGER NOT NULL, pass INTEGER NOT NULL, kind TEXT NOT NULL,
    after_id INTEGER NOT NULL, through_id INTEGER NOT NULL, began INTEGER NOT NULL,
    opened_at INTEGER NOT NULL, completed_at INTEGER,
    PRIMARY KEY (account, chat, pass)
) STRICT, WITHOUT ROWID;

CREATE TABLE leases (
    account INTEGER NOT NULL, role TEXT NOT NULL, owner TEXT NOT NULL, epoch INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (account, role)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    account INTEGER NOT NULL, role TEXT NOT NULL, home_dc INTEGER NOT NULL, dc_fingerprint INTEGER NOT NULL,
    user_id INTEGER, has_state INTEGER NOT NULL DEFAULT 0,
    pts INTEGER NOT NULL DEFAULT 0, qts INTEGER NOT NULL DEFAULT 0, date INTEGER NOT NULL DEFAULT 0,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account, role)
) STRICT, WITHOUT ROWID;

CREATE TABLE session_dcs (
    account INTEGER NOT NULL, role TEXT NOT NULL, dc INTEGER NOT NULL,
    ipv4 TEXT NOT NULL, ipv6 TEXT NOT NULL, sealed_key BLOB,
    PRIMARY KEY (account, role, dc)
) STRICT, WITHOUT ROWID;

CREATE TABLE session_old_keys (
    account INTEGER NOT NULL, role TEXT NOT NULL, dc INTEGER NOT NULL, sealed_key BLOB NOT NULL,
    replaced_at INTEGER NOT NULL
) STRICT;

CREATE TABLE session_peers (
    account INTEGER NOT NULL, role TEXT NOT NULL, id INTEGER NOT NULL, access_hash INTEGER, info TEXT NOT NULL,
    PRIMARY KEY (account, role, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE session_channels (
    account INTEGER NOT NULL, role TEXT NOT NULL, channel INTEGER NOT NULL, pts INTEGER NOT NULL,
    PRIMARY KEY (account, role, channel)
) STRICT, WITHOUT ROWID;

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
