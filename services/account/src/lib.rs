//! AWS Account Management.

mod alternate_contact;
mod contact;
mod faults;
mod information;
mod primary_email;
mod region;
mod subject;
mod target;

use kernel::{Service, route};

pub static SERVICE: Service = Service {
    model: &account_api::MODEL,
    operations: || {
        vec![
            route(alternate_contact::delete_alternate_contact),
            route(alternate_contact::get_alternate_contact),
            route(alternate_contact::put_alternate_contact),
            route(contact::get_contact_information),
            route(contact::put_contact_information),
            route(information::get_account_information),
            route(information::get_gov_cloud_account_information),
            route(information::put_account_name),
            route(primary_email::accept_primary_email_update),
            route(primary_email::get_primary_email),
            route(primary_email::start_primary_email_update),
            route(region::disable_region),
            route(region::enable_region),
            route(region::get_region_opt_status),
            route(region::list_regions),
        ]
    },
    target: target::target,
    timers: &[],
    hidden: &[],
    data_events: &[],
    posted_to: None,
    accepts: None,
    edge: None,
    judges_values: false,
    max_body: 1 << 20,
};
