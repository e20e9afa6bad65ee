//! AWS Identity and Access Management.

mod access_key;
mod account_alias;
mod boundary;
mod caller;
mod group;
mod keys;
mod login_profile;
mod mfa_assignment;
mod mfa_device;
mod names;
mod paging;
mod password;
mod password_policy;
mod pem;
mod png;
mod quota;
mod records;
mod rename;
mod rows;
mod ssh;
mod ssh_key;
mod tags;
mod target;
mod user;

use kernel::{Service, route};

pub static SERVICE: Service = Service {
    model: &iam_api::MODEL,
    // One line per operation, grouped by file.
    operations: || {
        vec![
            route(access_key::create_access_key),
            route(access_key::delete_access_key),
            route(access_key::get_access_key_last_used),
            route(access_key::list_access_keys),
            route(access_key::update_access_key),
            route(account_alias::create_account_alias),
            route(account_alias::delete_account_alias),
            route(account_alias::list_account_aliases),
            route(group::add_user_to_group),
            route(group::create_group),
            route(group::delete_group),
            route(group::get_group),
            route(group::list_groups),
            route(group::list_groups_for_user),
            route(group::remove_user_from_group),
            route(group::update_group),
            route(login_profile::change_password),
            route(login_profile::create_login_profile),
            route(login_profile::delete_login_profile),
            route(login_profile::get_login_profile),
            route(login_profile::update_login_profile),
            route(mfa_assignment::deactivate_mfa_device),
            route(mfa_assignment::enable_mfa_device),
            route(mfa_assignment::resync_mfa_device),
            route(mfa_device::create_virtual_mfa_device),
            route(mfa_device::delete_virtual_mfa_device),
            route(mfa_device::get_mfa_device),
            route(mfa_device::list_mfa_device_tags),
            route(mfa_device::list_mfa_devices),
            route(mfa_device::list_virtual_mfa_devices),
            route(mfa_device::tag_mfa_device),
            route(mfa_device::untag_mfa_device),
            route(password_policy::delete_account_password_policy),
            route(password_policy::get_account_password_policy),
            route(password_policy::update_account_password_policy),
            route(ssh_key::delete_ssh_public_key),
            route(ssh_key::get_ssh_public_key),
            route(ssh_key::list_ssh_public_keys),
            route(ssh_key::update_ssh_public_key),
            route(ssh_key::upload_ssh_public_key),
            route(user::create_user),
            route(user::delete_user),
            route(user::get_user),
            route(user::list_user_tags),
            route(user::list_users),
            route(user::tag_user),
            route(user::untag_user),
            route(user::update_user),
        ]
    },
    target: target::target,
    timers: &[],
    hidden: &["AuthenticationCode1", "AuthenticationCode2"],
    judges_values: false,
    max_body: 1 << 20,
};
