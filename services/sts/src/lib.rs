//! AWS Security Token Service.

mod access_key;
mod assume_role;
mod assumption;
mod authorization_message;
mod caller_identity;
mod credentials;
mod federation_token;
mod identity_provider;
mod jwt;
mod mfa;
mod patterns;
mod role;
mod root;
mod saml;
mod session_policies;
mod session_tags;
mod session_token;
mod target;
mod web_identity;
mod web_identity_token;

use kernel::{Service, route};

pub static SERVICE: Service = Service {
    model: &sts_api::MODEL,
    operations: || {
        vec![
            route(access_key::get_access_key_info),
            route(assume_role::assume_role),
            route(authorization_message::decode_authorization_message),
            route(caller_identity::get_caller_identity),
            route(federation_token::get_federation_token),
            route(root::assume_root),
            route(saml::assume_role_with_saml),
            route(session_token::get_session_token),
            route(web_identity::assume_role_with_web_identity),
            route(web_identity_token::get_web_identity_token),
        ]
    },
    target: target::target,
    timers: &[credentials::TIMER],
    hidden: &["TokenCode"],
    data_events: &[],
    posted_to: None,
    accepts: None,
    edge: None,
    judges_values: false,
    max_body: 256 * 1024,
};
