//! AWS Identity and Access Management.

mod access_key;
mod account_alias;
mod account_summary;
mod boundary;
mod caller;
mod certificate;
mod credential_report;
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
mod preferences;
mod quota;
mod records;
mod rename;
mod root_access;
mod rows;
mod server_certificate;
mod service_credential;
mod signing_certificate;
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
            route(account_summary::get_account_summary),
            route(credential_report::generate_credential_report),
            route(credential_report::get_credential_report),
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
            route(preferences::disable_outbound_web_identity_federation),
            route(preferences::enable_outbound_web_identity_federation),
            route(preferences::get_outbound_web_identity_federation_info),
            route(preferences::set_security_token_service_preferences),
            route(root_access::disable_organizations_root_credentials_management),
            route(root_access::disable_organizations_root_sessions),
            route(root_access::enable_organizations_root_credentials_management),
            route(root_access::enable_organizations_root_sessions),
            route(root_access::list_organizations_features),
            route(server_certificate::delete_server_certificate),
            route(server_certificate::get_server_certificate),
            route(server_certificate::list_server_certificate_tags),
            route(server_certificate::list_server_certificates),
            route(server_certificate::tag_server_certificate),
            route(server_certificate::untag_server_certificate),
            route(server_certificate::update_server_certificate),
            route(server_certificate::upload_server_certificate),
            route(service_credential::create_service_specific_credential),
            route(service_credential::delete_service_specific_credential),
            route(service_credential::list_service_specific_credentials),
            route(service_credential::reset_service_specific_credential),
            route(service_credential::update_service_specific_credential),
            route(signing_certificate::delete_signing_certificate),
            route(signing_certificate::list_signing_certificates),
            route(signing_certificate::update_signing_certificate),
            route(signing_certificate::upload_signing_certificate),
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
    // A certificate's chain of 2 MiB, escaped.
    max_body: 8 << 20,
};
