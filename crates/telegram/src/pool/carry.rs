//! Our authorization in foreign data centres: where files lie.

use std::sync::PoisonError;

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
        let exported = Box::pin(self.call_for(Purpose::Media, CallClass::Metadata, &export)).await?;
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
}
