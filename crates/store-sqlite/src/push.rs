//! Browsers that are told of new messages.

use async_trait::async_trait;
use model::{AccountId, ChatId, MessageId};
use sqlx::sqlite::SqliteRow;
use store::{ChatKey, NewSubscription, Push, PushKey, PushOutcome, PushSubscription, Pushes, StoreError};

use crate::SqliteStore;
use crate::error::{map, odd};
use crate::rows::{get, some_json};

fn chats(of: &NewSubscription) -> Option<String> {
    let pairs = |chats: &Vec<ChatKey>| chats.iter().map(|c| (c.account, c.chat)).collect::<Vec<_>>();
    some_json(of.chats.as_ref().map(pairs).as_ref())
}

fn subscription(row: &SqliteRow) -> Result<PushSubscription, StoreError> {
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

fn key(row: &SqliteRow) -> Result<PushKey, StoreError> {
    Ok(PushKey {
        subscription: get(row, "subscription")?,
        account: AccountId(get(row, "account")?),
        chat: ChatId(get(row, "chat")?),
        message: get(row, "message")?,
    })
}

#[async_trait]
impl Pushes for SqliteStore {
    async fn save_subscription(
        &self,
        new: &NewSubscription,
        most: u32,
    ) -> Result<Option<PushSubscription>, StoreError> {
        let mut tx = self.begin().await?;
        let row = sqlx::query(
            "INSERT INTO push_subscriptions (endpoint, p256dh, auth, session, name, chats, created_at)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
             WHERE (SELECT count(*) FROM push_subscriptions WHERE name = ?5 AND endpoint <> ?1) < ?8
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
        .bind(most)
        .fetch_optional(&mut *tx)
        .await
        .map_err(map)?;
        tx.commit().await.map_err(map)?;
        row.as_ref().map(subscription).transpose()
    }

    async fn subscriptions(&self) -> Result<Vec<PushSubscription>, StoreError> {
        let rows = sqlx::query("SELECT * FROM push_subscriptions ORDER BY id")
            .fetch_all(&self.read)
            .await
            .map_err(map)?;
        rows.iter().map(subscription).collect()
    }

    async fn remove_subscription(&self, id: i64) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM push_deliveries WHERE subscription = ?")
            .bind(id)
            .execute(&mut *tx)
            .await
            .map_err(map)?;
        let removed = sqlx::query("DELETE FROM push_subscriptions WHERE id = ?")
            .bind(id)
            .execute(&mut *tx)
            .await
            .map_err(map)?;
        tx.commit().await.map_err(map)?;
        Ok(removed.rows_affected() == 1)
    }

    async fn mutes(&self, user: &str) -> Result<Vec<ChatKey>, StoreError> {
        let rows = sqlx::query("SELECT account, chat FROM push_mutes WHERE name = ? ORDER BY account, chat")
            .bind(user)
            .fetch_all(&self.read)
            .await
            .map_err(map)?;
        let muted = |row| {
            Ok(ChatKey {
                account: AccountId(get(row, "account")?),
                chat: ChatId(get(row, "chat")?),
            })
        };
        rows.iter().map(muted).collect()
    }

    async fn set_mute(&self, user: &str, chat: ChatKey, muted: bool) -> Result<(), StoreError> {
        let sql = if muted {
            "INSERT INTO push_mutes (name, account, chat) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
        } else {
            "DELETE FROM push_mutes WHERE name = ? AND account = ? AND chat = ?"
        };
        sqlx::query(sql)
            .bind(user)
            .bind(chat.account.0)
            .bind(chat.chat.0)
            .execute(&self.write)
            .await
            .map_err(map)?;
        Ok(())
    }

    async fn plan_pushes(
        &self,
        subscriptions: &[i64],
        chat: ChatKey,
        message: MessageId,
    ) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let (ids, now) = (crate::chunks::json_ids(subscriptions), self.clock.now_micros());
        let planned = sqlx::query(
            "INSERT INTO push_deliveries (subscription, account, chat, message, planned_at, due_at, attempts)
             SELECT s.id, ?2, ?3, ?4, ?5,
                CASE WHEN NOT EXISTS (SELECT 1 FROM push_deliveries d WHERE d.subscription = s.id AND d.account = ?2
                    AND d.chat = ?3 AND d.message > ?4) THEN ?5 END, 0
             FROM push_subscriptions s
             WHERE s.id IN (SELECT value FROM json_each(?1))
             ON CONFLICT DO NOTHING",
        )
        .bind(&ids)
        .bind(chat.account.0)
        .bind(chat.chat.0)
        .bind(message)
        .bind(now)
        .execute(&mut *tx)
        .await
        .map_err(map)?;
        sqlx::query(
            "UPDATE push_deliveries SET due_at = NULL
             WHERE subscription IN (SELECT value FROM json_each(?1)) AND account = ?2 AND chat = ?3
             AND message < ?4 AND due_at IS NOT NULL",
        )
        .bind(&ids)
        .bind(chat.account.0)
        .bind(chat.chat.0)
        .bind(message)
        .execute(&mut *tx)
        .await
        .map_err(map)?;
        tx.commit().await.map_err(map)?;
        Ok(planned.rows_affected())
    }

    async fn claim_pushes(&self, limit: u32, lease: i64) -> Result<Vec<Push>, StoreError> {
        let now = self.clock.now_micros();
        let due: Option<(i64,)> =
            sqlx::query_as("SELECT due_at FROM push_deliveries WHERE due_at <= ? ORDER BY due_at LIMIT 1")
                .bind(now)
                .fetch_optional(&self.read)
                .await
                .map_err(map)?;
        // Looking is frequent and takes no turn of those who write.
        if due.is_none() {
            return Ok(Vec::new());
        }
        let mut tx = self.begin().await?;
        let rows = sqlx::query(
            "SELECT s.*, d.subscription, d.account, d.chat, d.message, d.attempts FROM push_deliveries d
             JOIN push_subscriptions s ON s.id = d.subscription
             WHERE d.due_at <= ? ORDER BY d.due_at LIMIT ?",
        )
        .bind(now)
        .bind(limit)
        .fetch_all(&mut *tx)
        .await
        .map_err(map)?;
        let mut claimed = Vec::with_capacity(rows.len());
        for row in &rows {
            let key = key(row)?;
            settle(&mut tx, &key, Some(now + lease), 0).await?;
            claimed.push(Push {
                key,
                attempts: get(row, "attempts")?,
                subscription: subscription(row)?,
            });
        }
        tx.commit().await.map_err(map)?;
        Ok(claimed)
    }

    async fn settle_push(&self, key: &PushKey, outcome: PushOutcome) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        match outcome {
            PushOutcome::Done => settle(&mut tx, key, None, 1).await?,
            PushOutcome::Later { at, attempt } => {
                settle(&mut tx, key, Some(at), u32::from(attempt)).await?;
            }
        }
        tx.commit().await.map_err(map)
    }

    async fn forget_pushes(&self, before: i64) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM push_deliveries WHERE planned_at < ?")
            .bind(before)
            .execute(&self.write)
            .await
            .map_err(map)?;
        Ok(())
    }
}

/// What is done stays done: a newer message may have taken its place meanwhile.
async fn settle(
    tx: &mut sqlx::SqliteConnection,
    key: &PushKey,
    due_at: Option<i64>,
    attempts: u32,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE push_deliveries SET due_at = ?, attempts = attempts + ?
         WHERE subscription = ? AND account = ? AND chat = ? AND message = ? AND due_at IS NOT NULL",
    )
    .bind(due_at)
    .bind(attempts)
    .bind(key.subscription)
    .bind(key.account.0)
    .bind(key.chat.0)
    .bind(key.message)
    .execute(tx)
    .await
    .map_err(map)?;
    Ok(())
}
