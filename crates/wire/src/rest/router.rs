//! Finds the operation of a REST request: a trie of path segments, then query parameters and headers decide.

use super::template::{self, Literal, Segment};
use crate::{Flags, Location, Operation, Unbuilt, query::Form};
use http::request::Parts;
use std::{cmp::Reverse, collections::HashMap};

/// What a request asks for.
#[derive(Clone, Copy)]
pub enum Route {
    Built(&'static Operation),
    /// The model has it, Nephele has not.
    Unbuilt(&'static Unbuilt),
}

impl Route {
    pub fn name(&self) -> &'static str {
        match self {
            Route::Built(operation) => operation.name,
            Route::Unbuilt(unbuilt) => unbuilt.name,
        }
    }
}

/// A service's operations by method and URI.
///
/// Several operations may share method and path: `GET /{Bucket}/{Key+}` is `GetObject`, or with `?acl` `GetObjectAcl`,
/// or with an `uploadId`, which is a required member, `ListParts`; `PUT` with `x-amz-copy-source` is `CopyObject`. So
/// parameters in the template must be there, and among those that match the best fit wins: everything found counts for
/// an operation, and each required query parameter or header that is missing counts half as much against it.
#[derive(Default)]
pub struct Router {
    nodes: Vec<Node>,
}

#[derive(Default)]
struct Node {
    texts: HashMap<&'static str, usize>,
    label: Option<usize>,
    /// Greedy labels, with what has to follow them.
    greedy: Vec<(Vec<Segment>, Vec<Candidate>)>,
    here: Vec<Candidate>,
}

struct Candidate {
    route: Route,
    method: &'static str,
    literals: Vec<Literal>,
    required: Vec<Selector>,
}

enum Selector {
    Query(&'static str),
    Header(&'static str),
}

struct Request<'a> {
    parts: &'a Parts,
    query: Form<'a>,
}

impl Router {
    pub fn new(operations: impl IntoIterator<Item = &'static Operation>, unbuilt: &'static [Unbuilt]) -> Router {
        let mut router = Router { nodes: vec![Node::default()] };
        for unbuilt in unbuilt {
            router.add(Route::Unbuilt(unbuilt), unbuilt.method, unbuilt.uri, Vec::new());
        }
        // The later of equals wins: what is built comes last.
        for operation in operations {
            let required = operation.input.members.iter().filter(|member| member.has(Flags::REQUIRED));
            let selectors = required.filter_map(|member| match member.location {
                Location::Query => Some(Selector::Query(member.wire)),
                Location::Header => Some(Selector::Header(member.wire)),
                _ => None,
            });
            router.add(Route::Built(operation), operation.method, operation.uri, selectors.collect());
        }
        router
    }

    fn add(&mut self, route: Route, method: &'static str, uri: &'static str, required: Vec<Selector>) {
        let (segments, literals) = template::split(uri);
        let candidate = Candidate { route, method, literals: literals.collect(), required };
        let mut at = 0;
        let mut segments = segments.into_iter();
        while let Some(segment) = segments.next() {
            let new = self.nodes.len();
            let next = match segment {
                Segment::Text(text) => *self.nodes[at].texts.entry(text).or_insert(new),
                Segment::Label(_) => *self.nodes[at].label.get_or_insert(new),
                Segment::Greedy(_) => {
                    let suffix: Vec<Segment> = segments.collect();
                    let greedy = &mut self.nodes[at].greedy;
                    match greedy.iter_mut().find(|(found, _)| *found == suffix) {
                        Some((_, candidates)) => candidates.push(candidate),
                        None => greedy.push((suffix, vec![candidate])),
                    }
                    // The longest suffix is the most specific.
                    greedy.sort_by_key(|(suffix, _)| Reverse(suffix.len()));
                    return;
                }
            };
            if next == new {
                self.nodes.push(Node::default());
            }
            at = next;
        }
        self.nodes[at].here.push(candidate);
    }

    /// The operation that a request asks for. A query string that does not decode asks for none.
    pub fn find(&self, parts: &Parts) -> Option<Route> {
        let mut query = Form::default();
        query.read(parts.uri.query().unwrap_or_default()).ok()?;
        let path = parts.uri.path();
        self.walk(0, path.strip_prefix('/').unwrap_or(path), &Request { parts, query })
    }

    /// Visits each node at most once, since a node has one depth: text before label before greedy label.
    fn walk(&self, node: usize, rest: &str, request: &Request) -> Option<Route> {
        let node = self.nodes.get(node)?;
        // Templates and clients differ in whether a slash ends a path.
        if rest.is_empty() {
            return best(&node.here, request);
        }
        let (segment, after) = rest.split_once('/').unwrap_or((rest, ""));
        let by_text = || self.walk(*node.texts.get(segment)?, after, request);
        let by_label = || self.walk(node.label.filter(|_| !segment.is_empty())?, after, request);
        let by_greedy = || {
            node.greedy.iter().filter(|(suffix, _)| ends_with(rest, suffix)).find_map(|(_, here)| best(here, request))
        };
        by_text().or_else(by_label).or_else(by_greedy)
    }
}

fn ends_with(path: &str, suffix: &[Segment]) -> bool {
    if suffix.is_empty() {
        return true;
    }
    let (greedy, tail) = template::before_last(path, suffix.len());
    let mut tail = tail.split('/');
    !greedy.is_empty()
        && suffix.iter().all(|segment| match (segment, tail.next()) {
            (Segment::Text(text), Some(found)) => *text == found,
            (_, Some(found)) => !found.is_empty(),
            (_, None) => false,
        })
}

fn best(candidates: &[Candidate], request: &Request) -> Option<Route> {
    let matching = candidates.iter().filter_map(|candidate| Some((candidate.fit(request)?, candidate)));
    matching.max_by_key(|(fit, _)| *fit).map(|(_, candidate)| candidate.route)
}

impl Candidate {
    /// How well a request fits; `None` where it does not.
    fn fit(&self, request: &Request) -> Option<isize> {
        if request.parts.method != self.method {
            return None;
        }
        let value = |name: &str| request.query.0.iter().find(|(found, _)| found == name).map(|(_, value)| &**value);
        let mut fit = 0;
        for (name, wanted) in &self.literals {
            match (value(name), wanted) {
                // Some SDKs send `x-id` with the operation's name, most do not.
                (found, wanted) if *name == "x-id" => fit += isize::from(found == *wanted),
                (Some(found), Some(wanted)) if found != *wanted => return None,
                (Some(_), _) => fit += 2,
                (None, _) => return None,
            }
        }
        for selector in &self.required {
            let there = match selector {
                Selector::Query(name) => value(name).is_some(),
                Selector::Header(name) => request.parts.headers.contains_key(*name),
            };
            fit += if there { 2 } else { -1 };
        }
        Some(fit)
    }
}
