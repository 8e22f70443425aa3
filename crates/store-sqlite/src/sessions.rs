//! Telegram sessions; every write is conditional on the lease's epoch.

use async_trait::async_trait;
use model::{AccountId, CallClass, FloodWait};
use sqlx::{Sqlite, Transaction};
use store::{Authorization, Lease, SessionDc, SessionPeer, SessionRow, SessionState, Sessions, StoreError};

use crate::SqliteStore;
use crate::chunks::{self, json_ids};
use crate::error::{map, odd};
use crate::rows::get;

impl SqliteStore {
    /// A transaction that this lease may write in.
    async fn begin_as(&self, lease: &Lease) -> Result<Transaction<'static, Sqlite>, StoreError> {
        let mut tx = self.begin().await?;
        let (ours,): (bool,) = sqlx::query_as(
            "SELECT EXISTS (SELECT 1 FROM leases WHERE account = ? AND role = ? AND owner = ? AND epoch = ? AND expires_at > ?)",
        )
        .bind(lease.authorization.account.0)
        .bind(&lease.authorization.role)
        .bind(&lease.owner)
        .bind(lease.epoch)
        .bind(self.clock.now_micros())
        .fetch_one(&mut *tx)
        .await
        .map_err(map)?;
        if ours {
            Ok(tx)
        } else {
            Err(StoreError::Fenced {
                expected: lease.epoch,
            })
        }
    }
}

#[async_trait]
impl Sessions for SqliteStore {
    async fn load_session(&self, a: &Authorization) -> Result<Option<SessionRow>, StoreError> {
        let mut tx = self.read.begin().await.map_err(map)?;
        let Some(row) = sqlx::query("SELECT * FROM sessions WHERE account = ? AND role = ?")
            .bind(a.account.0)
            .bind(&a.role)
            .fetch_optional(&mut *tx)
            .await
            .map_err(map)?
        else {
            return Ok(None);
        };
        let dcs: Vec<(i32, String, String, Option<Vec<u8>>)> = sqlx::query_as(
            "SELECT dc, ipv4, ipv6, sealed_key FROM session_dcs WHERE account = ? AND role = ? ORDER BY dc",
        )
        .bind(a.account.0)
        .bind(&a.role)
        .fetch_all(&mut *tx)
        .await
        .map_err(map)?;
        let channels: Vec<(i64, i32)> = sqlx::query_as(
            "SELECT channel, pts FROM session_channels WHERE account = ? AND role = ? ORDER BY channel",
        )
        .bind(a.account.0)
        .bind(&a.role)
        .fetch_all(&mut *tx)
        .await
        .map_err(map)?;
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
        Ok(Some(SessionRow {
            home_dc: get(&row, "home_dc")?,
            dc_fingerprint: get(&row, "dc_fingerprint")?,
            user_id: get(&row, "user_id")?,
            dcs: dcs
                .into_iter()
                .map(|(dc, ipv4, ipv6, sealed_key)| SessionDc {
                    dc,
                    ipv4,
                    ipv6,
                    sealed_key,
                })
                .collect(),
            state,
        }))
    }

    async fn save_session(
        &self,
        lease: &Lease,
        home_dc: i32,
        dc_fingerprint: i64,
        user_id: Option<i64>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin_as(lease).await?;
        sqlx::query(
            "INSERT INTO sessions (account, role, home_dc, dc_fingerprint, user_id) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (account, role) DO UPDATE SET home_dc = excluded.home_dc,
                dc_fingerprint = excluded.dc_fingerprint, user_id = excluded.user_id",
        )
        .bind(lease.authorization.account.0)
        .bind(&lease.authorization.role)
        .bind(home_dc)
        .bind(dc_fingerprint)
        .bind(user_id)
        .execute(&mut *tx)
        .await
        .map_err(map)?;
        tx.commit().await.map_err(map)
    }

    async fn save_session_dc(&self, lease: &Lease, dc: &SessionDc) -> Result<(), StoreError> {
        let (account, role) = (lease.authorization.account.0, &lease.authorization.role);
        let mut tx = self.begin_as(lease).await?;
        sqlx::query(
            "INSERT INTO session_old_keys (account, role, dc, sealed_key, replaced_at)
             SELECT account, role, dc, sealed_key, ? FROM session_dcs
             WHERE account = ? AND role = ? AND dc = ? AND sealed_key IS NOT NULL AND sealed_key IS NOT ?",
        )
        .bind(self.clock.now_micros())
        .bind(account)
        .bind(role)
        .bind(dc.dc)
        .bind(dc.sealed_key.clone())
        .execute(&mut *tx)
        .await
        .map_err(map)?;
        sqlx::query(
            "INSERT INTO session_dcs (account, role, dc, ipv4, ipv6, sealed_key) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (account, role, dc) DO UPDATE SET ipv4 = excluded.ipv4, ipv6 = excluded.ipv6,
                sealed_key = excluded.sealed_key",
        )
        .bind(account)
        .bind(role)
        .bind(dc.dc)
        .bind(&dc.ipv4)
        .bind(&dc.ipv6)
        .bind(dc.sealed_key.clone())
        .execute(&mut *tx)
        .await
        .map_err(map)?;
        tx.commit().await.map_err(map)
    }

    async fn session_peers(&self, a: &Authorization) -> Result<Vec<SessionPeer>, StoreError> {
        let rows: Vec<(i64, Option<i64>, String)> = sqlx::query_as(
            "SELECT id, access_hash, info FROM session_peers WHERE account = ? AND role = ? ORDER BY id",
        )
        .bind(a.account.0)
        .bind(&a.role)
        .fetch_all(&self.read)
        .await
        .map_err(map)?;
        Ok(rows
            .into_iter()
            .map(|(id, access_hash, info)| SessionPeer {
                id,
                access_hash,
                info,
            })
            .collect())
    }

    async fn account_peer(&self, account: AccountId, id: i64) -> Result<Option<SessionPeer>, StoreError> {
        let row: Option<(Option<i64>, String)> = sqlx::query_as(
            "SELECT p.access_hash, p.info FROM sessions s
             JOIN session_peers p ON p.account = s.account AND p.role = s.role AND p.id = ?
             WHERE s.account = ? AND p.access_hash IS NOT NULL LIMIT 1",
        )
        .bind(id)
        .bind(account.0)
        .fetch_optional(&self.read)
        .await
        .map_err(map)?;
        Ok(row.map(|(access_hash, info)| SessionPeer {
            id,
            access_hash,
            info,
        }))
    }

    async fn save_session_peers(&self, lease: &Lease, peers: &[SessionPeer]) -> Result<(), StoreError> {
        let mut tx = self.begin_as(lease).await?;
        let head = "INSERT OR REPLACE INTO session_peers (account, role, id, access_hash, info)";
        chunks::insert(&mut tx, head, "", peers, |row, p| {
            row.push_bind(lease.authorization.account.0)
                .push_bind(lease.authorization.role.clone());
            row.push_bind(p.id)
                .push_bind(p.access_hash)
                .push_bind(p.info.clone());
        })
        .await?;
        tx.commit().await.map_err(map)
    }

    async fn save_session_state(
        &self,
        lease: &Lease,
        state: &SessionState,
        forget: &[i64],
    ) -> Result<(), StoreError> {
        let (account, role) = (lease.authorization.account.0, &lease.authorization.role);
        let mut tx = self.begin_as(lease).await?;
        sqlx::query(
            "UPDATE sessions SET has_state = 1, pts = ?, qts = ?, date = ?, seq = ? WHERE account = ? AND role = ?",
        )
        .bind(state.pts)
        .bind(state.qts)
        .bind(state.date)
        .bind(state.seq)
        .bind(account)
        .bind(role)
        .execute(&mut *tx)
        .await
        .map_err(map)?;
        let head = "INSERT OR REPLACE INTO session_channels (account, role, channel, pts)";
        chunks::insert(&mut tx, head, "", &state.channels, |row, (channel, pts)| {
            row.push_bind(account)
                .push_bind(role.clone())
                .push_bind(*channel)
                .push_bind(*pts);
        })
        .await?;
        sqlx::query(
            "DELETE FROM session_channels WHERE account = ? AND role = ? AND channel IN (SELECT value FROM json_each(?))",
        )
        .bind(account)
        .bind(role)
        .bind(json_ids(forget))
        .execute(&mut *tx)
        .await
        .map_err(map)?;
        tx.commit().await.map_err(map)
    }

    async fn save_flood_wait(&self, lease: &Lease, wait: FloodWait) -> Result<(), StoreError> {
        let mut tx = self.begin_as(lease).await?;
        sqlx::query(
            "INSERT INTO flood_waits (account, role, class, ends_at) VALUES (?, ?, ?, ?)
             ON CONFLICT (account, role, class) DO UPDATE SET ends_at = max(ends_at, excluded.ends_at)",
        )
        .bind(lease.authorization.account.0)
        .bind(&lease.authorization.role)
        .bind(wait.class.as_str())
        .bind(wait.ends_at)
        .execute(&mut *tx)
        .await
        .map_err(map)?;
        tx.commit().await.map_err(map)
    }

    async fn flood_waits(&self, account: AccountId) -> Result<Vec<FloodWait>, StoreError> {
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "SELECT class, max(ends_at) FROM flood_waits WHERE account = ? AND ends_at > ? GROUP BY class ORDER BY class",
        )
        .bind(account.0)
        .bind(self.clock.now_micros())
        .fetch_all(&self.read)
        .await
        .map_err(map)?;
        rows.into_iter()
            .map(|(class, ends_at)| {
                let class = CallClass::parse(&class).ok_or_else(|| odd("flood_waits", "class"))?;
                Ok(FloodWait { class, ends_at })
            })
            .collect()
    }

    async fn remove_session(&self, lease: &Lease) -> Result<(), StoreError> {
        let mut tx = self.begin_as(lease).await?;
        for statement in [
            "DELETE FROM session_channels WHERE account = ? AND role = ?",
            "DELETE FROM session_peers WHERE account = ? AND role = ?",
            "DELETE FROM session_dcs WHERE account = ? AND role = ?",
            "DELETE FROM session_old_keys WHERE account = ? AND role = ?",
            "DELETE FROM sessions WHERE account = ? AND role = ?",
        ] {
            sqlx::query(statement)
                .bind(lease.authorization.account.0)
                .bind(&lease.authorization.role)
                .execute(&mut *tx)
                .await
                .map_err(map)?;
        }
        tx.commit().await.map_err(map)
    }
}
