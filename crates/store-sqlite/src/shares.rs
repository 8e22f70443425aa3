//! Shares of the budget of calls.

use async_trait::async_trait;
use model::{AccountId, CallClass};
use sqlx::SqliteConnection;
use store::{Authorization, Division, Holder, Shares, StoreError, Wanted};

use crate::SqliteStore;
use crate::error::{map, odd};

type Row = (String, String, f64, f64, f64, f64);

/// The shares of those who hold a lease now.
async fn held(
    connection: &mut SqliteConnection,
    account: AccountId,
    now: i64,
) -> Result<Vec<(CallClass, Holder)>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT class, role, want_new, want_media, want_backfill, rate FROM call_shares s
         WHERE account = ?1 AND EXISTS (
            SELECT 1 FROM leases l WHERE l.account = ?1 AND l.role = s.role AND l.expires_at > ?2)
         ORDER BY class, role",
    )
    .bind(account.0)
    .bind(now)
    .fetch_all(connection)
    .await
    .map_err(map)?;
    rows.into_iter()
        .map(|(class, role, new, media, backfill, rate)| {
            let class = CallClass::parse(&class).ok_or_else(|| odd("call_shares", "class"))?;
            let wanted = [new, media, backfill];
            Ok((class, Holder { role, wanted, rate }))
        })
        .collect()
}

async fn save(
    connection: &mut SqliteConnection,
    account: AccountId,
    class: CallClass,
    holder: &Holder,
) -> Result<(), StoreError> {
    let [new, media, backfill] = holder.wanted;
    sqlx::query(
        "INSERT OR REPLACE INTO call_shares (account, role, class, want_new, want_media, want_backfill, rate)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(account.0)
    .bind(&holder.role)
    .bind(class.as_str())
    .bind(new)
    .bind(media)
    .bind(backfill)
    .bind(holder.rate)
    .execute(connection)
    .await
    .map_err(map)?;
    Ok(())
}

#[async_trait]
impl Shares for SqliteStore {
    async fn grant_shares(
        &self,
        authorization: &Authorization,
        epoch: u32,
        wanted: &[(CallClass, Wanted)],
        division: &dyn Division,
    ) -> Result<Option<Vec<(CallClass, f64)>>, StoreError> {
        let (account, now) = (authorization.account, self.clock.now_micros());
        let mut tx = self.begin().await?;
        let (ours,): (bool,) = sqlx::query_as(
            "SELECT EXISTS (SELECT 1 FROM leases WHERE account = ? AND role = ? AND epoch = ? AND expires_at > ?)",
        )
        .bind(account.0)
        .bind(&authorization.role)
        .bind(epoch)
        .bind(now)
        .fetch_one(&mut *tx)
        .await
        .map_err(map)?;
        if !ours {
            return Ok(None);
        }
        sqlx::query(
            "DELETE FROM call_shares WHERE account = ?1 AND role NOT IN (
                SELECT role FROM leases WHERE account = ?1 AND expires_at > ?2)",
        )
        .bind(account.0)
        .bind(now)
        .execute(&mut *tx)
        .await
        .map_err(map)?;
        let held = held(&mut tx, account, now).await?;
        let mut granted = Vec::with_capacity(wanted.len());
        for (class, wanted) in wanted {
            let (holder, known) =
                store::shares::granted(*class, &held, &authorization.role, *wanted, division);
            if !known {
                save(&mut tx, account, *class, &holder).await?;
            }
            granted.push((*class, holder.rate));
        }
        tx.commit().await.map_err(map)?;
        Ok(Some(granted))
    }

    async fn shares(&self, account: AccountId) -> Result<Vec<(CallClass, Holder)>, StoreError> {
        let mut connection = self.read.acquire().await.map_err(map)?;
        held(&mut connection, account, self.clock.now_micros()).await
    }
}
