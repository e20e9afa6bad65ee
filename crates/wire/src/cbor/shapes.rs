//! Shapes from and to CBOR: two recursive functions over [`Edit`] and [`View`].

use super::{Reader, Writer};
use crate::{
    DecodeError, Edit, Member, Schema, Shape, Timestamp, Ty, View, Violation,
    check::{Path, Seen},
};

type Result<T> = std::result::Result<T, DecodeError>;

/// Fills a shape from a map. Required members that are missing become violations.
pub fn read_shape(bytes: &[u8], shape: &mut dyn Shape, violations: &mut Vec<Violation>) -> Result<()> {
    let mut reader = Reader::new(bytes);
    Decode { path: Path::default(), violations }.shape(&mut reader, shape)?;
    reader.end()
}

struct Decode<'a> {
    path: Path,
    violations: &'a mut Vec<Violation>,
}

impl Decode<'_> {
    fn shape(&mut self, reader: &mut Reader, shape: &mut dyn Shape) -> Result<()> {
        let schema = shape.schema();
        let mut seen = Seen::default();
        let mut hint = 0;
        reader.map(|reader, key| {
            let Some(index) = find(schema, &key, hint) else {
                if schema.union && key != "__type" && !reader.null() {
                    shape.set_unknown(&key);
                    return reader.skip();
                }
                return if schema.union && key != "__type" { Ok(()) } else { reader.skip() };
            };
            hint = index + 1;
            if reader.null() {
                return Ok(());
            }
            seen.set(index);
            let member = &schema.members[index];
            let depth = self.path.member(member.name);
            let result = self.value(reader, member.ty, shape.edit_member(index));
            self.path.truncate(depth);
            result
        })?;
        seen.missing(schema, |member| !matches!(member.ty, Ty::Events(_)), &self.path, self.violations);
        Ok(())
    }

    fn value(&mut self, reader: &mut Reader, ty: &'static Ty, edit: Edit) -> Result<()> {
        match (edit, ty) {
            (Edit::Bool(value), _) => *value = reader.bool()?,
            (Edit::I32(value), _) => {
                let wide = reader.int("Integer")?;
                *value = i32::try_from(wide)
                    .map_err(|_| DecodeError::new(format!("The integer {wide} cannot be converted to Integer")))?;
            }
            (Edit::I64(value), _) => *value = reader.int("Long")?,
            (Edit::F32(value), _) => *value = reader.float()? as f32,
            (Edit::F64(value), _) => *value = reader.float()?,
            (Edit::Str(value), _) => *value = reader.text()?.into_owned(),
            (Edit::Enum(value), _) => value.set(&reader.text()?),
            (Edit::Blob(value), _) => *value = reader.bytes()?.into_owned().into(),
            (Edit::Time(value), _) => {
                *value = Timestamp::from_secs_f64(reader.float()?)
                    .ok_or_else(|| DecodeError::new("A number of the CBOR data cannot be converted to Timestamp"))?;
            }
            (Edit::Document(value), _) => *value = reader.document()?,
            (Edit::List(list), Ty::List(ty)) => {
                let mut index = 0;
                reader.list(|reader| {
                    index += 1;
                    if reader.null() {
                        list.push_unset();
                        return Ok(());
                    }
                    let depth = self.path.index(index);
                    let result = self.value(reader, ty.item, list.push());
                    self.path.truncate(depth);
                    result
                })?;
            }
            (Edit::Map(map), Ty::Map(ty)) => {
                reader.map(|reader, key| {
                    if reader.null() {
                        map.add_unset(&key);
                        return Ok(());
                    }
                    let depth = self.path.key(&key);
                    let result = self.value(reader, ty.value, map.add(&key));
                    self.path.truncate(depth);
                    result
                })?;
                map.settle();
            }
            (Edit::Shape(shape), _) => self.shape(reader, shape)?,
            (Edit::Body(_) | Edit::Events(_) | Edit::List(_) | Edit::Map(_), _) => reader.skip()?,
        }
        Ok(())
    }
}

/// RPC v2 CBOR names members as the model does; botocore would send a `locationName` where the model has one.
fn find(schema: &Schema, key: &str, hint: usize) -> Option<usize> {
    if schema.members.get(hint).is_some_and(|member| member.name == key) {
        return Some(hint);
    }
    schema.index(key).or_else(|| schema.find(key, hint))
}

/// Writes a shape as a map.
pub fn write_shape(writer: &mut Writer, shape: &dyn Shape) {
    writer.open_map();
    write_members(writer, shape, |_| true);
    writer.end();
}

/// Writes members of a shape, within a map that is open.
pub(crate) fn write_members(writer: &mut Writer, shape: &dyn Shape, which: impl Fn(&Member) -> bool) {
    for (index, member) in shape.schema().members.iter().enumerate() {
        let view = shape.get(index);
        if !which(member) || matches!(view, View::Unset | View::Body(_) | View::Events) {
            continue;
        }
        writer.text(member.name);
        write_value(writer, member.ty, &view);
    }
}

fn write_value(writer: &mut Writer, ty: &'static Ty, view: &View) {
    match (view, ty) {
        (View::Bool(value), _) => writer.bool(*value),
        (View::Int(value), _) => writer.int(*value),
        (View::Float(value), _) => writer.float(*value),
        (View::Str(value), _) => writer.text(value),
        (View::Blob(value), _) => writer.bytes(value),
        (View::Time(value), _) => writer.time(*value),
        (View::List(list), Ty::List(ty)) => {
            writer.list(list.len());
            for index in 0..list.len() {
                write_value(writer, ty.item, &list.at(index));
            }
        }
        (View::Map(map), Ty::Map(ty)) => {
            writer.map(map.len());
            for index in 0..map.len() {
                let (key, value) = map.at(index);
                writer.text(key);
                write_value(writer, ty.value, &value);
            }
        }
        (View::Shape(shape), _) => write_shape(writer, *shape),
        (View::Document(json), _) => writer.document(json),
        (View::Unset | View::Body(_) | View::Events | View::List(_) | View::Map(_), _) => writer.null(),
    }
}
