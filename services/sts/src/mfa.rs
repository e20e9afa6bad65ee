//! The second factor that comes with a call.

use identity::{IamKeys, MfaDeviceRecord, folded, totp};
use kernel::{
    Arn, CallerKind, Cx, Result,
    record::Record,
    store::{Key, Txn},
};
use wire::{Fault, common};

/// What a caller says its device shows. All sentences here are as users report them.
#[derive(Clone, Debug)]
pub struct Factor {
    serial: String,
    code: String,
}

impl Factor {
    /// Both members or none.
    pub fn of(serial: Option<String>, code: Option<String>) -> Result<Option<Factor>> {
        match (serial, code) {
            (None, None) => Ok(None),
            (Some(serial), Some(code)) => Ok(Some(Factor { serial, code })),
            _ => Err(common::access_denied(
                "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
            )),
        }
    }

    /// Whether the code is right, without using it up.
    pub async fn check(&self, cx: &Cx) -> Result<()> {
        let row = self.row(cx)?;
        let found = cx.cloud().engine().latest().get(&row).await?;
        self.accept(cx, found.as_ref().map(|row| &*row.value)).map(drop)
    }

    /// Uses the code up, in the commit that it is for.
    pub async fn spend(&self, cx: &Cx, tx: &mut Txn) -> Result<()> {
        let row = self.row(cx)?;
        let device = self.accept(cx, tx.get(&row).await?.as_deref())?;
        tx.put(row, device.encode());
        Ok(())
    }

    fn row(&self, cx: &Cx) -> Result<Key> {
        let own = Arn::parse(&self.serial).is_some_and(|arn| arn.account_id() == Some(cx.caller().account));
        let row = IamKeys::of(cx.caller().account).mfa_device_of(&self.serial).filter(|_| own);
        row.ok_or_else(not_yours)
    }

    fn accept(&self, cx: &Cx, row: Option<&[u8]>) -> Result<MfaDeviceRecord> {
        let owner = match &cx.caller().kind {
            CallerKind::User(who) => who.name.as_str(),
            CallerKind::Root => "",
            _ => return Err(not_yours()),
        };
        let mut device = row.and_then(MfaDeviceRecord::decode).ok_or_else(not_yours)?;
        if device.enabled.is_none() || folded(&device.user) != folded(owner) {
            return Err(not_yours());
        }
        match totp::accept(&mut device, &self.code, cx.now()) {
            true => Ok(device),
            false => {
                Err(common::access_denied("MultiFactorAuthentication failed with invalid MFA one time pass code."))
            }
        }
    }
}

fn not_yours() -> Fault {
    common::access_denied(
        "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid \
         and associated with this user.",
    )
}
