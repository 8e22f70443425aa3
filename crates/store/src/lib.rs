//! The store's ports: what the services ask of a database, in their own words.
//!
//! Two crates implement all of them in plain SQL, `store-sqlite` and `store-postgres`; both run
//! [`conformance`] in every test run. Transactions are one method and never leak through a trait.
//!
//! # Tables
//!
//! Same names and columns in both databases; ids are `bigint`, times are unix seconds (`date`, `edit_date`) or unix
//! microseconds (`*_at`), booleans are `boolean` (0/1 on SQLite), JSON is `text` on SQLite and `jsonb`-compatible
//! `text` on PostgreSQL, bytes are `blob`/`bytea`. `box` is 0 for the common box, else the channel's bare id.
//! `seen` is [`model::Seen::to_i64`].
//!
//! | table | written by | holds |
//! |---|---|---|
//! | `accounts` | writer's migration / `Accounts` | id, session_name, user_id |
//! | `messages` | writer | one row per (account, box, id): `docid` (surrogate), chat, the head, the **current** content, the registers |
//! | `message_versions` | writer | all versions of a message **that has more than one** (then also the current one); a message never edited has none, its row is its only version |
//! | `operations` | writer | operations and, once applied, their verdict (`state`: pending, admitted, held, rejected) |
//! | `tombstones` | writer | admitted deletions: (account, box, id), `deleted_at` |
//! | `deletions_observed` | writer | what was seen under `LISTEN_DELETIONS=false` |
//! | `users`, `chats`, `dialogs`, `records` | writer | registers with raw bytes |
//! | `raw_updates` | writer | updates not understood |
//! | `media` | writer | files: location, state, outcome |
//! | `batches` | writer | receipts: (account, epoch, n) |
//! | `coverage` | writer | (account, chat, pass, after_id, through_id): disjoint, non-adjacent |
//! | `outbox` | writer | changes to publish |
//! | `search_pending`, search indexes | writer | what is not indexed yet; words and trigrams |
//! | `dead_letters` | whoever gave up | what could not be processed, with its body |
//! | `verdicts`, `incidents` | rate-limiter | one row per operation decided; held ones belong to an incident |
//! | `call_shares` | rate-limiter | of the budget of calls: what each authorization wants, and has |
//! | `runs`, `passes` | fetcher | runs of the schedule, walks over ranges |
//! | `settled_batches` | fetcher | up to where receipts are not asked for any more |
//! | `letters_followed` | fetcher | dead letters of the live lane over whose chats passes were opened |
//! | `leases` | holder | (account, authorization): owner, epoch, expires_at |
//! | `sessions`, `session_dcs`, `session_peers`, `session_channels` | holder of the authorization's lease | Telegram sessions, keys encrypted |
//! | `flood_waits` | holder of the authorization's lease | until when Telegram wants no calls of a class |
//! | `viewer_users`, `viewer_sessions` | viewer, `users` command | who may read, and who does; hashes of passwords and tokens only |
//! | `push_subscriptions`, `push_mutes`, `push_deliveries` | notifier | browsers that are told of new messages, of which not, and what they were told |
//! | `meta` | each key has one writer | small facts (schema, listener heartbeat, statistics) |
//!
//! # How a message's rows follow from its captures (law 2)
//!
//! The rows are a function of the *set* of captures, never of their order:
//!
//! - The **versions** of a message are keyed by (`edit_date`, content hash). Seen again, a version keeps the greatest
//!   `seen` and the raw bytes that came with it (ties: greatest raw bytes). Order: (`edit_date`, greatest `seen`, hash).
//! - The oldest version is the baseline. Each later version whose hash differs from its predecessor's is an **edit
//!   operation**; one with its predecessor's hash is none. Both are recomputed whenever a version is added, and a
//!   pending operation that is none any more goes.
//! - **Current** = walk the versions in order: start with the baseline, step to an operation only if admitted, step to
//!   a non-operation only from its predecessor. An operation that was decided and is none any more keeps its row and
//!   verdict, without effect. `messages` holds the current content and its raw bytes.
//! - The **head** and each register (`counters`, `reactions`, `pinned`) carry the `seen` that won; greater wins, ties
//!   by comparing the values. `messages.seen` is the greatest of all message captures.
//! - A **deletion** becomes an operation (unless observe-only), known message or not. Of several observations of one
//!   deletion the one with the smallest `seen` gives source, time and interval. Its chat is what was told, else the
//!   stored message's, filled in when that arrives.
//! - A **tombstone** is final; only its time follows when an earlier observation arrives. In hard mode the row of a
//!   message keeps id, chat, date and nothing of its content, the row of a stored file keeps the file's name on Telegram
//!   and its hash, and later captures, registers and outcomes bring nothing back.
//! - Users and chats: greatest `seen` wins; a `min` one fills a row only while no full one was seen.
//!
//! # To add a question
//!
//! 1. Put a method on the port whose users ask it (or a new port file, if it is a new subject), with its law.
//! 2. Add a conformance function that fails without it. 3. Write the SQL twice.

pub mod access;
pub mod accounts;
pub mod archive;
pub mod browse;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod dead_letters;
pub mod error;
pub mod fold;
mod keep;
pub mod media;
pub mod meta;
pub mod passes;
pub mod push;
pub mod reader;
pub mod reports;
pub mod search;
pub mod sessions;
pub mod shares;
pub mod verdicts;
pub mod words;

pub use access::{Access, ViewerSession, ViewerUser, Visitors};
pub use accounts::{Account, Accounts, Authorization, Lease, Leases};
pub use archive::{
    Applied, ApplyOptions, ArchiveWriter, DueMedia, IndexProgress, Issue, OutboxRow, Receipts,
    VerdictsApplied,
};
pub use browse::{Browse, ChatPlace, ChatQuery, ChatRow, ChatRows, DayRow, PeerRow, RawRow};
pub use dead_letters::{DeadLetter, DeadLetters, NewDeadLetter};
pub use error::StoreError;
pub use keep::keep_lease;
pub use media::{MediaJob, MediaJobs};
pub use meta::Meta;
pub use passes::{ChatCoverage, Pass, Passes, Run, RunOutcome};
pub use push::{ChatKey, NewSubscription, Push, PushKey, PushOutcome, PushSubscription, Pushes};
pub use reader::{
    ArchiveReader, Backlog, ChatSummary, Direction, MediaCount, MessagePage, MessageQuery, MessageRow,
    Statistics, VersionRow,
};
pub use reports::Reports;
pub use search::{Filters, Found, NoPlace, Search, SearchHit, SearchPlace, SearchQuery};
pub use sessions::{SessionDc, SessionPeer, SessionRow, SessionState, Sessions};
pub use shares::{Division, Holder, Shares, Wanted};
pub use verdicts::{
    ChatWindow, Decision, Guard, Incident, IncidentFilter, OpenIncident, PendingOperation, Ruling, Verdicts,
};

/// All ports of one database, as `assembly` hands them out.
pub trait Store:
    Accounts
    + Leases
    + ArchiveWriter
    + Receipts
    + MediaJobs
    + Verdicts
    + Passes
    + DeadLetters
    + Sessions
    + Shares
    + ArchiveReader
    + Browse
    + Search
    + Access
    + Visitors
    + Pushes
    + Meta
{
}

impl<T> Store for T where
    T: Accounts
        + Leases
        + ArchiveWriter
        + Receipts
        + MediaJobs
        + Verdicts
        + Passes
        + DeadLetters
        + Sessions
        + Shares
        + ArchiveReader
        + Browse
        + Search
        + Access
        + Visitors
        + Pushes
        + Meta
{
}
