//! The credential report: every user and the state of its credentials, as CSV (IAM user guide, "Generate credential reports
//! for your AWS account").

use crate::{
    keys,
    records::{LoginProfileRecord, ReportRecord, SigningCertificateRecord},
    rows, user,
};
use bytes::Bytes;
use iam_api::*;
use identity::{AccessKeyRecord, Entity, IamKeys, PasswordPolicyRecord, UserRecord, access_key};
use kernel::{
    Cx, Result,
    record::Record,
    store::{BlobId, INLINE_BLOB, Rows, Snapshot},
    used,
};
use wire::{TimeFormat, Timestamp, common};

/// The user guide has one more, of more than two keys or certificates; reports that users show do not.
const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
cert_1_last_rotated,cert_2_active,cert_2_last_rotated";
/// "You can generate a credential report as often as once every four hours", in microseconds.
const FOUR_HOURS: i64 = 4 * 3_600 * 1_000_000;
const DAY: i64 = 86_400 * 1_000_000;
/// Bytes of a blob that one call reads.
const PIECE: u64 = 1 << 20;

const NONE: &str = "N/A";

fn fresh(report: &ReportRecord, now: Timestamp) -> bool {
    now.0 < report.generated.0 + FOUR_HOURS
}

/// Makes a report where there is none of the past four hours. It is made at once, so what begins is complete at the next
/// call.
pub async fn generate_credential_report(
    cx: Cx,
    _: GenerateCredentialReportInput,
) -> Result<GenerateCredentialReportOutput> {
    let row = keys::credential_report(&IamKeys::of(cx.account()));
    let now = cx.now();
    let state = |state, description: Option<&str>| {
        Ok(GenerateCredentialReportOutput { state: Some(state), description: description.map(str::to_owned) })
    };
    let newest: Option<ReportRecord> = cx.read().record(&row).await?;
    if newest.is_some_and(|report| fresh(&report, now)) {
        return state(ReportStateType::Complete, None);
    }
    let content: Bytes = content(&cx).await?.into();
    let mut report = ReportRecord { generated: now, length: content.len() as u64, ..ReportRecord::default() };
    if content.len() <= INLINE_BLOB {
        report.content = content;
    } else {
        let id = BlobId(cx.cloud().ids().u128());
        cx.cloud().blobs().put(id, &[content]).await?;
        report.blob = Some(id.0);
    }
    let kept = cx
        .write(async |tx| {
            let old: Option<ReportRecord> = tx.read(&row).await?;
            // Of two made at once the first stays: it may be read already.
            let kept = old.as_ref().is_none_or(|old| !fresh(old, now));
            if let Some(id) = if kept { old.and_then(|old| old.blob) } else { report.blob } {
                tx.drop_blob(BlobId(id));
            }
            if kept {
                if let Some(id) = report.blob {
                    tx.keep_blob(BlobId(id));
                }
                tx.put(row.clone(), report.encode());
            }
            Ok(kept)
        })
        .await?;
    match kept {
        true => state(ReportStateType::Started, Some("No report exists. Starting a new report generation task")),
        false => state(ReportStateType::Complete, None),
    }
}

pub async fn get_credential_report(cx: Cx, _: GetCredentialReportInput) -> Result<GetCredentialReportOutput> {
    let row = keys::credential_report(&IamKeys::of(cx.account()));
    // The word for what is missing is AWS's; for what is old it is a guess.
    let Some(report) = cx.read().record::<ReportRecord>(&row).await? else {
        return Err(fault::credential_report_not_present_exception("Unknown"));
    };
    if !fresh(&report, cx.now()) {
        return Err(fault::credential_report_expired_exception("Unknown"));
    }
    let mut content = report.content.to_vec();
    while let Some(id) = report.blob.filter(|_| (content.len() as u64) < report.length) {
        let at = content.len() as u64;
        let piece = cx.cloud().blobs().read(BlobId(id), at, report.length.min(at + PIECE)).await?;
        match piece.filter(|piece| !piece.is_empty()) {
            Some(piece) => content.extend_from_slice(&piece),
            None => return Err(common::internal_failure("the credential report's content is gone")),
        }
    }
    Ok(GetCredentialReportOutput {
        content: Some(content.into()),
        report_format: Some(ReportFormatType::TextCsv),
        generated_time: Some(rows::seconds(report.generated)),
    })
}

/// The report's instants: `2026-01-01T00:00:00+00:00`.
fn time(at: Timestamp) -> String {
    rows::seconds(at).format(TimeFormat::Iso8601).replace('Z', "+00:00")
}

fn truth(value: bool) -> String {
    if value { "true" } else { "false" }.to_owned()
}

async fn content(cx: &Cx) -> Result<String> {
    let keys = IamKeys::of(cx.account());
    let snapshot = cx.read();
    let policy: Option<PasswordPolicyRecord> = snapshot.record(&keys.password_policy()).await?;
    let max_age = policy.map_or(0, |policy| policy.max_age as i64);
    let root = user::root(cx, &keys).await?;
    let mut lines = vec![HEADER.to_owned()];
    let supported = ["not_supported", "no_information", "not_supported", "not_supported"].map(str::to_owned);
    lines.push(
        line(&*snapshot, &keys, "", ["<root_account>".into(), root.arn, time(root.create_date)], supported).await?,
    );
    for (_, user) in snapshot.records::<UserRecord>(&keys.entities(Entity::User)).await? {
        let profile: Option<LoginProfileRecord> = snapshot.record(&keys::login_profile(&keys, &user.name)).await?;
        let password = match &profile {
            None => ["false", NONE, NONE, NONE].map(str::to_owned),
            Some(profile) => [
                "true".to_owned(),
                // Of the last use: there is no console to use it with.
                "no_information".to_owned(),
                time(profile.changed),
                if max_age > 0 { time(Timestamp(profile.changed.0 + max_age * DAY)) } else { NONE.to_owned() },
            ],
        };
        let shown = user::listed(cx, &user);
        let who = [user.name.clone(), shown.arn, time(user.created)];
        lines.push(line(&*snapshot, &keys, &user.name, who, password).await?);
    }
    Ok(lines.join("\n"))
}

/// One user's line. Names and ARNs may have commas, which are kept within quotes.
async fn line(
    snapshot: &dyn Snapshot,
    keys: &IamKeys,
    user: &str,
    who: [String; 3],
    password: [String; 4],
) -> Result<String> {
    let mut fields: Vec<String> = who.into_iter().chain(password).collect();
    fields.push(truth(snapshot.count(&keys.mfa_devices_of(user)).await? > 0));
    let mut access_keys = Vec::new();
    for id in snapshot.names(&keys.access_keys_of(user)).await? {
        if let Some(key) = snapshot.record::<AccessKeyRecord>(&access_key(&id)).await? {
            access_keys.push((id, key));
        }
    }
    // A guess: the older is the first, whatever their ids.
    access_keys.sort_by_key(|(_, key)| key.created);
    for index in 0..2 {
        let Some((id, key)) = access_keys.get(index) else {
            fields.extend(["false", NONE, NONE, NONE, NONE].map(str::to_owned));
            continue;
        };
        let last: Option<used::LastUse> = snapshot.record(&used::key(id)).await?;
        let of_use = |part: fn(&used::LastUse) -> String| last.as_ref().map_or_else(|| NONE.to_owned(), part);
        fields.extend([
            truth(!key.inactive),
            time(key.created),
            of_use(|last| time(last.at)),
            of_use(|last| last.region.clone()),
            of_use(|last| last.service.clone()),
        ]);
    }
    let mut certificates = Vec::new();
    let of_user = keys::signing_certificates_of(keys, user);
    for (_, certificate) in snapshot.records::<SigningCertificateRecord>(&of_user).await? {
        certificates.push((certificate.uploaded, certificate.inactive));
    }
    // Those out of use first, as reports that users show have them.
    certificates.sort_by_key(|(uploaded, inactive)| (!inactive, *uploaded));
    for index in 0..2 {
        let found = certificates.get(index);
        fields.push(truth(found.is_some_and(|(_, inactive)| !inactive)));
        fields.push(found.map_or_else(|| NONE.to_owned(), |(uploaded, _)| time(*uploaded)));
    }
    let quoted = |field: &String| if field.contains(',') { format!("\"{field}\"") } else { field.clone() };
    Ok(fields.iter().map(quoted).collect::<Vec<_>>().join(","))
}
