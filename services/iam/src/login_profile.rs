//! Users' passwords for the console.

use crate::{
    caller::{Owner, no_name},
    keys, password,
    records::LoginProfileRecord,
    rows, user,
};
use iam_api::*;
use identity::{IamKeys, UserRecord, changed};
use kernel::{
    Cx, Result,
    record::Record,
    store::{Rows, Txn},
};
use wire::{Fault, common};

/// The user whose password it is. The root user has none that this API would change: "When you make this request with
/// root user credentials, you must use an AssumeRoot session to omit the user name".
fn named(cx: &Cx, name: Option<String>) -> Result<String> {
    match Owner::named_or_caller(cx, name)? {
        Owner::User(name) => Ok(name),
        Owner::Root => Err(no_name()),
    }
}

fn no_profile(user: &str) -> Fault {
    fault::no_such_entity_exception(format!("Login Profile for User {user} cannot be found."))
}

async fn get(tx: &mut Txn, keys: &IamKeys, name: &str) -> Result<(UserRecord, LoginProfileRecord)> {
    let user = user::get(tx, keys, name).await?;
    let profile = tx.read(&keys::login_profile(keys, name)).await?.ok_or_else(|| no_profile(name))?;
    Ok((user, profile))
}

fn shown(user: &UserRecord, profile: &LoginProfileRecord) -> LoginProfile {
    LoginProfile {
        user_name: user.name.clone(),
        create_date: profile.created,
        password_reset_required: Some(profile.reset_required),
    }
}

pub async fn create_login_profile(cx: Cx, input: CreateLoginProfileInput) -> Result<CreateLoginProfileOutput> {
    let name = named(&cx, input.user_name)?;
    let Some(secret) = input.password else {
        return Err(common::validation_error(
            "1 validation error detected: Value null at 'password' failed to satisfy constraint: Member must not be null",
        ));
    };
    let now = rows::seconds(cx.now());
    let keys = IamKeys::of(cx.account());
    let login_profile = cx
        .write(async |tx| {
            let user = user::get(tx, &keys, &name).await?;
            let row = keys::login_profile(&keys, &name);
            if tx.get(&row).await?.is_some() {
                return Err(fault::entity_already_exists_exception(format!(
                    "Login Profile for user {} already exists.",
                    user.name
                )));
            }
            let mut profile = password::new_profile(&cx, now)?;
            profile.reset_required = input.password_reset_required.unwrap_or(false);
            password::set(tx, &keys, &user.name, &mut profile, &secret, now).await?;
            tx.put(row, profile.encode());
            changed(tx);
            Ok(shown(&user, &profile))
        })
        .await?;
    Ok(CreateLoginProfileOutput { login_profile })
}

pub async fn get_login_profile(cx: Cx, input: GetLoginProfileInput) -> Result<GetLoginProfileOutput> {
    let name = named(&cx, input.user_name)?;
    let keys = IamKeys::of(cx.account());
    let snapshot = cx.read();
    let user = user::find(&*snapshot, &keys, &name).await?;
    let profile = snapshot.record(&keys::login_profile(&keys, &name)).await?;
    let profile = profile.ok_or_else(|| no_profile(&name))?;
    Ok(GetLoginProfileOutput { login_profile: shown(&user, &profile) })
}

/// Without a password, only what must happen at the next sign-in changes.
pub async fn update_login_profile(cx: Cx, input: UpdateLoginProfileInput) -> Result<UpdateLoginProfileOutput> {
    let now = rows::seconds(cx.now());
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        let (user, mut profile) = get(tx, &keys, &input.user_name).await?;
        if let Some(secret) = &input.password {
            password::set(tx, &keys, &user.name, &mut profile, secret, now).await?;
        }
        profile.reset_required = input.password_reset_required.unwrap_or(profile.reset_required);
        tx.put(keys::login_profile(&keys, &user.name), profile.encode());
        changed(tx);
        Ok(())
    })
    .await?;
    Ok(UpdateLoginProfileOutput {})
}

pub async fn delete_login_profile(cx: Cx, input: DeleteLoginProfileInput) -> Result<DeleteLoginProfileOutput> {
    let name = named(&cx, input.user_name)?;
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        get(tx, &keys, &name).await?;
        tx.delete(keys::login_profile(&keys, &name));
        changed(tx);
        Ok(())
    })
    .await?;
    Ok(DeleteLoginProfileOutput {})
}

/// By the user itself. An expired password is no obstacle, even where the policy has `HardExpiry`: "IAM users with
/// iam:ChangePassword permission and active access keys can reset their own expired console password using the CLI or API".
pub async fn change_password(cx: Cx, input: ChangePasswordInput) -> Result<ChangePasswordOutput> {
    let Some(caller) = cx.caller().user() else {
        return Err(fault::invalid_user_type_exception("Only IAM Users can change their own password"));
    };
    let now = rows::seconds(cx.now());
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        let (user, mut profile) = get(tx, &keys, &caller.name).await?;
        if !password::is(&profile, &input.old_password) {
            // A guess at the code; the model names none for it.
            return Err(common::access_denied("The old password was incorrect."));
        }
        password::set(tx, &keys, &user.name, &mut profile, &input.new_password, now).await?;
        profile.reset_required = false;
        tx.put(keys::login_profile(&keys, &user.name), profile.encode());
        changed(tx);
        Ok(())
    })
    .await?;
    Ok(ChangePasswordOutput {})
}
