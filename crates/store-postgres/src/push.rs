//! Browsers that are told of new messages.

use async_trait::async_trait;
use model::{AccountId, ChatId, MessageId};
use sqlx::postgres::PgRow;
use store::{ChatKey, NewSubscription, Push, PushKey, PushOutcome, PushSubscription, Pushes, StoreError};

use crate::PostgresStore;
use crate::error::{Outcome, odd};
use crate::locks::Locks;
use crate::rows::{get, some_json};

fn chats(of: &NewSubscription) -> Option<String> {
    let pairs = |chats: &Vec<ChatKey>| chats.iter().map(|c| (c.account, c.chat)).collect::<Vec<_>>();
    some_json(of.chats.as_ref().map(pairs).as_ref())
}

fn subscription(row: &PgRow) -> Outcome<PushSubscription> {
    let chats: Option<String> = get(row, "chats")?;
    let chats = chats
        .map(|c| {
            serde_json::from_str::<Vec<(AccountId, ChatId)>>(&c)
                .map_err(|_| odd("push_subscriptions", "chats"))
        })
        .transpose()?;
    let session: Vec<u8> = get(row, "session")?;
    Ok(PushSubscription {
        id: get(row, "id")?,
        created_at: get(row, "created_at")?,
        of: NewSubscription {
            endpoint: get(row, "endpoint")?,
            p256dh: get(row, "p256dh")?,
            auth: get(row, "auth")?,
            session: session
                .try_into()
                .map_err(|_| odd("push_subscriptions", "session"))?,
            user: get(row, "name")?,
            chats: chats.map(|c| {
                c.into_iter()
                    .map(|(account, chat)| ChatKey { account, chat })
                    .collect()
            }),
        },
    })
}

fn push(row: &PgRow) -> Outcome<Push> {
    let attempts: i32 = get(row, "attempts")?;
    Ok(Push {
        key: PushKey {
            subscription: get(row, "subscription")?,
            account: AccountId(get(row, "account")?),
            chat: ChatId(get(row, "chat")?),
            message: get(row, "message")?,
        },
        attempts: attempts as u32,
        subscription: subscription(row)?,
    })
}

#[async_trait]
impl Pushes for PostgresStore {
    async fn save_subscription(
        &self,
        new: &NewSubscription,
        most: u32,
    ) -> Result<Option<PushSubscription>, StoreError> {
        self.run(move || async move {
            let mut session = self.writer().await?;
            let row = sqlx::query(
                "INSERT INTO push_subscriptions (endpoint, p256dh, auth, session, name, chats, created_at)
                 SELECT $1, $2, $3, $4, $5, $6, $7
                 WHERE (SELECT count(*) FROM push_subscriptions WHERE name = $5 AND endpoint <> $1) < $8
                 ON CONFLICT (endpoint) DO UPDATE SET p256dh = excluded.p256dh, auth = excluded.auth,
                    session = excluded.session, name = excluded.name, chats = excluded.chats
                 RETURNING *",
            )
            .bind(&new.endpoint)
            .bind(&new.p256dh)
            .bind(&new.auth)
            .bind(&new.session[..])
            .bind(&new.user)
            .bind(chats(new))
            .bind(self.clock.now_micros())
            .bind(i64::from(most))
            .fetch_optional(&mut *session)
            .await?;
            session.release();
            row.as_ref().map(subscription).transpose()
        })
        .await
    }

    async fn subscriptions(&self) -> Result<Vec<PushSubscription>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let rows = sqlx::query("SELECT * FROM push_subscriptions ORDER BY id")
                .fetch_all(&mut *session)
                .await?;
            session.release();
            rows.iter().map(subscription).collect()
        })
        .await
    }

    async fn remove_subscription(&self, id: i64) -> Result<bool, StoreError> {
        self.run(move || async move {
            let mut tx = self.begin(&Locks::none()).await?;
            // First what others wait for: whoever plans holds the subscription's row.
            let removed = sqlx::query("DELETE FROM push_subscriptions WHERE id = $1")
                .bind(id)
                .execute(&mut *tx)
                .await?;
            sqlx::query("DELETE FROM push_deliveries WHERE subscription = $1")
                .bind(id)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            Ok(removed.rows_affected() == 1)
        })
        .await
    }

    async fn mutes(&self, user: &str) -> Result<Vec<ChatKey>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let sql = "SELECT account, chat FROM push_mutes WHERE name = $1 ORDER BY account, chat";
            let rows = sqlx::query(sql).bind(user).fetch_all(&mut *session).await?;
            session.release();
            let muted = |row| {
                Ok(ChatKey {
                    account: AccountId(get(row, "account")?),
                    chat: ChatId(get(row, "chat")?),
                })
            };
            rows.iter().map(muted).collect()
        })
        .await
    }

    async fn set_mute(&self, user: &str, chat: ChatKey, muted: bool) -> Result<(), StoreError> {
        self.run(move || async move {
            let mut session = self.writer().await?;
            let sql = if muted {
                "INSERT INTO push_mutes (name, account, chat) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
            } else {
                "DELETE FROM push_mutes WHERE name = $1 AND account = $2 AND chat = $3"
            };
            sqlx::query(sql)
                .bind(user)
                .bind(chat.account.0)
                .bind(chat.chat.0)
                .execute(&mut *session)
                .await?;
            session.release();
            Ok(())
        })
        .await
    }

    async fn plan_pushes(
        &self,
        subscriptions: &[i64],
        chat: ChatKey,
        message: MessageId,
    ) -> Result<u64, StoreError> {
        self.run(move || async move {
            let mut tx = self.begin(&Locks::none()).await?;
            // In the order of ids, so that no two plans wait for each other.
            let there: Vec<i64> = sqlx::query_scalar(
                "SELECT id FROM push_subscriptions WHERE id = ANY ($1) ORDER BY id FOR UPDATE",
            )
            .bind(subscriptions)
            .fetch_all(&mut *tx)
            .await?;
            let planned = sqlx::query(
                "INSERT INTO push_deliveries (subscription, account, chat, message, planned_at, due_at, attempts)
                 SELECT id, $2, $3, $4, $5,
                    CASE WHEN NOT EXISTS (SELECT 1 FROM push_deliveries d WHERE d.subscription = id
                        AND d.account = $2 AND d.chat = $3 AND d.message > $4) THEN $5::bigint END, 0
                 FROM unnest($1::bigint[]) AS id
                 ON CONFLICT DO NOTHING",
            )
            .bind(&there)
            .bind(chat.account.0)
            .bind(chat.chat.0)
            .bind(message)
            .bind(self.clock.now_micros())
            .execute(&mut *tx)
            .await?;
            sqlx::query(
                "UPDATE push_deliveries SET due_at = NULL
                 WHERE subscription = ANY ($1) AND account = $2 AND chat = $3 AND message < $4
                 AND due_at IS NOT NULL",
            )
            .bind(&there)
            .bind(chat.account.0)
            .bind(chat.chat.0)
            .bind(message)
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
            Ok(planned.rows_affected())
        })
        .await
    }

    async fn claim_pushes(&self, limit: u32, lease: i64) -> Result<Vec<Push>, StoreError> {
        self.run(move || async move {
            let mut session = self.writer().await?;
            let now = self.clock.now_micros();
            let rows = sqlx::query(
                "WITH due AS (
                    SELECT subscription, account, chat, message FROM push_deliveries
                    WHERE due_at <= $1 ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
                 ), claimed AS (
                    UPDATE push_deliveries AS d SET due_at = $1 + $3 FROM due
                    WHERE d.subscription = due.subscription AND d.account = due.account AND d.chat = due.chat
                    AND d.message = due.message
                    RETURNING d.subscription, d.account, d.chat, d.message, d.attempts, d.planned_at
                 )
                 SELECT s.*, c.subscription, c.account, c.chat, c.message, c.attempts
                 FROM claimed c JOIN push_subscriptions s ON s.id = c.subscription ORDER BY c.planned_at",
            )
            .bind(now)
            .bind(i64::from(limit))
            .bind(lease)
            .fetch_all(&mut *session)
            .await?;
            session.release();
            rows.iter().map(push).collect()
        })
        .await
    }

    async fn settle_push(&self, key: &PushKey, outcome: PushOutcome) -> Result<(), StoreError> {
        let (due_at, attempts) = match outcome {
            PushOutcome::Done => (None, 1),
            PushOutcome::Later { at, attempt } => (Some(at), i32::from(attempt)),
        };
        self.run(move || async move {
            let mut session = self.writer().await?;
            // What is done stays done: a newer message may have taken its place meanwhile.
            sqlx::query(
                "UPDATE push_deliveries SET due_at = $5, attempts = attempts + $6
                 WHERE subscription = $1 AND account = $2 AND chat = $3 AND message = $4 AND due_at IS NOT NULL",
            )
            .bind(key.subscription)
            .bind(key.account.0)
            .bind(key.chat.0)
            .bind(key.message)
            .bind(due_at)
            .bind(attempts)
            .execute(&mut *session)
            .await?;
            session.release();
            Ok(())
        })
        .await
    }

    async fn forget_pushes(&self, before: i64) -> Result<(), StoreError> {
        self.run(move || async move {
            let mut session = self.writer().await?;
            sqlx::query("DELETE FROM push_deliveries WHERE planned_at < $1")
                .bind(before)
                .execute(&mut *session)
                .await?;
            session.release();
            Ok(())
        })
        .await
    }
}
