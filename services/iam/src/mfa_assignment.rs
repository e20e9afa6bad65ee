//! Giving MFA devices to users, taking them away, and finding a device whose clock went astray.

use crate::{caller::Owner, mfa_device, quota, rows};
use iam_api::*;
use identity::{IamKeys, MfaDeviceRecord, changed, folded, totp};
use kernel::{
    Cx, Result,
    record::Record,
    store::{Key, Txn},
};
use wire::Fault;

fn invalid_code() -> Fault {
    fault::invalid_authentication_code_exception("Authentication code for device is not valid.")
}

/// Two codes in a row prove that the user has the device.
pub async fn enable_mfa_device(cx: Cx, input: EnableMFADeviceInput) -> Result<EnableMFADeviceOutput> {
    let keys = IamKeys::of(cx.account());
    let now = cx.now();
    let serial = &input.serial_number;
    cx.write(async |tx| {
        let owner = Owner::of_device(&cx, tx, &keys, &input.user_name).await?;
        let name = owner.check(tx, &keys).await?;
        let row = mfa_device::row(&cx, &keys, serial)?;
        let mut device = mfa_device::get(tx, &row, serial).await?;
        if device.enabled.is_some() {
            return Err(fault::entity_already_exists_exception("MFA Device is already in use."));
        }
        let devices = keys.mfa_devices_of(&name);
        quota::MFA_DEVICES_PER_USER.check(tx, &owner.guard(&keys), &devices).await?;
        if !totp::synchronise(&mut device, &input.authentication_code1, &input.authentication_code2, now) {
            return Err(invalid_code());
        }
        device.user = name;
        device.enabled = Some(rows::seconds(now));
        tx.put(row, device.encode());
        tx.put(devices.text(serial), Vec::new());
        changed(tx);
        Ok(())
    })
    .await?;
    Ok(EnableMFADeviceOutput {})
}

/// A device of this owner, and its row.
async fn get(tx: &mut Txn, cx: &Cx, keys: &IamKeys, owner: &Owner, serial: &str) -> Result<(Key, MfaDeviceRecord)> {
    owner.check(tx, keys).await?;
    let row = mfa_device::row(cx, keys, serial)?;
    let device = mfa_device::get(tx, &row, serial).await?;
    if device.enabled.is_none() || folded(&device.user) != folded(owner.name()) {
        return Err(mfa_device::no_such_device(serial));
    }
    Ok((row, device))
}

pub async fn resync_mfa_device(cx: Cx, input: ResyncMFADeviceInput) -> Result<ResyncMFADeviceOutput> {
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        let owner = Owner::of_device(&cx, tx, &keys, &input.user_name).await?;
        let (row, mut device) = get(tx, &cx, &keys, &owner, &input.serial_number).await?;
        if !totp::synchronise(&mut device, &input.authentication_code1, &input.authentication_code2, cx.now()) {
            return Err(invalid_code());
        }
        tx.put(row, device.encode());
        Ok(())
    })
    .await?;
    Ok(ResyncMFADeviceOutput {})
}

/// The device stays, as nobody's.
pub async fn deactivate_mfa_device(cx: Cx, input: DeactivateMFADeviceInput) -> Result<DeactivateMFADeviceOutput> {
    let keys = IamKeys::of(cx.account());
    let owner = Owner::named_or_caller(&cx, input.user_name)?;
    cx.write(async |tx| {
        let (row, mut device) = get(tx, &cx, &keys, &owner, &input.serial_number).await?;
        device.enabled = None;
        device.user.clear();
        tx.put(row, device.encode());
        tx.delete(keys.mfa_devices_of(owner.name()).text(&input.serial_number));
        changed(tx);
        Ok(())
    })
    .await?;
    Ok(DeactivateMFADeviceOutput {})
}
