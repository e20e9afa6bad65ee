//! Shapes from and to JSON: two recursive functions over [`Edit`] and [`View`].

use super::{Reader, Writer};
use crate::{
    DecodeError, Edit, Flags, Json, Location, Member, Shape, TimeFormat, Timestamp, Ty, View, Violation,
    check::{Path, Seen},
    scalar,
};
use data_encoding::BASE64;

type Result<T> = std::result::Result<T, DecodeError>;

/// The most bytes that are reserved because a list may need them.
const MOST_RESERVED: usize = 64 * 1024;

/// Fills the body members of a shape. Required members that are missing become violations.
pub fn read_shape(text: &str, shape: &mut dyn Shape, violations: &mut Vec<Violation>) -> Result<()> {
    let mut reader = Reader::new(text);
    let mut decode = Decode { reader: &mut reader, path: Path::default(), violations };
    decode.shape(shape)?;
    reader.end()
}

struct Decode<'a, 'b> {
    reader: &'a mut Reader<'b>,
    path: Path,
    violations: &'a mut Vec<Violation>,
}

impl Decode<'_, '_> {
    fn shape(&mut self, shape: &mut dyn Shape) -> Result<()> {
        let schema = shape.schema();
        let mut seen = Seen::default();
        let mut hint = 0;
        let Decode { reader, path, violations } = self;
        reader.object(|reader, key| {
            let Some(index) = schema.find(&key, hint) else {
                if schema.union && key != "__type" && reader.peek() != b'n' {
                    shape.set_unknown(&key);
                }
                return reader.skip();
            };
            hint = index + 1;
            if reader.null() {
                return Ok(());
            }
            seen.set(index);
            let member = &schema.members[index];
            let depth = path.member(member.name);
            let json_value = member.has(Flags::JSON_VALUE);
            let mut decode = Decode { reader, path: std::mem::take(path), violations };
            let result = match shape.edit_member(index) {
                Edit::Str(value) if json_value => decode.json_value(value),
                edit => decode.value(member.ty, edit),
            };
            *path = decode.path;
            path.truncate(depth);
            result
        })?;
        seen.missing(schema, |member| member.location == Location::Body, &self.path, self.violations);
        Ok(())
    }

    /// A JSON document that the type holds as text.
    fn json_value(&mut self, value: &mut String) -> Result<()> {
        *value = match self.reader.peek() {
            b'"' => self.reader.string()?.into_owned(),
            _ => self.reader.document()?.to_string(),
        };
        Ok(())
    }

    fn value(&mut self, ty: &'static Ty, edit: Edit) -> Result<()> {
        match (edit, ty) {
            (Edit::Bool(value), _) => *value = self.reader.bool()?,
            (Edit::I32(value), _) => *value = self.int(i32::MIN.into(), i32::MAX.into(), "Integer")? as i32,
            (Edit::I64(value), _) => *value = self.int(i64::MIN, i64::MAX, "Long")?,
            (Edit::F32(value), _) => *value = self.float()? as f32,
            (Edit::F64(value), _) => *value = self.float()?,
            (Edit::Str(value), _) => *value = self.reader.string()?.into_owned(),
            (Edit::Enum(value), _) => value.set(&self.reader.string()?),
            (Edit::Blob(value), _) => {
                let text = self.reader.string()?;
                *value = scalar::base64(&text)?.into();
            }
            (Edit::Time(value), _) => *value = self.time()?,
            (Edit::Document(value), _) => *value = self.reader.document()?,
            (Edit::List(list), Ty::List(ty)) => {
                let Decode { reader, path, violations } = self;
                let mut index = 0;
                reader.list(|reader| {
                    index += 1;
                    if reader.null() {
                        list.push_unset();
                        return Ok(());
                    }
                    let depth = path.index(index);
                    let mut decode = Decode { reader, path: std::mem::take(path), violations };
                    let result = decode.value(ty.item, list.push());
                    *path = decode.path;
                    path.truncate(depth);
                    result
                })?;
            }
            (Edit::Map(map), Ty::Map(ty)) => {
                let Decode { reader, path, violations } = self;
                reader.object(|reader, key| {
                    if reader.null() {
                        map.add_unset(&key);
                        return Ok(());
                    }
                    let depth = path.key(&key);
                    let mut decode = Decode { reader, path: std::mem::take(path), violations };
                    let result = decode.value(ty.value, map.add(&key));
                    *path = decode.path;
                    path.truncate(depth);
                    result
                })?;
                map.settle();
            }
            (Edit::Shape(shape), _) => self.shape(shape)?,
            (Edit::Body(_) | Edit::Events(_) | Edit::List(_) | Edit::Map(_), _) => self.reader.skip()?,
        }
        Ok(())
    }

    /// Clients in languages without integers send `3.0`; AWS takes it.
    fn int(&mut self, min: i64, max: i64, name: &'static str) -> Result<i64> {
        if !matches!(self.reader.peek(), b'-' | b'0'..=b'9') {
            return Err(self.reader.mismatch(name));
        }
        let text = self.reader.number()?;
        let value = text.parse::<i64>().ok().or_else(|| {
            let float = text.parse::<f64>().ok()?;
            (float.trunc() == float && float.abs() < 9.2e18).then_some(float as i64)
        });
        value
            .filter(|value| (min..=max).contains(value))
            .ok_or_else(|| DecodeError::new(format!("NUMBER_VALUE {text} cannot be converted to {name}")))
    }

    fn float(&mut self) -> Result<f64> {
        match self.reader.peek() {
            b'-' | b'0'..=b'9' => {
                let text = self.reader.number()?;
                text.parse().map_err(|_| DecodeError::new("NUMBER_VALUE cannot be converted to Double"))
            }
            b'"' => match &*self.reader.string()? {
                "NaN" => Ok(f64::NAN),
                "Infinity" => Ok(f64::INFINITY),
                "-Infinity" => Ok(f64::NEG_INFINITY),
                _ => Err(DecodeError::new("STRING_VALUE cannot be converted to Double")),
            },
            _ => Err(self.reader.mismatch("Double")),
        }
    }

    fn time(&mut self) -> Result<Timestamp> {
        let parsed = match self.reader.peek() {
            b'"' => Timestamp::parse(&self.reader.string()?),
            b'-' | b'0'..=b'9' => Timestamp::parse(self.reader.number()?),
            _ => return Err(self.reader.mismatch("Timestamp")),
        };
        parsed.ok_or_else(|| DecodeError::new("The value cannot be converted to Timestamp"))
    }
}

/// Writes the body members of a shape as an object.
pub fn write_shape(writer: &mut Writer, shape: &dyn Shape) {
    writer.byte(b'{');
    write_members(writer, shape, true, |member| member.location == Location::Body);
    writer.byte(b'}');
}

/// As `write_shape`, without lists and maps that are empty: so answer services that left the Query protocol, where these
/// have no form.
pub fn write_filled(writer: &mut Writer, shape: &dyn Shape) {
    let filled = |member: &Member| match shape.schema().index(member.name).map(|index| shape.get(index)) {
        Some(View::List(list)) => !list.is_empty(),
        Some(View::Map(map)) => !map.is_empty(),
        _ => true,
    };
    writer.byte(b'{');
    write_members(writer, shape, true, |member| member.location == Location::Body && filled(member));
    writer.byte(b'}');
}

/// Writes members of a shape, within an object that has members already unless these are the `first`.
pub(crate) fn write_members(writer: &mut Writer, shape: &dyn Shape, mut first: bool, which: impl Fn(&Member) -> bool) {
    for (index, member) in shape.schema().members.iter().enumerate() {
        if !which(member) {
            continue;
        }
        let view = shape.get(index);
        if matches!(view, View::Unset | View::Body(_) | View::Events) {
            continue;
        }
        if !first {
            writer.byte(b',');
        }
        first = false;
        writer.byte(b'"');
        writer.raw(member.wire);
        writer.raw("\":");
        match view {
            View::Str(text) if member.has(Flags::JSON_VALUE) => match Json::parse(text) {
                Ok(json) => writer.document(&json),
                Err(_) => writer.string(text),
            },
            view => write_value(writer, member.ty, &view),
        }
    }
}

fn write_value(writer: &mut Writer, ty: &'static Ty, view: &View) {
    match (view, ty) {
        (View::Bool(value), _) => writer.bool(*value),
        (View::Int(value), _) => writer.int(*value),
        (View::Float(value), _) => writer.float(*value),
        (View::Str(value), _) => writer.string(value),
        (View::Blob(value), _) => writer.string(&BASE64.encode(value)),
        (View::Time(value), Ty::Time(format)) => match format.unwrap_or(TimeFormat::Unix) {
            TimeFormat::Unix => writer.raw(&value.format(TimeFormat::Unix)),
            format => writer.string(&value.format(format)),
        },
        (View::List(list), Ty::List(ty)) => {
            writer.byte(b'[');
            let start = writer.len();
            for index in 0..list.len() {
                if index == 1 {
                    // The items of a list are alike, mostly: room for all of them at once, and a little more.
                    let first = writer.len() - start;
                    let rest = (first + first / 8 + 16).saturating_mul(list.len() - 1);
                    writer.reserve(rest.min(MOST_RESERVED));
                }
                if index > 0 {
                    writer.byte(b',');
                }
                write_value(writer, ty.item, &list.at(index));
            }
            writer.byte(b']');
        }
        (View::Map(map), Ty::Map(ty)) => {
            writer.byte(b'{');
            for index in 0..map.len() {
                if index > 0 {
                    writer.byte(b',');
                }
                let (key, value) = map.at(index);
                writer.string(key);
                writer.byte(b':');
                write_value(writer, ty.value, &value);
            }
            writer.byte(b'}');
        }
        (View::Shape(shape), _) => write_shape(writer, *shape),
        (View::Document(json), _) => writer.document(json),
        (View::Unset | View::Body(_) | View::Events | View::Time(_) | View::List(_) | View::Map(_), _) => {
            writer.raw("null")
        }
    }
}
