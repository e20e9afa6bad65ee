//! Shapes from XML: one recursive function over [`Edit`].

use super::{Reader, Tag};
use crate::{
    DecodeError, Edit, Flags, Location, Shape, Ty, Violation,
    check::{Path, Seen},
    scalar,
};

type Result<T> = std::result::Result<T, DecodeError>;

/// Fills the body members of a shape from a document, whatever its root is called. Required members that are missing
/// become violations.
pub fn read_shape(text: &str, shape: &mut dyn Shape, violations: &mut Vec<Violation>) -> Result<()> {
    let mut reader = Reader::new(text);
    let root = reader.root()?;
    Decode { reader: &mut reader, path: Path::default(), violations }.shape(root, shape)?;
    reader.end()
}

struct Decode<'a, 'b> {
    reader: &'a mut Reader<'b>,
    path: Path,
    violations: &'a mut Vec<Violation>,
}

impl<'b> Decode<'_, 'b> {
    /// Runs a decoder over the children of an element; closures cannot borrow two halves of `self` otherwise.
    fn children(
        &mut self,
        tag: Tag<'b>,
        mut child: impl FnMut(&mut Decode<'_, 'b>, Tag<'b>) -> Result<()>,
    ) -> Result<()> {
        let Decode { reader, path, violations } = self;
        reader.children(tag, |reader, tag| {
            let mut decode = Decode { reader, path: std::mem::take(path), violations };
            let result = child(&mut decode, tag);
            *path = decode.path;
            result
        })
    }

    fn shape(&mut self, tag: Tag<'b>, shape: &mut dyn Shape) -> Result<()> {
        let schema = shape.schema();
        let mut seen = Seen::default();
        for (index, member) in schema.members.iter().enumerate().filter(|(_, member)| member.has(Flags::ATTRIBUTE)) {
            let name = member.wire.rsplit_once(':').map_or(member.wire, |(_, local)| local);
            if let Some(value) = tag.attribute(name) {
                seen.set(index);
                parse(&value, shape.edit_member(index))?;
            }
        }
        let mut hint = 0;
        let mut flat_maps = Vec::new();
        self.children(tag, |decode, tag| {
            let found = schema.find(tag.name, hint).map(|index| (index, &schema.members[index]));
            let Some((index, member)) = found.filter(|(_, member)| member.location == Location::Body) else {
                if schema.union {
                    shape.set_unknown(tag.name);
                }
                return decode.reader.skip(tag);
            };
            let flat = member.has(Flags::FLAT);
            hint = if flat { index } else { index + 1 };
            if flat && !seen.has(index) && matches!(member.ty, Ty::Map(_)) {
                flat_maps.push(index);
            }
            seen.set(index);
            let depth = decode.path.member(member.name);
            let result = match (shape.edit_member(index), member.ty) {
                (Edit::List(list), Ty::List(ty)) if flat => {
                    decode.path.index(list.len() + 1);
                    decode.value(tag, ty.item, list.push())
                }
                (edit @ Edit::Map(_), Ty::Map(_)) if flat => decode.entry(tag, member.ty, edit),
                (edit, ty) => decode.value(tag, ty, edit),
            };
            decode.path.truncate(depth);
            result
        })?;
        for index in flat_maps.into_iter().filter(|_| !schema.union) {
            if let Edit::Map(map) = shape.edit_member(index) {
                map.settle();
            }
        }
        seen.missing(schema, |member| member.location == Location::Body, &self.path, self.violations);
        Ok(())
    }

    fn value(&mut self, tag: Tag<'b>, ty: &'static Ty, edit: Edit) -> Result<()> {
        match (edit, ty) {
            (Edit::Shape(shape), _) => self.shape(tag, shape),
            (Edit::List(list), Ty::List(ty)) => self.children(tag, |decode, tag| {
                if tag.name != ty.item_name {
                    return decode.reader.skip(tag);
                }
                let depth = decode.path.index(list.len() + 1);
                let result = decode.value(tag, ty.item, list.push());
                decode.path.truncate(depth);
                result
            }),
            (Edit::Map(map), Ty::Map(_)) => {
                self.children(tag, |decode, tag| decode.entry(tag, ty, Edit::Map(&mut *map)))?;
                map.settle();
                Ok(())
            }
            (Edit::List(_) | Edit::Map(_) | Edit::Body(_) | Edit::Events(_) | Edit::Document(_), _) => {
                self.reader.skip(tag)
            }
            (edit, _) => parse(&self.reader.text(tag)?, edit),
        }
    }

    /// The key comes first, as every client writes it; a value before its key is passed over.
    fn entry(&mut self, tag: Tag<'b>, ty: &'static Ty, edit: Edit) -> Result<()> {
        let (Edit::Map(map), Ty::Map(ty)) = (edit, ty) else { return Ok(()) };
        let mut key = None;
        self.children(tag, |decode, tag| match &key {
            None if tag.name == ty.key_name => {
                key = Some(decode.reader.text(tag)?.into_owned());
                Ok(())
            }
            Some(key) if tag.name == ty.value_name => {
                let depth = decode.path.key(key);
                let result = decode.value(tag, ty.value, map.add(key));
                decode.path.truncate(depth);
                result
            }
            _ => decode.reader.skip(tag),
        })
    }
}

/// A scalar that does not parse makes the body malformed.
fn parse(text: &str, edit: Edit) -> Result<()> {
    scalar::parse(text, edit).map_err(|error| DecodeError::new(error.message))
}
