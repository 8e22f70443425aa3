//! Our authorization in foreign data centres: where files lie.

use std::sync::PoisonError;

use grammers_mtsender::RpcError;
use grammers_tl_types::{Serializable as _, enums, functions};

use super::{Ask, CallError, Dc, Manner, Pool};
use crate::port::{CallClass, Purpose};

impl Pool {
    /// How often it was carried there; a change tells that somebody else has done it.
    pub(super) fn times_carried(&self, dc: i32) -> u64 {
        self.carried
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&dc)
            .copied()
            .unwrap_or_default()
    }

    /// Carries our authorization to a foreign DC (`auth.exportAuthorization`, `auth.importAuthorization`), unless
    /// another call has done so since.
    pub(super) async fn carry_authorization(&self, dc: i32, carried_before: u64) -> Result<(), CallError> {
        let _carrying = self.carrying.lock().await;
        if self.times_carried(dc) != carried_before {
            return Ok(());
        }
        let export = functions::auth::ExportAuthorization { dc_id: dc };
        // By number: it must not follow the account that is just being followed.
        let home = Dc::Number(self.session.home_dc());
        let manner = Manner {
            dc: home,
            ..Manner::of(CallClass::Metadata, Purpose::Media)
        };
        let exported = Box::pin(self.ask(&export, manner)).await?;
        let enums::auth::ExportedAuthorization::Authorization(exported) = exported;
        let import = functions::auth::ImportAuthorization {
            id: exported.id,
            bytes: exported.bytes,
        };
        let manner = Manner {
            dc: Dc::Number(dc),
            logging_in: true,
            ..Manner::of(CallClass::Updates, Purpose::Media)
        };
        Box::pin(self.bytes(&Ask {
            body: &import.to_bytes(),
            manner,
        }))
        .await?;
        *self
            .carried
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(dc)
            .or_default() += 1;
        Ok(())
    }

    /// Telegram says where the account lives. Whoever is logged in takes the authorization along
    /// (core.telegram.org/api/datacenter, "User migration"); if that is refused, the new home will ask for a log-in.
    pub(super) async fn follow_home(&self, manner: Manner, home: i32) -> Result<(), CallError> {
        if manner.dc != Dc::Home {
            return Err(CallError::Refused(moved_to(home)));
        }
        if !manner.logging_in {
            match self.carry_authorization(home, self.times_carried(home)).await {
                Err(e @ (CallError::Closed | CallError::Store(_))) => return Err(e),
                Err(e) => tracing::warn!(error = %e, home, "the authorization could not be taken along"),
                Ok(()) => {}
            }
        }
        self.move_home(home).await
    }
}

fn moved_to(home: i32) -> RpcError {
    RpcError {
        code: 303,
        name: "USER_MIGRATE".to_owned(),
        value: u32::try_from(home).ok(),
        caused_by: None,
    }
}
