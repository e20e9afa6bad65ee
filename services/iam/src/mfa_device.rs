//! Virtual MFA devices: creating, listing, deleting and tagging them. Whose they are is in [`crate::mfa_assignment`].

use crate::{
    caller::Owner,
    keys,
    names::{arn, check_name, path},
    paging::Paging,
    png, quota, rows,
    tags::{self, Case},
    user,
};
use data_encoding::BASE32_NOPAD;
use iam_api::*;
use identity::{IamKeys, MfaDeviceRecord, iam_arn};
use kernel::{
    Cx, Result,
    record::Record,
    store::{Key, Rows, Txn},
};
use wire::{Fault, common};

/// 64 letters of base32.
const SEED_BYTES: usize = 40;
/// What other operations take as a serial number, in characters.
const MAX_SERIAL: usize = 256;

pub fn no_such_device(serial: &str) -> Fault {
    fault::no_such_entity_exception(format!("VirtualMFADevice with serial number {serial} doesn't exist."))
}

/// The row of a serial number of the caller's account: a device's ARN to the letter, under which it is its user's too.
pub fn row(cx: &Cx, keys: &IamKeys, serial: &str) -> Result<Key> {
    let ours = serial.starts_with(&iam_arn(cx, cx.account(), "mfa/"));
    keys.mfa_device_of(serial).filter(|_| ours).ok_or_else(|| no_such_device(serial))
}

pub async fn get(tx: &mut Txn, row: &Key, serial: &str) -> Result<MfaDeviceRecord> {
    tx.read(row).await?.ok_or_else(|| no_such_device(serial))
}

pub fn serial_number(cx: &Cx, device: &MfaDeviceRecord) -> String {
    arn(cx, "mfa", &device.path, &device.name)
}

pub async fn create_virtual_mfa_device(
    cx: Cx,
    input: CreateVirtualMFADeviceInput,
) -> Result<CreateVirtualMFADeviceOutput> {
    check_name("virtualMFADeviceName", &input.virtual_mfa_device_name)?;
    let mut seed = [0; SEED_BYTES];
    let no_randomness = |error| common::internal_failure(format!("no randomness: {error}"));
    cx.cloud().ids().secret(&mut seed).map_err(no_randomness)?;
    let device = MfaDeviceRecord {
        name: input.virtual_mfa_device_name,
        path: path("path", input.path)?,
        seed: BASE32_NOPAD.encode(&seed),
        created: rows::seconds(cx.now()),
        tags: tags::of(input.tags, Case::Counts)?,
        ..MfaDeviceRecord::default()
    };
    let serial = serial_number(&cx, &device);
    if serial.chars().count() > MAX_SERIAL {
        return Err(common::validation_error(format!(
            "The path and name of the virtual MFA device make a serial number of more than {MAX_SERIAL} characters."
        )));
    }
    let keys = IamKeys::of(cx.account());
    let row = keys.mfa_device(&device.path, &device.name);
    let uri = format!("otpauth://totp/{}@{}?secret={}", device.name, account_name(&cx, &keys).await?, device.seed);
    let picture = png::qr_code(&uri).map_err(|error| common::internal_failure(format!("no QR code: {error}")))?;
    cx.write(async |tx| {
        if tx.get(&row).await?.is_some() {
            return Err(fault::entity_already_exists_exception(
                "MFADevice entity at the same path and name already exists.",
            ));
        }
        quota::MFA_DEVICES.take(tx, &keys::counter(&keys, "mfa-device")).await?;
        tx.put(row.clone(), device.encode());
        Ok(())
    })
    .await?;
    let virtual_mfa_device = VirtualMFADevice {
        serial_number: serial,
        base32_string_seed: Some(device.seed.into_bytes().into()),
        qr_code_png: Some(picture.into()),
        tags: tags::shown(&device.tags),
        ..VirtualMFADevice::default()
    };
    Ok(CreateVirtualMFADeviceOutput { virtual_mfa_device })
}

/// The `AccountName` of the QR code: the alias, or the number where there is none.
async fn account_name(cx: &Cx, keys: &IamKeys) -> Result<String> {
    let alias = cx.read().get(&keys::account_alias(keys)).await?;
    Ok(alias.map_or_else(|| cx.account().to_string(), |row| String::from_utf8_lossy(&row.value).into_owned()))
}

pub async fn delete_virtual_mfa_device(
    cx: Cx,
    input: DeleteVirtualMFADeviceInput,
) -> Result<DeleteVirtualMFADeviceOutput> {
    let keys = IamKeys::of(cx.account());
    let row = row(&cx, &keys, &input.serial_number)?;
    cx.write(async |tx| {
        if get(tx, &row, &input.serial_number).await?.enabled.is_some() {
            return Err(fault::delete_conflict_exception("MFA VirtualDevice in use. Must deactivate first."));
        }
        quota::MFA_DEVICES.give_back(tx, &keys::counter(&keys, "mfa-device")).await?;
        tx.delete(row.clone());
        Ok(())
    })
    .await?;
    Ok(DeleteVirtualMFADeviceOutput {})
}

/// "This operation does not return tags"; seeds are shown once, by the operation that makes them.
pub async fn list_virtual_mfa_devices(
    cx: Cx,
    input: ListVirtualMFADevicesInput,
) -> Result<ListVirtualMFADevicesOutput> {
    let keys = IamKeys::of(cx.account());
    let snapshot = cx.read();
    let wanted = |device: &MfaDeviceRecord| match input.assignment_status {
        Some(AssignmentStatusType::Assigned) => device.enabled.is_some(),
        Some(AssignmentStatusType::Unassigned) => device.enabled.is_none(),
        _ => true,
    };
    let page = Paging::of(input.max_items, input.marker.as_deref())?
        .rows(&*snapshot, &keys.mfa_devices(), |row| {
            let device = MfaDeviceRecord::read(&row.value)?;
            Ok(wanted(&device).then_some(device))
        })
        .await?;
    let mut found = Vec::with_capacity(page.items.len());
    for device in &page.items {
        let user = match (device.enabled, device.user.as_str()) {
            (None, _) => None,
            (Some(_), "") => Some(user::root(&cx, &keys).await?),
            (Some(_), name) => Some(user::listed(&cx, &user::find(&*snapshot, &keys, name).await?)),
        };
        found.push(VirtualMFADevice {
            serial_number: serial_number(&cx, device),
            user,
            enable_date: device.enabled,
            ..VirtualMFADevice::default()
        });
    }
    Ok(ListVirtualMFADevicesOutput {
        virtual_mfa_devices: found,
        is_truncated: page.is_truncated(),
        marker: page.marker,
    })
}

pub async fn list_mfa_devices(cx: Cx, input: ListMFADevicesInput) -> Result<ListMFADevicesOutput> {
    let keys = IamKeys::of(cx.account());
    let owner = Owner::named_or_caller(&cx, input.user_name)?;
    let user_name = owner.find(&cx, &keys).await?.map(|user| user.name).unwrap_or_default();
    let snapshot = cx.read();
    let mut devices = Vec::new();
    for serial in snapshot.names(&keys.mfa_devices_of(owner.name())).await? {
        let Some(row) = keys.mfa_device_of(&serial) else { continue };
        if let Some(device) = snapshot.record::<MfaDeviceRecord>(&row).await? {
            devices.push((serial, device));
        }
    }
    // By serial numbers: in different paths, devices may have one name.
    let page = Paging::of(input.max_items, input.marker.as_deref())?.list(devices, |(serial, _)| serial);
    let page = page.map(|(serial_number, device)| MFADevice {
        user_name: user_name.clone(),
        serial_number,
        enable_date: device.enabled.unwrap_or_default(),
    });
    Ok(ListMFADevicesOutput { is_truncated: page.is_truncated(), mfa_devices: page.items, marker: page.marker })
}

/// The documentation says that this takes FIDO security keys only, and not what it says to others; there are none here,
/// so it answers for virtual devices, which have no certifications.
pub async fn get_mfa_device(cx: Cx, input: GetMFADeviceInput) -> Result<GetMFADeviceOutput> {
    let keys = IamKeys::of(cx.account());
    let serial = input.serial_number;
    let found: Option<MfaDeviceRecord> = cx.read().record(&row(&cx, &keys, &serial)?).await?;
    let theirs = |device: &MfaDeviceRecord| {
        input.user_name.as_ref().is_none_or(|name| device.enabled.is_some() && name.eq_ignore_ascii_case(&device.user))
    };
    let device = found.filter(theirs).ok_or_else(|| no_such_device(&serial))?;
    Ok(GetMFADeviceOutput {
        user_name: (!device.user.is_empty()).then_some(device.user),
        serial_number: serial,
        enable_date: device.enabled,
        certifications: None,
    })
}

async fn retag(cx: &Cx, serial: &str, mut change: impl FnMut(&mut MfaDeviceRecord) -> Result<()>) -> Result<()> {
    let row = row(cx, &IamKeys::of(cx.account()), serial)?;
    cx.write(async |tx| {
        let mut device = get(tx, &row, serial).await?;
        change(&mut device)?;
        tx.put(row.clone(), device.encode());
        Ok(())
    })
    .await
}

pub async fn tag_mfa_device(cx: Cx, input: TagMFADeviceInput) -> Result<TagMFADeviceOutput> {
    retag(&cx, &input.serial_number, |device| tags::merge(&mut device.tags, &input.tags, Case::Counts)).await?;
    Ok(TagMFADeviceOutput {})
}

pub async fn untag_mfa_device(cx: Cx, input: UntagMFADeviceInput) -> Result<UntagMFADeviceOutput> {
    let untag = |device: &mut MfaDeviceRecord| {
        tags::remove(&mut device.tags, &input.tag_keys, Case::Counts);
        Ok(())
    };
    retag(&cx, &input.serial_number, untag).await?;
    Ok(UntagMFADeviceOutput {})
}

pub async fn list_mfa_device_tags(cx: Cx, input: ListMFADeviceTagsInput) -> Result<ListMFADeviceTagsOutput> {
    let row = row(&cx, &IamKeys::of(cx.account()), &input.serial_number)?;
    let device: Option<MfaDeviceRecord> = cx.read().record(&row).await?;
    let device = device.ok_or_else(|| no_such_device(&input.serial_number))?;
    let page = tags::page(&device.tags, input.max_items, input.marker.as_deref())?;
    Ok(ListMFADeviceTagsOutput { is_truncated: page.is_truncated(), tags: page.items, marker: page.marker })
}
