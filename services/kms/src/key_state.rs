//! Key states, and what they let happen (developer guide, "Key states of AWS KMS keys").

use crate::{
    faults,
    kms_key::{Aliases, KmsKey},
    records::KeyRecord,
};
use kernel::{Cx, Result};
use kms_api::*;
use wire::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Enabled,
    Disabled,
    PendingDeletion,
    PendingReplicaDeletion,
    PendingImport,
}

impl State {
    pub fn of(record: &KeyRecord) -> State {
        let missing = |material: &crate::records::MaterialRecord| !material.pending && material.sealed.is_empty();
        if record.deletion != Timestamp(0) {
            State::PendingDeletion
        } else if record.deletion_window != 0 {
            State::PendingReplicaDeletion
        } else if record.materials.iter().all(|material| material.pending) || record.materials.iter().any(missing) {
            State::PendingImport
        } else if record.disabled {
            State::Disabled
        } else {
            State::Enabled
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            State::Enabled => "Enabled",
            State::Disabled => "Disabled",
            State::PendingDeletion => "PendingDeletion",
            State::PendingReplicaDeletion => "PendingReplicaDeletion",
            State::PendingImport => "PendingImport",
        }
    }

    /// In sentences.
    fn words(self) -> &'static str {
        match self {
            State::Enabled => "enabled",
            State::Disabled => "disabled",
            State::PendingDeletion => "pending deletion",
            // A guess.
            State::PendingReplicaDeletion => "pending replica deletion",
            State::PendingImport => "pending import",
        }
    }
}

impl KmsKey {
    pub fn state(&self) -> State {
        State::of(&self.record)
    }

    /// The fault of a key that is in this state, for an operation that its state does not suit.
    pub fn unsuited(&self) -> wire::Fault {
        match self.state() {
            State::Disabled => faults::disabled(&self.arn),
            state => faults::invalid_state(&self.arn, state.words()),
        }
    }

    /// For cryptography and whatever else takes an enabled key only.
    pub fn require_enabled(&self) -> Result<()> {
        match self.state() {
            State::Enabled => Ok(()),
            _ => Err(self.unsuited()),
        }
    }

    /// For the management of a key that is not going to be deleted.
    pub fn require_kept(&self) -> Result<()> {
        match self.state() {
            State::PendingDeletion | State::PendingReplicaDeletion => Err(self.unsuited()),
            _ => Ok(()),
        }
    }

    /// "You cannot perform this operation on an AWS managed key."
    pub fn require_customer_managed(&self) -> Result<()> {
        match self.managed_by.is_empty() {
            true => Ok(()),
            false => Err(faults::aws_managed(&self.arn)),
        }
    }
}

pub async fn enable_key(cx: Cx, input: EnableKeyInput) -> Result<EnableKeyOutput> {
    set_disabled(&cx, &input.key_id, false).await?;
    Ok(EnableKeyOutput {})
}

pub async fn disable_key(cx: Cx, input: DisableKeyInput) -> Result<DisableKeyOutput> {
    set_disabled(&cx, &input.key_id, true).await?;
    Ok(DisableKeyOutput {})
}

async fn set_disabled(cx: &Cx, key_id: &str, disabled: bool) -> Result<()> {
    let key = KmsKey::find(cx, key_id, Aliases::Refused).await?;
    key.require_customer_managed()?;
    key.change(cx, async |_, record| match State::of(record) {
        State::Enabled | State::Disabled => {
            record.disabled = disabled;
            Ok(())
        }
        state => Err(faults::invalid_state(&key.arn, state.words())),
    })
    .await
}
