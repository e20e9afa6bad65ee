//! AWS Organizations.

mod access;
mod access_role;
mod account;
mod attachment;
mod creation;
mod delegated_administrator;
mod document;
mod effective;
mod faults;
mod feature_set;
mod handshake;
mod ids;
mod invitation;
mod limits;
mod merge;
mod node;
mod organization;
mod page;
mod policy;
mod resource_policy;
mod root;
mod service_access;
mod tags;
mod target;
mod unit;
mod values;

use kernel::{Service, route};

pub static SERVICE: Service = Service {
    model: &organizations_api::MODEL,
    operations: || {
        vec![
            route(account::close_account),
            route(account::describe_account),
            route(account::leave_organization),
            route(account::list_accounts),
            route(account::list_accounts_for_parent),
            route(account::move_account),
            route(account::remove_account_from_organization),
            route(attachment::attach_policy),
            route(attachment::detach_policy),
            route(attachment::list_policies_for_target),
            route(attachment::list_targets_for_policy),
            route(creation::create_account),
            route(creation::describe_create_account_status),
            route(creation::list_create_account_status),
            route(delegated_administrator::deregister_delegated_administrator),
            route(delegated_administrator::list_delegated_administrators),
            route(delegated_administrator::list_delegated_services_for_account),
            route(delegated_administrator::register_delegated_administrator),
            route(effective::describe_effective_policy),
            route(effective::list_accounts_with_invalid_effective_policy),
            route(effective::list_effective_policy_validation_errors),
            route(feature_set::enable_all_features),
            route(handshake::accept_handshake),
            route(handshake::cancel_handshake),
            route(handshake::decline_handshake),
            route(handshake::describe_handshake),
            route(handshake::list_handshakes_for_account),
            route(handshake::list_handshakes_for_organization),
            route(invitation::invite_account_to_organization),
            route(node::list_children),
            route(node::list_parents),
            route(organization::create_organization),
            route(organization::delete_organization),
            route(organization::describe_organization),
            route(policy::create_policy),
            route(policy::delete_policy),
            route(policy::describe_policy),
            route(policy::list_policies),
            route(policy::update_policy),
            route(resource_policy::delete_resource_policy),
            route(resource_policy::describe_resource_policy),
            route(resource_policy::put_resource_policy),
            route(root::disable_policy_type),
            route(root::enable_policy_type),
            route(root::list_roots),
            route(service_access::disable_aws_service_access),
            route(service_access::enable_aws_service_access),
            route(service_access::list_aws_service_access_for_organization),
            route(tags::list_tags_for_resource),
            route(tags::tag_resource),
            route(tags::untag_resource),
            route(unit::create_organizational_unit),
            route(unit::delete_organizational_unit),
            route(unit::describe_organizational_unit),
            route(unit::list_organizational_units_for_parent),
            route(unit::update_organizational_unit),
        ]
    },
    target: target::target,
    timers: &[account::CLOSE, account::FORGET, creation::TIMER, handshake::EXPIRE, handshake::FORGET],
    hidden: &[],
    data_events: &[],
    posted_to: None,
    accepts: None,
    edge: None,
    // Its violations have reasons: see `values`.
    judges_values: true,
    max_body: 1 << 20,
};
