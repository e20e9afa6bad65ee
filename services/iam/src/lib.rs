//! AWS Identity and Access Management.

mod access_key;
mod boundary;
mod caller;
mod group;
mod keys;
mod mfa_assignment;
mod mfa_device;
mod names;
mod paging;
mod png;
mod quota;
mod records;
mod rename;
mod rows;
mod tags;
mod user;

use kernel::{Service, authorise, route};
use std::future::ready;

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
            route(group::add_user_to_group),
            route(group::create_group),
            route(group::delete_group),
            route(group::get_group),
            route(group::list_groups),
            route(group::list_groups_for_user),
            route(group::remove_user_from_group),
            route(group::update_group),
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
    target: |cx, operation, input| Box::pin(ready(Ok(authorise::templated(&cx, operation, input)))),
    timers: &[],
    hidden: &["AuthenticationCode1", "AuthenticationCode2"],
    judges_values: false,
    max_body: 1 << 20,
};
