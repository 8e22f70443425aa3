-- What Telegram's limits make necessary, and up to where receipts are not asked for any more.

CREATE TABLE flood_waits (
    account bigint NOT NULL, role text COLLATE "C" NOT NULL, class text COLLATE "C" NOT NULL, ends_at bigint NOT NULL,
    PRIMARY KEY (account, role, class)
);

CREATE TABLE call_shares (
    account bigint NOT NULL, role text COLLATE "C" NOT NULL, class text COLLATE "C" NOT NULL,
    want_new double precision NOT NULL, want_media double precision NOT NULL,
    want_backfill double precision NOT NULL,  -- calls per second
    rate double precision NOT NULL,
    PRIMARY KEY (account, role, class)
);

CREATE TABLE settled_batches (
    account bigint PRIMARY KEY, epoch bigint NOT NULL, n bigint NOT NULL
);
