//! AWS Identity and Access Management.

mod access_key;
mod access_report;
mod account_alias;
mod account_summary;
mod attachment;
mod authorization_details;
mod boundary;
mod caller;
mod certificate;
mod context_keys;
mod credential_report;
mod document;
mod granting;
mod group;
mod inline_policy;
mod instance_profile;
mod keys;
mod last_accessed;
mod login_profile;
mod managed;
mod mfa_assignment;
mod mfa_device;
mod names;
mod oidc_provider;
mod organizations_report;
mod owner;
mod paging;
mod password;
mod password_policy;
mod pem;
mod png;
mod policy;
mod policy_list;
mod policy_version;
mod positions;
mod preferences;
mod principal_policies;
mod quota;
mod records;
mod rename;
mod role;
mod root_access;
mod rows;
mod saml_metadata;
mod saml_provider;
mod server_certificate;
mod service_credential;
mod service_linked_names;
mod service_linked_role;
mod signing_certificate;
mod simulate;
mod simulation_context;
mod simulator;
mod ssh;
mod ssh_key;
mod tags;
mod target;
mod target_kinds;
mod trust;
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
            route(attachment::attach_group_policy),
            route(attachment::attach_role_policy),
            route(attachment::attach_user_policy),
            route(attachment::detach_group_policy),
            route(attachment::detach_role_policy),
            route(attachment::detach_user_policy),
            route(attachment::list_attached_group_policies),
            route(attachment::list_attached_role_policies),
            route(attachment::list_attached_user_policies),
            route(authorization_details::get_account_authorization_details),
            route(boundary::delete_role_permissions_boundary),
            route(boundary::delete_user_permissions_boundary),
            route(boundary::put_role_permissions_boundary),
            route(boundary::put_user_permissions_boundary),
            route(credential_report::generate_credential_report),
            route(credential_report::get_credential_report),
            route(context_keys::get_context_keys_for_custom_policy),
            route(context_keys::get_context_keys_for_principal_policy),
            route(granting::list_policies_granting_service_access),
            route(group::add_user_to_group),
            route(group::create_group),
            route(group::delete_group),
            route(group::get_group),
            route(group::list_groups),
            route(group::list_groups_for_user),
            route(group::remove_user_from_group),
            route(group::update_group),
            route(inline_policy::delete_group_policy),
            route(inline_policy::delete_role_policy),
            route(inline_policy::delete_user_policy),
            route(inline_policy::get_group_policy),
            route(inline_policy::get_role_policy),
            route(inline_policy::get_user_policy),
            route(inline_policy::list_group_policies),
            route(inline_policy::list_role_policies),
            route(inline_policy::list_user_policies),
            route(inline_policy::put_group_policy),
            route(inline_policy::put_role_policy),
            route(inline_policy::put_user_policy),
            route(instance_profile::add_role_to_instance_profile),
            route(instance_profile::create_instance_profile),
            route(instance_profile::delete_instance_profile),
            route(instance_profile::get_instance_profile),
            route(instance_profile::list_instance_profile_tags),
            route(instance_profile::list_instance_profiles),
            route(instance_profile::list_instance_profiles_for_role),
            route(instance_profile::remove_role_from_instance_profile),
            route(instance_profile::tag_instance_profile),
            route(instance_profile::untag_instance_profile),
            route(last_accessed::generate_service_last_accessed_details),
            route(last_accessed::get_service_last_accessed_details),
            route(last_accessed::get_service_last_accessed_details_with_entities),
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
            route(oidc_provider::add_client_id_to_open_id_connect_provider),
            route(oidc_provider::create_open_id_connect_provider),
            route(oidc_provider::delete_open_id_connect_provider),
            route(oidc_provider::get_open_id_connect_provider),
            route(oidc_provider::list_open_id_connect_provider_tags),
            route(oidc_provider::list_open_id_connect_providers),
            route(oidc_provider::remove_client_id_from_open_id_connect_provider),
            route(oidc_provider::tag_open_id_connect_provider),
            route(oidc_provider::untag_open_id_connect_provider),
            route(oidc_provider::update_open_id_connect_provider_thumbprint),
            route(organizations_report::generate_organizations_access_report),
            route(organizations_report::get_organizations_access_report),
            route(password_policy::delete_account_password_policy),
            route(password_policy::get_account_password_policy),
            route(password_policy::update_account_password_policy),
            route(policy::create_policy),
            route(policy::delete_policy),
            route(policy::get_policy),
            route(policy::list_policy_tags),
            route(policy::tag_policy),
            route(policy::untag_policy),
            route(policy_list::list_entities_for_policy),
            route(policy_list::list_policies),
            route(policy_version::create_policy_version),
            route(policy_version::delete_policy_version),
            route(policy_version::get_policy_version),
            route(policy_version::list_policy_versions),
            route(policy_version::set_default_policy_version),
            route(preferences::disable_outbound_web_identity_federation),
            route(preferences::enable_outbound_web_identity_federation),
            route(preferences::get_outbound_web_identity_federation_info),
            route(preferences::set_security_token_service_preferences),
            route(role::create_role),
            route(role::delete_role),
            route(role::get_role),
            route(role::list_role_tags),
            route(role::list_roles),
            route(role::tag_role),
            route(role::untag_role),
            route(role::update_assume_role_policy),
            route(role::update_role),
            route(role::update_role_description),
            route(root_access::disable_organizations_root_credentials_management),
            route(root_access::disable_organizations_root_sessions),
            route(root_access::enable_organizations_root_credentials_management),
            route(root_access::enable_organizations_root_sessions),
            route(root_access::list_organizations_features),
            route(saml_provider::create_saml_provider),
            route(saml_provider::delete_saml_provider),
            route(saml_provider::get_saml_provider),
            route(saml_provider::list_saml_provider_tags),
            route(saml_provider::list_saml_providers),
            route(saml_provider::tag_saml_provider),
            route(saml_provider::untag_saml_provider),
            route(saml_provider::update_saml_provider),
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
            route(service_linked_role::create_service_linked_role),
            route(service_linked_role::delete_service_linked_role),
            route(service_linked_role::get_service_linked_role_deletion_status),
            route(signing_certificate::delete_signing_certificate),
            route(signing_certificate::list_signing_certificates),
            route(signing_certificate::update_signing_certificate),
            route(signing_certificate::upload_signing_certificate),
            route(simulate::simulate_custom_policy),
            route(simulate::simulate_principal_policy),
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
    data_events: &[],
    posted_to: None,
    accepts: None,
    edge: None,
    judges_values: false,
    // A certificate's chain of 2 MiB, escaped.
    max_body: 8 << 20,
};
