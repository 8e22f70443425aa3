//! Shares of the budget of calls.

use async_trait::async_trait;
use model::{AccountId, CallClass};
use sqlx::postgres::PgConnection;
use store::{Authorization, Division, Holder, Shares, StoreError, Wanted};

use crate::PostgresStore;
use crate::error::{Outcome, odd};
use crate::locks::{Locks, Of};

type Row = (String, String, f64, f64, f64, f64);

/// The shares of these roles.
async fn held(
    connection: &mut PgConnection,
    account: AccountId,
    roles: &[String],
) -> Outcome<Vec<(CallClass, Holder)>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT class, role, want_new, want_media, want_backfill, rate FROM call_shares
         WHERE account = $1 AND role = ANY($2) ORDER BY class, role",
    )
    .bind(account.0)
    .bind(roles)
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|(class, role, new, media, backfill, rate)| {
            let class = CallClass::parse(&class).ok_or_else(|| odd("call_shares", "class"))?;
            let wanted = [new, media, backfill];
            Ok((class, Holder { role, wanted, rate }))
        })
        .collect()
}

async fn save(
    connection: &mut PgConnection,
    account: AccountId,
    class: CallClass,
    holder: &Holder,
) -> Outcome<()> {
    let [new, media, backfill] = holder.wanted;
    sqlx::query(
        "INSERT INTO call_shares (account, role, class, want_new, want_media, want_backfill, rate)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (account, role, class) DO UPDATE SET want_new = excluded.want_new, want_media = excluded.want_media,
            want_backfill = excluded.want_backfill, rate = excluded.rate",
    )
    .bind(account.0)
    .bind(&holder.role)
    .bind(class.as_str())
    .bind(new)
    .bind(media)
    .bind(backfill)
    .bind(holder.rate)
    .execute(connection)
    .await?;
    Ok(())
}

impl PostgresStore {
    async fn grant(
        &self,
        authorization: &Authorization,
        epoch: u32,
        wanted: &[(CallClass, Wanted)],
        division: &dyn Division,
    ) -> Outcome<Option<Vec<(CallClass, f64)>>> {
        let (account, now) = (authorization.account, self.clock.now_micros());
        let mut tx = self.begin(&Locks::one(Of::Shares, &[account.0])).await?;
        // All of them are held: who takes one over finds its share as we leave it.
        let leases: Vec<(String, i64, i64)> = sqlx::query_as(
            "SELECT role, epoch, expires_at FROM leases WHERE account = $1 ORDER BY role FOR SHARE",
        )
        .bind(account.0)
        .fetch_all(&mut *tx)
        .await?;
        let alive: Vec<_> = leases
            .into_iter()
            .filter(|(_, _, expires_at)| *expires_at > now)
            .collect();
        let ours =
            |(role, of, _): &(String, i64, i64)| *role == authorization.role && *of == i64::from(epoch);
        if !alive.iter().any(ours) {
            tx.commit().await?;
            return Ok(None);
        }
        let roles: Vec<String> = alive.into_iter().map(|(role, ..)| role).collect();
        sqlx::query("DELETE FROM call_shares WHERE account = $1 AND role <> ALL($2)")
            .bind(account.0)
            .bind(&roles)
            .execute(&mut *tx)
            .await?;
        let held = held(&mut tx, account, &roles).await?;
        let mut granted = Vec::with_capacity(wanted.len());
        for (class, wanted) in wanted {
            let (holder, known) =
                store::shares::granted(*class, &held, &authorization.role, *wanted, division);
            if !known {
                save(&mut tx, account, *class, &holder).await?;
            }
            granted.push((*class, holder.rate));
        }
        tx.commit().await?;
        Ok(Some(granted))
    }
}

#[async_trait]
impl Shares for PostgresStore {
    async fn grant_shares(
        &self,
        authorization: &Authorization,
        epoch: u32,
        wanted: &[(CallClass, Wanted)],
        division: &dyn Division,
    ) -> Result<Option<Vec<(CallClass, f64)>>, StoreError> {
        self.run(move || self.grant(authorization, epoch, wanted, division))
            .await
    }

    async fn shares(&self, account: AccountId) -> Result<Vec<(CallClass, Holder)>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let roles: Vec<(String,)> =
                sqlx::query_as("SELECT role FROM leases WHERE account = $1 AND expires_at > $2")
                    .bind(account.0)
                    .bind(self.clock.now_micros())
                    .fetch_all(&mut *session)
                    .await?;
            let roles: Vec<String> = roles.into_iter().map(|(role,)| role).collect();
            let held = held(&mut session, account, &roles).await?;
            session.release();
            Ok(held)
        })
        .await
    }
}
