//! A statement at work: records go in, and the columns of those that are kept come out.

use super::{
    Aggregate, Column, Data, Emit, Expr, Item, Label, MAX_RECORD, Record, Result, SelectList, Statement, Step, Time,
    Value,
    aggregate::State,
    error::{invalid_data_type, invalid_key_path, over_max_record_size},
    evaluate::{self, Scope, evaluate},
    resolve,
};

pub struct Query {
    list: List,
    filter: Option<Expr>,
    limit: Option<u64>,
    /// From a record of the object to those of the statement.
    steps: Vec<Step>,
    headers: Option<Vec<String>>,
    aggregates: Vec<(Option<Expr>, State)>,
    emitted: u64,
    now: Time,
}

enum List {
    All,
    Items(Vec<Selected>),
}

/// An item of the list, resolved.
enum Selected {
    Value { label: Option<String>, expr: Expr },
    Members(Expr),
    All,
}

impl Query {
    /// Over CSV whose columns have these names, or none.
    pub fn of_columns(statement: &Statement, headers: Option<Vec<String>>, now: Time) -> Result<Query> {
        let from = &statement.from;
        // "This form of the FROM clause works only with JSON objects."
        if !from.steps.is_empty() {
            return Err(invalid_key_path());
        }
        let whole = |path: &[Step]| resolve::is_whole(from, path);
        let resolve = |path: &[Step]| resolve::column(from, headers.as_deref(), path);
        let mut query = Query::new(statement, &resolve, &whole, now)?;
        query.headers = headers;
        Ok(query)
    }

    /// Over values of JSON.
    pub fn of_values(statement: &Statement, now: Time) -> Result<Query> {
        Query::new(statement, &|path| Ok(resolve::member(&statement.from, path)), &|_| false, now)
    }

    fn new(
        statement: &Statement,
        resolve: &dyn Fn(&[Step]) -> Result<Expr>,
        whole: &dyn Fn(&[Step]) -> bool,
        now: Time,
    ) -> Result<Query> {
        let Statement { list, from, filter, limit } = statement.clone();
        let mut filter = filter;
        if let Some(filter) = &mut filter {
            resolve::paths(filter, resolve)?;
        }
        let mut aggregates = Vec::new();
        let list = match list {
            SelectList::All => List::All,
            SelectList::Items(items) => {
                let mut selected = Vec::new();
                for item in items {
                    selected.push(match item {
                        Item::Members(Expr::Path(path)) if whole(&path) => Selected::All,
                        Item::Members(mut path) => {
                            resolve::paths(&mut path, resolve)?;
                            // A column of CSV has no members.
                            if matches!(path, Expr::Column(_)) {
                                return Err(invalid_key_path());
                            }
                            Selected::Members(path)
                        }
                        Item::Expr { mut expr, alias } => {
                            let label = alias.map(|alias| alias.text).or_else(|| name_of(&expr));
                            resolve::paths(&mut expr, resolve)?;
                            resolve::aggregates(&mut expr, &mut aggregates);
                            Selected::Value { label, expr }
                        }
                    });
                }
                List::Items(selected)
            }
        };
        let state = |(function, argument): (Aggregate, _)| (argument, State::new(function));
        let aggregates = aggregates.into_iter().map(state).collect();
        Ok(Query { list, filter, limit, steps: from.steps, headers: None, aggregates, emitted: 0, now })
    }

    /// Whether more records can make a difference.
    pub fn wants_more(&self) -> bool {
        self.limit.is_none_or(|limit| if self.aggregates.is_empty() { self.emitted < limit } else { limit > 0 })
    }

    /// Takes a record of the object; emits what it gives.
    pub fn push(&mut self, record: Record<'_>, emit: Emit<'_>) -> Result<()> {
        self.push_from(record, 0, emit, &mut || false).map(drop)
    }

    /// Takes a record of the object, of which `FROM` may make many, from one of these on. `enough` is asked behind each: where
    /// it says so, the number to go on from is given back.
    pub fn push_from(
        &mut self,
        record: Record<'_>,
        from: usize,
        emit: Emit<'_>,
        enough: &mut dyn FnMut() -> bool,
    ) -> Result<Option<usize>> {
        let data = match record {
            Record::Value(Some(data)) if !self.steps.is_empty() => data,
            record => return self.record(record, emit).map(|()| None),
        };
        let steps = std::mem::take(&mut self.steps);
        let (mut at, mut stopped) = (0, false);
        let result = resolve::spread(data, &steps, &mut |found| {
            at += 1;
            if at <= from {
                return Ok(true);
            }
            self.record(Record::Value(found), emit)?;
            stopped = self.wants_more() && enough();
            Ok(self.wants_more() && !stopped)
        });
        self.steps = steps;
        result.map(|_| stopped.then_some(at))
    }

    fn record(&mut self, record: Record<'_>, emit: Emit<'_>) -> Result<()> {
        if !self.wants_more() {
            return Ok(());
        }
        let Query { list, filter, aggregates, headers, now, .. } = self;
        let scope = Scope { record, now: *now, aggregates: &[] };
        if let Some(filter) = filter
            && evaluate::truth(evaluate(filter, &scope)?)? != Some(true)
        {
            return Ok(());
        }
        if !aggregates.is_empty() {
            for (argument, state) in aggregates {
                let value = argument.as_ref().map(|argument| evaluate(argument, &scope)).transpose()?;
                state.add(value.as_ref())?;
            }
            return Ok(());
        }
        let mut columns = Vec::new();
        select(list, headers.as_deref(), &scope, &mut columns)?;
        emit(&columns)?;
        self.emitted += 1;
        Ok(())
    }

    /// Emits what is known when all records were read: the aggregates.
    pub fn finish(&mut self, emit: Emit<'_>) -> Result<()> {
        if self.aggregates.is_empty() || !self.wants_more() {
            return Ok(());
        }
        let results = self.aggregates.iter().map(|(_, state)| state.result()).collect::<Result<Vec<_>>>()?;
        let scope = Scope { record: Record::Value(None), now: self.now, aggregates: &results };
        let mut columns = Vec::new();
        select(&self.list, None, &scope, &mut columns)?;
        emit(&columns)
    }
}

/// What a column without an alias is called.
fn name_of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Path(path) => match path.last() {
            Some(Step::Name(name)) => Some(name.text.clone()),
            _ => None,
        },
        _ => None,
    }
}

fn select<'a>(
    list: &'a List,
    headers: Option<&'a [String]>,
    scope: &Scope<'a>,
    columns: &mut Vec<Column<'a>>,
) -> Result<()> {
    let List::Items(items) = list else {
        all(headers, scope.record, columns);
        return Ok(());
    };
    let mut made = 0;
    for (at, item) in items.iter().enumerate() {
        match item {
            Selected::All => all(headers, scope.record, columns),
            Selected::Value { label, expr } => {
                let label = label.as_deref().map_or(Label::Position(at + 1), Label::Name);
                let value = evaluate(expr, scope)?;
                if let Value::Str(text) = &value {
                    made += text.len();
                    if made > MAX_RECORD {
                        return Err(over_max_record_size());
                    }
                }
                columns.push(Column { label, value });
            }
            Selected::Members(path) => match evaluate(path, scope)? {
                Value::Nested(data) => members(data, columns),
                value if value.is_known() => return Err(invalid_data_type()),
                _ => {}
            },
        }
    }
    Ok(())
}

/// The record as it is.
fn all<'a>(headers: Option<&'a [String]>, record: Record<'a>, columns: &mut Vec<Column<'a>>) {
    match record {
        Record::Columns(fields) => {
            for (at, field) in fields.iter().enumerate() {
                let header = headers.and_then(|headers| headers.get(at));
                let label = header.map_or(Label::Position(at + 1), |header| Label::Name(header));
                columns.push(Column { label, value: Value::Str(field.into()) });
            }
        }
        Record::Value(None) => {}
        Record::Value(Some(data)) => members(data, columns),
    }
}

/// Of a struct its members; of anything else that itself.
fn members<'a>(data: &'a Data, columns: &mut Vec<Column<'a>>) {
    match data {
        Data::Struct(members) => {
            columns.extend(
                members.iter().map(|(name, value)| Column { label: Label::Name(name), value: Value::of(value) }),
            );
        }
        data => columns.push(Column { label: Label::Position(1), value: Value::of(data) }),
    }
}
