//! Telegram sessions; every write is conditional on the lease's epoch.

use async_trait::async_trait;
use model::{AccountId, CallClass, FloodWait};
use sqlx::postgres::PgConnection;
use store::{Authorization, Lease, SessionDc, SessionPeer, SessionRow, SessionState, Sessions, StoreError};

use crate::PostgresStore;
use crate::accounts::fenced;
use crate::error::{Outcome, odd};
use crate::locks::Locks;
use crate::rows::{column, get};
use crate::run::Session;

impl PostgresStore {
    /// A transaction that this lease may write in. The lease's row is held, so nobody takes it over meanwhile.
    async fn begin_as(&self, lease: &Lease) -> Outcome<Session> {
        let mut tx = self.begin(&Locks::none()).await?;
        let ours = sqlx::query(
            "SELECT 1 FROM leases WHERE account = $1 AND role = $2 AND owner = $3 AND epoch = $4 AND expires_at > $5
             FOR NO KEY UPDATE",
        )
        .bind(lease.authorization.account.0)
        .bind(&lease.authorization.role)
        .bind(&lease.owner)
        .bind(i64::from(lease.epoch))
        .bind(self.clock.now_micros())
        .fetch_optional(&mut *tx)
        .await?;
        if ours.is_some() {
            Ok(tx)
        } else {
            tx.commit().await?;
            Err(fenced(lease).into())
        }
    }
}

async fn load(tx: &mut PgConnection, a: &Authorization) -> Outcome<Option<SessionRow>> {
    let Some(row) = sqlx::query("SELECT * FROM sessions WHERE account = $1 AND role = $2")
        .bind(a.account.0)
        .bind(&a.role)
        .fetch_optional(&mut *tx)
        .await?
    else {
        return Ok(None);
    };
    let dcs: Vec<(i32, String, String, Option<Vec<u8>>)> = sqlx::query_as(
        "SELECT dc, ipv4, ipv6, sealed_key FROM session_dcs WHERE account = $1 AND role = $2 ORDER BY dc",
    )
    .bind(a.account.0)
    .bind(&a.role)
    .fetch_all(&mut *tx)
    .await?;
    let channels: Vec<(i64, i32)> = sqlx::query_as(
        "SELECT channel, pts FROM session_channels WHERE account = $1 AND role = $2 ORDER BY channel",
    )
    .bind(a.account.0)
    .bind(&a.role)
    .fetch_all(&mut *tx)
    .await?;
    let state = if get::<bool>(&row, "has_state")? {
        Some(SessionState {
            pts: get(&row, "pts")?,
            qts: get(&row, "qts")?,
            date: get(&row, "date")?,
            seq: get(&row, "seq")?,
            channels,
        })
    } else {
        None
    };
    let dc = |(dc, ipv4, ipv6, sealed_key)| SessionDc {
        dc,
        ipv4,
        ipv6,
        sealed_key,
    };
    Ok(Some(SessionRow {
        home_dc: get(&row, "home_dc")?,
        dc_fingerprint: get(&row, "dc_fingerprint")?,
        user_id: get(&row, "user_id")?,
        dcs: dcs.into_iter().map(dc).collect(),
        state,
    }))
}

async fn save_dc(tx: &mut PgConnection, a: &Authorization, dc: &SessionDc, now: i64) -> Outcome<()> {
    sqlx::query(
        "INSERT INTO session_old_keys (account, role, dc, sealed_key, replaced_at)
         SELECT account, role, dc, sealed_key, $1 FROM session_dcs
         WHERE account = $2 AND role = $3 AND dc = $4 AND sealed_key IS NOT NULL AND sealed_key IS DISTINCT FROM $5",
    )
    .bind(now)
    .bind(a.account.0)
    .bind(&a.role)
    .bind(dc.dc)
    .bind(&dc.sealed_key)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "INSERT INTO session_dcs (account, role, dc, ipv4, ipv6, sealed_key) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (account, role, dc) DO UPDATE SET ipv4 = excluded.ipv4, ipv6 = excluded.ipv6,
            sealed_key = excluded.sealed_key",
    )
    .bind(a.account.0)
    .bind(&a.role)
    .bind(dc.dc)
    .bind(&dc.ipv4)
    .bind(&dc.ipv6)
    .bind(&dc.sealed_key)
    .execute(tx)
    .await?;
    Ok(())
}

async fn save_state(
    tx: &mut PgConnection,
    a: &Authorization,
    state: &SessionState,
    forget: &[i64],
) -> Outcome<()> {
    sqlx::query(
        "UPDATE sessions SET has_state = true, pts = $1, qts = $2, date = $3, seq = $4 WHERE account = $5 AND role = $6",
    )
    .bind(state.pts)
    .bind(state.qts)
    .bind(state.date)
    .bind(state.seq)
    .bind(a.account.0)
    .bind(&a.role)
    .execute(&mut *tx)
    .await?;
    if !state.channels.is_empty() {
        sqlx::query(
            "INSERT INTO session_channels (account, role, channel, pts)
             SELECT DISTINCT ON (c.channel) $1, $2, c.channel, c.pts
             FROM unnest($3::bigint[], $4::integer[]) WITH ORDINALITY AS c(channel, pts, n) ORDER BY c.channel, c.n DESC
             ON CONFLICT (account, role, channel) DO UPDATE SET pts = excluded.pts",
        )
        .bind(a.account.0)
        .bind(&a.role)
        .bind(column(&state.channels, |c| c.0))
        .bind(column(&state.channels, |c| c.1))
        .execute(&mut *tx)
        .await?;
    }
    if !forget.is_empty() {
        sqlx::query("DELETE FROM session_channels WHERE account = $1 AND role = $2 AND channel = ANY($3)")
            .bind(a.account.0)
            .bind(&a.role)
            .bind(forget)
            .execute(tx)
            .await?;
    }
    Ok(())
}

#[async_trait]
impl Sessions for PostgresStore {
    async fn load_session(&self, a: &Authorization) -> Result<Option<SessionRow>, StoreError> {
        self.run(move || async move {
            let mut tx = self.snapshot().await?;
            let row = load(&mut tx, a).await?;
            tx.commit().await?;
            Ok(row)
        })
        .await
    }

    async fn save_session(
        &self,
        lease: &Lease,
        home_dc: i32,
        dc_fingerprint: i64,
        user_id: Option<i64>,
    ) -> Result<(), StoreError> {
        self.run(move || async move {
            let mut tx = self.begin_as(lease).await?;
            sqlx::query(
                "INSERT INTO sessions (account, role, home_dc, dc_fingerprint, user_id) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (account, role) DO UPDATE SET home_dc = excluded.home_dc,
                    dc_fingerprint = excluded.dc_fingerprint, user_id = excluded.user_id",
            )
            .bind(lease.authorization.account.0)
            .bind(&lease.authorization.role)
            .bind(home_dc)
            .bind(dc_fingerprint)
            .bind(user_id)
            .execute(&mut *tx)
            .await?;
            tx.commit().await
        })
        .await
    }

    async fn save_session_dc(&self, lease: &Lease, dc: &SessionDc) -> Result<(), StoreError> {
        self.run(move || async move {
            let mut tx = self.begin_as(lease).await?;
            save_dc(&mut tx, &lease.authorization, dc, self.clock.now_micros()).await?;
            tx.commit().await
        })
        .await
    }

    async fn session_peers(&self, a: &Authorization) -> Result<Vec<SessionPeer>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let rows: Vec<(i64, Option<i64>, String)> = sqlx::query_as(
                "SELECT id, access_hash, info FROM session_peers WHERE account = $1 AND role = $2 ORDER BY id",
            )
            .bind(a.account.0)
            .bind(&a.role)
            .fetch_all(&mut *session)
            .await?;
            session.release();
            let peer = |(id, access_hash, info)| SessionPeer {
                id,
                access_hash,
                info,
            };
            Ok(rows.into_iter().map(peer).collect())
        })
        .await
    }

    async fn account_peer(&self, account: AccountId, id: i64) -> Result<Option<SessionPeer>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let row: Option<(Option<i64>, String)> = sqlx::query_as(
                "SELECT p.access_hash, p.info FROM sessions s
                 JOIN session_peers p ON p.account = s.account AND p.role = s.role AND p.id = $2
                 WHERE s.account = $1 AND p.access_hash IS NOT NULL LIMIT 1",
            )
            .bind(account.0)
            .bind(id)
            .fetch_optional(&mut *session)
            .await?;
            session.release();
            Ok(row.map(|(access_hash, info)| SessionPeer {
                id,
                access_hash,
                info,
            }))
        })
        .await
    }

    async fn save_session_peers(&self, lease: &Lease, peers: &[SessionPeer]) -> Result<(), StoreError> {
        self.run(move || async move {
            let mut tx = self.begin_as(lease).await?;
            // Of a peer told twice the last one stands.
            sqlx::query(
                "INSERT INTO session_peers (account, role, id, access_hash, info)
                 SELECT DISTINCT ON (p.id) $1, $2, p.id, p.access_hash, p.info
                 FROM unnest($3::bigint[], $4::bigint[], $5::text[]) WITH ORDINALITY AS p(id, access_hash, info, n)
                 ORDER BY p.id, p.n DESC
                 ON CONFLICT (account, role, id) DO UPDATE SET access_hash = excluded.access_hash, info = excluded.info",
            )
            .bind(lease.authorization.account.0)
            .bind(&lease.authorization.role)
            .bind(column(peers, |p| p.id))
            .bind(column(peers, |p| p.access_hash))
            .bind(column(peers, |p| p.info.as_str()))
            .execute(&mut *tx)
            .await?;
            tx.commit().await
        })
        .await
    }

    async fn save_session_state(
        &self,
        lease: &Lease,
        state: &SessionState,
        forget: &[i64],
    ) -> Result<(), StoreError> {
        self.run(move || async move {
            let mut tx = self.begin_as(lease).await?;
            save_state(&mut tx, &lease.authorization, state, forget).await?;
            tx.commit().await
        })
        .await
    }

    async fn save_flood_wait(&self, lease: &Lease, wait: FloodWait) -> Result<(), StoreError> {
        self.run(move || async move {
            let mut tx = self.begin_as(lease).await?;
            sqlx::query(
                "INSERT INTO flood_waits AS f (account, role, class, ends_at) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (account, role, class) DO UPDATE SET ends_at = greatest(f.ends_at, excluded.ends_at)",
            )
            .bind(lease.authorization.account.0)
            .bind(&lease.authorization.role)
            .bind(wait.class.as_str())
            .bind(wait.ends_at)
            .execute(&mut *tx)
            .await?;
            tx.commit().await
        })
        .await
    }

    async fn flood_waits(&self, account: AccountId) -> Result<Vec<FloodWait>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let rows: Vec<(String, i64)> = sqlx::query_as(
                "SELECT class, max(ends_at) FROM flood_waits WHERE account = $1 AND ends_at > $2
                 GROUP BY class ORDER BY class",
            )
            .bind(account.0)
            .bind(self.clock.now_micros())
            .fetch_all(&mut *session)
            .await?;
            session.release();
            rows.into_iter()
                .map(|(class, ends_at)| {
                    let class = CallClass::parse(&class).ok_or_else(|| odd("flood_waits", "class"))?;
                    Ok(FloodWait { class, ends_at })
                })
                .collect()
        })
        .await
    }

    async fn remove_session(&self, lease: &Lease) -> Result<(), StoreError> {
        self.run(move || async move {
            let mut tx = self.begin_as(lease).await?;
            for statement in [
                "DELETE FROM session_channels WHERE account = $1 AND role = $2",
                "DELETE FROM session_peers WHERE account = $1 AND role = $2",
                "DELETE FROM session_dcs WHERE account = $1 AND role = $2",
                "DELETE FROM session_old_keys WHERE account = $1 AND role = $2",
                "DELETE FROM sessions WHERE account = $1 AND role = $2",
            ] {
                sqlx::query(statement)
                    .bind(lease.authorization.account.0)
                    .bind(&lease.authorization.role)
                    .execute(&mut *tx)
                    .await?;
            }
            tx.commit().await
        })
        .await
    }
}
