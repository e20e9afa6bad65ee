//! Expressions as text again, with placeholders for all names and values: what legacy parameters would be today.

use super::{Action, Assigned, Condition, KeyCondition, KeyTest, Operand, Path, Projection, Step, Term, Update, Value};
use std::fmt::Write;

/// An expression, and what its placeholders stand for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Printed<'a> {
    pub text: String,
    pub names: Vec<(String, &'a str)>,
    pub values: Vec<(String, &'a Value)>,
}

impl<'a> Printed<'a> {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn list<T>(&mut self, items: impl IntoIterator<Item = T>, between: &str, mut item: impl FnMut(&mut Self, T)) {
        for (at, next) in items.into_iter().enumerate() {
            if at > 0 {
                self.push(between);
            }
            item(self, next);
        }
    }

    fn name(&mut self, name: &'a str) {
        let at = self.names.iter().position(|(_, other)| *other == name).unwrap_or_else(|| {
            self.names.push((format!("#n{}", self.names.len()), name));
            self.names.len() - 1
        });
        self.text.push_str(&self.names[at].0);
    }

    fn value(&mut self, value: &'a Value) {
        let placeholder = format!(":v{}", self.values.len());
        self.push(&placeholder);
        self.values.push((placeholder, value));
    }

    fn path(&mut self, path: &Path<'a>) {
        self.name(path.name);
        for step in path.steps.iter() {
            match step {
                Step::Name(name) => {
                    self.push(".");
                    self.name(name);
                }
                // Writing to a string does not fail.
                Step::Index(index) => drop(write!(self.text, "[{index}]")),
            }
        }
    }

    fn operand(&mut self, operand: &Operand<'a>) {
        match operand {
            Operand::Path(path) => self.path(path),
            Operand::Value(value) => self.value(value),
            Operand::Size(of) => {
                self.push("size(");
                self.operand(of);
                self.push(")");
            }
        }
    }

    /// One that binds less than what is around it is put in parentheses.
    fn part(&mut self, condition: &Condition<'a>) {
        match condition {
            Condition::And(_) | Condition::Or(_) => {
                self.push("(");
                self.condition(condition);
                self.push(")");
            }
            _ => self.condition(condition),
        }
    }

    fn call(&mut self, function: &str, first: &Operand<'a>, second: &Operand<'a>) {
        self.push(function);
        self.push("(");
        self.list([first, second], ", ", Printed::operand);
        self.push(")");
    }

    fn condition(&mut self, condition: &Condition<'a>) {
        match condition {
            Condition::And(parts) => self.list(parts, " AND ", Printed::part),
            Condition::Or(parts) => self.list(parts, " OR ", Printed::part),
            Condition::Not(inner) => {
                self.push("NOT ");
                self.part(inner);
            }
            Condition::Compare(comparator, left, right) => {
                self.operand(left);
                self.push(&format!(" {} ", comparator.sign()));
                self.operand(right);
            }
            Condition::Between(operands) => {
                let [value, low, high] = operands.as_ref();
                self.operand(value);
                self.push(" BETWEEN ");
                self.list([low, high], " AND ", Printed::operand);
            }
            Condition::In(value, list) => {
                self.operand(value);
                self.push(" IN (");
                self.list(list, ", ", Printed::operand);
                self.push(")");
            }
            Condition::Exists(path) | Condition::NotExists(path) => {
                let exists = matches!(condition, Condition::Exists(_));
                self.push(if exists { "attribute_exists(" } else { "attribute_not_exists(" });
                self.path(path);
                self.push(")");
            }
            Condition::AttributeType(path, _, name) => {
                self.push("attribute_type(");
                self.path(path);
                self.push(", ");
                self.value(name);
                self.push(")");
            }
            Condition::BeginsWith(operand, prefix) => self.call("begins_with", operand, prefix),
            Condition::Contains(operand, part) => self.call("contains", operand, part),
        }
    }

    fn term(&mut self, term: &Term<'a>) {
        match term {
            Term::Path(path) => self.path(path),
            Term::Value(value) => self.value(value),
            Term::IfNotExists(path, otherwise) => {
                self.push("if_not_exists(");
                self.path(path);
                self.push(", ");
                self.term(otherwise);
                self.push(")");
            }
            Term::ListAppend(terms) => {
                self.push("list_append(");
                self.list(terms.iter(), ", ", Printed::term);
                self.push(")");
            }
        }
    }

    fn action(&mut self, action: &Action<'a>) {
        self.path(action.path());
        match action {
            Action::Remove(_) => {}
            Action::Add(_, value) | Action::Delete(_, value) => {
                self.push(" ");
                self.value(value);
            }
            Action::Set(_, assigned) => {
                self.push(" = ");
                match assigned {
                    Assigned::Term(term) => self.term(term),
                    Assigned::Sum(left, right) => self.list([left, right], " + ", Printed::term),
                    Assigned::Difference(left, right) => self.list([left, right], " - ", Printed::term),
                }
            }
        }
    }
}

impl<'a> Condition<'a> {
    pub fn print(&self) -> Printed<'a> {
        let mut printed = Printed::default();
        printed.condition(self);
        printed
    }
}

impl<'a> Projection<'a> {
    pub fn print(&self) -> Printed<'a> {
        let mut printed = Printed::default();
        printed.list(&self.paths, ", ", Printed::path);
        printed
    }
}

impl<'a> Update<'a> {
    /// Actions of a section are put together.
    pub fn print(&self) -> Printed<'a> {
        let mut printed = Printed::default();
        let sections = ["SET", "REMOVE", "ADD", "DELETE"];
        let of = |section: &'static str| self.actions.iter().filter(move |action| action.section() == section);
        printed.list(sections.into_iter().filter(|section| of(section).next().is_some()), " ", |printed, section| {
            printed.push(section);
            printed.push(" ");
            printed.list(of(section), ", ", Printed::action);
        });
        printed
    }
}

impl<'a> KeyCondition<'a> {
    pub fn print(&self) -> Printed<'a> {
        let mut printed = Printed::default();
        printed.list(&self.parts, " AND ", |printed, (name, test)| {
            let sign = match test {
                KeyTest::BeginsWith(prefix) => {
                    printed.push("begins_with(");
                    printed.name(name);
                    printed.push(", ");
                    printed.value(prefix);
                    return printed.push(")");
                }
                KeyTest::Equal(_) => " = ",
                KeyTest::Less(_) => " < ",
                KeyTest::LessOrEqual(_) => " <= ",
                KeyTest::Greater(_) => " > ",
                KeyTest::GreaterOrEqual(_) => " >= ",
                KeyTest::Between(..) => " BETWEEN ",
            };
            printed.name(name);
            printed.push(sign);
            printed.list(test.values(), " AND ", Printed::value);
        });
        printed
    }
}
