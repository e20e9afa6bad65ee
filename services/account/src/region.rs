//! The Regions that an account may use.

use crate::{
    faults::{conflict, invalid, too_many_requests},
    subject::subject,
};
use account_api::{RegionOptStatus as Status, *};
use kernel::{
    AccountId, Cx, Result, paging,
    record::Record,
    store::{Key, Rows, Txn},
};
use wire::Timestamp;

kernel::record! {
    /// A Region that was opted in to, or out of again.
    struct RegionRecord {
        1 enabled: bool,
        /// When that is, or was, done.
        2 settled: Timestamp,
    }
}

/// "This process takes a few minutes for most accounts": here it takes five seconds, in microseconds.
const CHANGE: i64 = 5_000_000;
/// Changes of an account at once (Account Management reference guide, "Quotas").
const CHANGES: usize = 6;
const PAGE: usize = 50;

/// Reference guide, "AWS Regions": those of the `aws` partition, in their order, and whether one must opt in.
const REGIONS: [(&str, bool); 34] = [
    ("af-south-1", true),
    ("ap-east-1", true),
    ("ap-east-2", true),
    ("ap-northeast-1", false),
    ("ap-northeast-2", false),
    ("ap-northeast-3", false),
    ("ap-south-1", false),
    ("ap-south-2", true),
    ("ap-southeast-1", false),
    ("ap-southeast-2", false),
    ("ap-southeast-3", true),
    ("ap-southeast-4", true),
    ("ap-southeast-5", true),
    ("ap-southeast-6", true),
    ("ap-southeast-7", true),
    ("ca-central-1", false),
    ("ca-west-1", true),
    ("eu-central-1", false),
    ("eu-central-2", true),
    ("eu-north-1", false),
    ("eu-south-1", true),
    ("eu-south-2", true),
    ("eu-west-1", false),
    ("eu-west-2", false),
    ("eu-west-3", false),
    ("il-central-1", true),
    ("me-central-1", true),
    ("me-south-1", true),
    ("mx-central-1", true),
    ("sa-east-1", false),
    ("us-east-1", false),
    ("us-east-2", false),
    ("us-west-1", false),
    ("us-west-2", false),
];

/// Keys: (account, `global`, `account`, `region`, name).
fn keys(account: AccountId) -> Key {
    Key::new().number(account.0).text("global").text("account").text("region")
}

/// What a record comes to at an instant: the change settles by itself.
fn status(record: Option<RegionRecord>, now: Timestamp) -> Status {
    let record = record.unwrap_or_default();
    match (record.enabled, now < record.settled) {
        (true, true) => Status::Enabling,
        (true, false) => Status::Enabled,
        (false, true) => Status::Disabling,
        (false, false) => Status::Disabled,
    }
}

async fn status_of(tx: &mut Txn, account: AccountId, name: &str, opt_in: bool, now: Timestamp) -> Result<Status> {
    if !opt_in {
        return Ok(Status::EnabledByDefault);
    }
    Ok(status(tx.read(&keys(account).text(name)).await?, now))
}

fn known(name: &str) -> Result<bool> {
    let known = REGIONS.iter().find(|(known, _)| *known == name);
    known.map(|(_, opt_in)| *opt_in).ok_or_else(|| {
        let message = format!("The Region {name} is not a valid Region.");
        invalid(ValidationExceptionReason::InvalidRegionOptTarget, "regionName", message)
    })
}

/// Opts in or out. What is so already, or is becoming so, stays as it is.
async fn change(cx: &Cx, action: &str, account: Option<&str>, name: &str, enabled: bool) -> Result<()> {
    cx.write(async |tx| {
        let account = subject(cx, tx, action, account).await?.account();
        if !known(name)? {
            let message = format!("The Region {name} is enabled by default and can't be enabled or disabled.");
            return Err(invalid(ValidationExceptionReason::InvalidRegionOptTarget, "regionName", message));
        }
        let now = cx.now();
        match (status_of(tx, account, name, true, now).await?, enabled) {
            (Status::Enabled | Status::Enabling, true) | (Status::Disabled | Status::Disabling, false) => return Ok(()),
            (status @ (Status::Enabling | Status::Disabling), _) => {
                return Err(conflict(format!("The Region {name} is currently in the status {status}.")));
            }
            _ => {}
        }
        let all = tx.records::<RegionRecord>(&keys(account)).await?;
        if all.iter().filter(|(_, record)| now < record.settled).count() >= CHANGES {
            return Err(too_many_requests("The account has too many Region opt requests in progress."));
        }
        let record = RegionRecord { enabled, settled: Timestamp(now.0 + CHANGE) };
        tx.put(keys(account).text(name), record.encode());
        // Two changes at once see each other in this row.
        let guard = keys(account);
        tx.get(&guard).await?;
        tx.put(guard, now.0.to_be_bytes().to_vec());
        Ok(())
    })
    .await
}

pub async fn enable_region(cx: Cx, input: EnableRegionInput) -> Result<EnableRegionOutput> {
    change(&cx, "account:EnableRegion", input.account_id.as_deref(), &input.region_name, true).await?;
    Ok(EnableRegionOutput {})
}

pub async fn disable_region(cx: Cx, input: DisableRegionInput) -> Result<DisableRegionOutput> {
    change(&cx, "account:DisableRegion", input.account_id.as_deref(), &input.region_name, false).await?;
    Ok(DisableRegionOutput {})
}

pub async fn get_region_opt_status(cx: Cx, input: GetRegionOptStatusInput) -> Result<GetRegionOptStatusOutput> {
    cx.write(async |tx| {
        let account = subject(&cx, tx, "account:GetRegionOptStatus", input.account_id.as_deref()).await?;
        let opt_in = known(&input.region_name)?;
        let status = status_of(tx, account.account(), &input.region_name, opt_in, cx.now()).await?;
        Ok(GetRegionOptStatusOutput { region_name: Some(input.region_name.clone()), region_opt_status: Some(status) })
    })
    .await
}

/// The name after which the next page begins.
fn last(token: &str) -> Result<String> {
    paging::named_text(token).ok_or_else(|| {
        invalid(ValidationExceptionReason::FieldValidationFailed, "nextToken", "The NextToken is not valid.")
    })
}

pub async fn list_regions(cx: Cx, input: ListRegionsInput) -> Result<ListRegionsOutput> {
    let after = input.next_token.as_deref().map(last).transpose()?;
    let after = after.as_ref().map(String::as_bytes);
    let most = input.max_results.map_or(PAGE, |most| most as usize);
    cx.write(async |tx| {
        let account = subject(&cx, tx, "account:ListRegions", input.account_id.as_deref()).await?;
        let mut regions = Vec::new();
        for (name, opt_in) in REGIONS {
            let status = status_of(tx, account.account(), name, opt_in, cx.now()).await?;
            if input.region_opt_status_contains.as_ref().is_none_or(|wanted| wanted.contains(&status)) {
                regions.push((name, status));
            }
        }
        let (regions, next_token) = paging::cut(regions, after, most, |(name, _)| name.as_bytes());
        let shape = |(name, status): (&str, Status)| Region {
            region_name: Some(name.to_owned()),
            region_opt_status: Some(status),
        };
        Ok(ListRegionsOutput { next_token, regions: Some(regions.into_iter().map(shape).collect()) })
    })
    .await
}
