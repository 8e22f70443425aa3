-- The notifier: browsers that are told of new messages.

CREATE TABLE push_subscriptions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    endpoint text NOT NULL UNIQUE,
    p256dh text NOT NULL,               -- base64url, of the browser
    auth text NOT NULL,
    session bytea NOT NULL,             -- token_hash of viewer_sessions
    name text COLLATE "C" NOT NULL,     -- of viewer_users
    chats text,                         -- JSON: [[account, chat], ..]; null: all
    created_at bigint NOT NULL
);
CREATE INDEX push_subscriptions_name ON push_subscriptions (name);

CREATE TABLE push_mutes (
    name text COLLATE "C" NOT NULL, account bigint NOT NULL, chat bigint NOT NULL,
    PRIMARY KEY (name, account, chat)
);

-- A row stays when it is done: that is what keeps a message from being told twice.
CREATE TABLE push_deliveries (
    subscription bigint NOT NULL,
    account bigint NOT NULL, chat bigint NOT NULL, message bigint NOT NULL,
    planned_at bigint NOT NULL,
    due_at bigint,                      -- null: done; claimed: the end of the claim
    attempts integer NOT NULL,
    PRIMARY KEY (subscription, account, chat, message)
);
CREATE INDEX push_deliveries_due ON push_deliveries (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX push_deliveries_planned ON push_deliveries (planned_at);
