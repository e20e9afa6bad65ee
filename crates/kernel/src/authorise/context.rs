//! The values of condition keys, from the call.

use crate::{CallerKind, Cx};
use lang::policy::{Context, Values};
use std::borrow::Cow;
use wire::{Shape, TimeFormat, View};

/// AWS global condition context keys (IAM user guide), as far as a call has them.
pub(super) struct CallContext<'a> {
    pub cx: &'a Cx,
    pub tags: &'a [(String, String)],
    pub input: &'a dyn Shape,
}

fn one(text: impl Into<String>) -> Option<Values<'static>> {
    Some(Values::One(Cow::Owned(text.into())))
}

impl Context for CallContext<'_> {
    fn get(&self, key: &str) -> Option<Values<'_>> {
        let cx = self.cx;
        let caller = cx.caller();
        let (name, rest) = key.split_once('/').unwrap_or((key, ""));
        match name.to_ascii_lowercase().as_str() {
            "aws:currenttime" => one(cx.now().format(TimeFormat::Iso8601)),
            "aws:epochtime" => one(cx.now().secs().to_string()),
            "aws:securetransport" => one(cx.request().secure.to_string()),
            "aws:sourceip" => one(cx.request().source_ip?.to_canonical().to_string()),
            "aws:useragent" => one(cx.request().user_agent.as_str()),
            "aws:requestedregion" => one(cx.region().as_str()),
            "aws:resourcetag" => {
                let (_, value) = self.tags.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(rest))?;
                Some(Values::one(value))
            }
            "aws:requesttag" => one(request_tag(self.input, rest)?),
            "aws:tagkeys" => request_tag_keys(self.input),
            "aws:viaawsservice" | "aws:principalisawsservice" => {
                one(matches!(caller.kind, CallerKind::Service { .. }).to_string())
            }
            name => match &caller.kind {
                CallerKind::Root => match name {
                    "aws:principalarn" => one(caller.arn(cx.region())),
                    "aws:principalaccount" => one(caller.account.to_string()),
                    "aws:principaltype" => one("Account"),
                    "aws:userid" => one(caller.user_id()),
                    _ => None,
                },
                CallerKind::Service { principal, source_arn, source_account } => match name {
                    "aws:sourcearn" => Some(Values::one(source_arn)).filter(|_| !source_arn.is_empty()),
                    "aws:sourceaccount" => one(source_account.to_string()),
                    "aws:principalservicename" => Some(Values::one(principal)),
                    "aws:principalservicenameslist" => Some(Values::Many(vec![Cow::Borrowed(principal)])),
                    _ => None,
                },
                CallerKind::Anonymous => match name {
                    "aws:principaltype" => one("Anonymous"),
                    "aws:userid" => one("anonymous"),
                    _ => None,
                },
            },
        }
    }
}

/// The tags that a request carries: a map, or a list of keys and values, in a member called tags.
fn request_tags(input: &dyn Shape) -> Option<View<'_>> {
    let schema = input.schema();
    let index = schema.members.iter().position(|member| member.name.eq_ignore_ascii_case("tags"))?;
    Some(input.get(index))
}

fn each_tag(input: &dyn Shape, mut visit: impl FnMut(&str, &str)) {
    match request_tags(input) {
        Some(View::Map(map)) => {
            for index in 0..map.len() {
                if let (key, View::Str(value)) = map.at(index) {
                    visit(key, value);
                }
            }
        }
        Some(View::List(list)) => {
            for index in 0..list.len() {
                let View::Shape(tag) = list.at(index) else { continue };
                let member = |name: &str| {
                    let at = tag.schema().members.iter().position(|m| m.name.to_ascii_lowercase().ends_with(name))?;
                    match tag.get(at) {
                        View::Str(text) => Some(text),
                        _ => None,
                    }
                };
                if let Some(key) = member("key") {
                    visit(key, member("value").unwrap_or_default());
                }
            }
        }
        _ => {}
    }
}

fn request_tag(input: &dyn Shape, wanted: &str) -> Option<String> {
    let mut found = None;
    each_tag(input, |key, value| {
        if key.eq_ignore_ascii_case(wanted) {
            found = Some(value.to_owned());
        }
    });
    found
}

fn request_tag_keys(input: &dyn Shape) -> Option<Values<'static>> {
    let mut keys = Vec::new();
    each_tag(input, |key, _| keys.push(Cow::Owned(key.to_owned())));
    (!keys.is_empty()).then_some(Values::Many(keys))
}
