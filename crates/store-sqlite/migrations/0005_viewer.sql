-- The viewer: its users and sessions, and the indexes of its questions.

CREATE TABLE viewer_users (
    name TEXT PRIMARY KEY,
    admin INTEGER NOT NULL,
    password_hash TEXT NOT NULL,        -- a PHC string
    chats TEXT                          -- JSON; null: all
) STRICT, WITHOUT ROWID;

CREATE TABLE viewer_sessions (
    token_hash BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX viewer_sessions_name ON viewer_sessions (name);

-- Whose messages stand in which chat.
CREATE INDEX messages_sender ON messages (account, sender, chat, date) WHERE sender IS NOT NULL;
CREATE INDEX messages_topic ON messages (account, chat, topic_id, id) WHERE topic_id IS NOT NULL;
CREATE INDEX messages_kind ON messages (account, chat, kind, date) WHERE kind <> 'text' AND kind <> 'service';
CREATE INDEX messages_links ON messages (account, chat, date)
    WHERE instr(entities, '"k":"url"') > 0 OR instr(entities, '"k":"text_url"') > 0;
CREATE INDEX messages_edited ON messages (account, chat, date) WHERE versions > 1;
CREATE INDEX messages_pinned ON messages (account, chat, date) WHERE pinned;
