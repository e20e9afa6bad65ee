//! AWS Key Management Service. How keys are kept: `docs/decisions/0007-kms.md`.

mod address;
mod alias;
mod aws_managed;
mod ciphertext;
mod condition_keys;
mod data_key;
mod deletion;
mod encrypt;
mod encryption_context;
mod faults;
mod grant;
mod grant_token;
mod granting;
mod import;
mod key;
mod key_policy;
mod key_state;
mod kms_key;
mod limits;
mod mac;
mod material;
mod metadata;
mod multi_region;
mod paging;
mod records;
mod rotation;
mod shared_secret;
mod sign;
mod spec;
mod tags;
mod target;
mod usage;
mod wrapping;

use kernel::{Service, route};

pub static SERVICE: Service = Service {
    model: &kms_api::MODEL,
    operations: || {
        vec![
            route(alias::create_alias),
            route(alias::delete_alias),
            route(alias::list_aliases),
            route(alias::update_alias),
            route(data_key::generate_data_key),
            route(data_key::generate_data_key_pair),
            route(data_key::generate_data_key_pair_without_plaintext),
            route(data_key::generate_data_key_without_plaintext),
            route(data_key::generate_random),
            route(deletion::cancel_key_deletion),
            route(deletion::schedule_key_deletion),
            route(encrypt::decrypt),
            route(encrypt::encrypt),
            route(encrypt::re_encrypt),
            route(grant::create_grant),
            route(grant::list_grants),
            route(grant::list_retirable_grants),
            route(grant::retire_grant),
            route(grant::revoke_grant),
            route(import::delete_imported_key_material),
            route(import::get_parameters_for_import),
            route(import::import_key_material),
            route(key::create_key),
            route(key::describe_key),
            route(key::list_keys),
            route(key::update_key_description),
            route(key_policy::get_key_policy),
            route(key_policy::list_key_policies),
            route(key_policy::put_key_policy),
            route(key_state::disable_key),
            route(key_state::enable_key),
            route(mac::generate_mac),
            route(mac::verify_mac),
            route(multi_region::replicate_key),
            route(multi_region::update_primary_region),
            route(rotation::disable_key_rotation),
            route(rotation::enable_key_rotation),
            route(rotation::get_key_rotation_status),
            route(rotation::list_key_rotations),
            route(rotation::rotate_key_on_demand),
            route(shared_secret::derive_shared_secret),
            route(sign::get_public_key),
            route(sign::sign),
            route(sign::verify),
            route(tags::list_resource_tags),
            route(tags::tag_resource),
            route(tags::untag_resource),
            route(usage::get_key_last_usage),
        ]
    },
    target: target::target,
    timers: &[deletion::TIMER, import::TIMER, rotation::TIMER],
    // Nothing secret of a request is in its event: texts and ciphertexts are left out (developer guide, "Logging AWS KMS API
    // calls").
    hidden: &["CiphertextBlob", "EncryptedKeyMaterial", "ImportToken", "Mac", "Message", "Plaintext", "Signature"],
    // "AWS KMS records all of its operations as management events."
    data_events: &[],
    posted_to: None,
    accepts: None,
    edge: None,
    judges_values: false,
    max_body: 1 << 20,
};
