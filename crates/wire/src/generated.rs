//! What the generated code of every shape, union and enum has in common.

/// A structure's traits: its schema, and its fields by the schema's indices.
#[macro_export]
macro_rules! structure {
    ($name:ident, $schema:path $(, $index:literal $field:ident)*) => {
        impl $crate::Shape for $name {
            fn schema(&self) -> &'static $crate::Schema {
                &$schema
            }
            fn get(&self, member: usize) -> $crate::View<'_> {
                match member {
                    $($index => $crate::Field::view(&self.$field),)*
                    _ => $crate::View::Unset,
                }
            }
            fn edit_member(&mut self, member: usize) -> $crate::Edit<'_> {
                match member {
                    $($index => $crate::Field::edit(&mut self.$field),)*
                    _ => $crate::no_member(&$schema, member),
                }
            }
        }
        $crate::shape_traits!($name);
    };
}

/// A union's traits: its schema, and its variants by the schema's indices. `Unknown` is its default.
#[macro_export]
macro_rules! union {
    ($name:ident, $schema:path $(, $index:literal $variant:ident)*) => {
        impl Default for $name {
            fn default() -> Self {
                $name::Unknown(String::new())
            }
        }
        impl $crate::Shape for $name {
            fn schema(&self) -> &'static $crate::Schema {
                &$schema
            }
            fn get(&self, member: usize) -> $crate::View<'_> {
                match (member, self) {
                    $(($index, $name::$variant(value)) => $crate::Field::view(value),)*
                    _ => $crate::View::Unset,
                }
            }
            fn edit_member(&mut self, member: usize) -> $crate::Edit<'_> {
                match (member, &*self) {
                    $(($index, $name::$variant(_)) => {})*
                    $(($index, _) => *self = $name::$variant(Default::default()),)*
                    _ => $crate::no_member(&$schema, member),
                }
                match self {
                    $($name::$variant(value) => $crate::Field::edit(value),)*
                    $name::Unknown(_) => $crate::no_member(&$schema, member),
                }
            }
            fn set_unknown(&mut self, name: &str) {
                *self = $name::Unknown(name.to_owned());
            }
        }
        $crate::shape_traits!($name);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! shape_traits {
    ($name:ident) => {
        impl $crate::Field for $name {
            fn view(&self) -> $crate::View<'_> {
                $crate::View::Shape(self)
            }
            fn edit(&mut self) -> $crate::Edit<'_> {
                $crate::Edit::Shape(self)
            }
        }
        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter) -> ::core::fmt::Result {
                $crate::print(self, f)
            }
        }
    };
}

/// An enum of strings. `Unknown` keeps a value that the model does not know, and is empty by default.
#[macro_export]
macro_rules! values {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $value:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq)]
        pub enum $name {
            $($variant,)*
            /// A value that the model does not know.
            Unknown(String),
        }
        impl $name {
            /// The values the model knows, as they are on the wire.
            pub const VALUES: &'static [&'static str] = &[$($value),*];

            pub fn as_str(&self) -> &str {
                match self {
                    $($name::$variant => $value,)*
                    $name::Unknown(value) => value,
                }
            }
        }
        impl Default for $name {
            fn default() -> Self {
                $name::Unknown(String::new())
            }
        }
        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                static KNOWN: &[$name] = &[$($name::$variant),*];
                match $name::VALUES.iter().position(|known| *known == value) {
                    Some(index) => KNOWN[index].clone(),
                    None => $name::Unknown(value.to_owned()),
                }
            }
        }
        impl $crate::EnumValue for $name {
            fn set(&mut self, value: &str) {
                *self = value.into();
            }
        }
        impl $crate::Field for $name {
            fn view(&self) -> $crate::View<'_> {
                $crate::View::Str(self.as_str())
            }
            fn edit(&mut self) -> $crate::Edit<'_> {
                $crate::Edit::Enum(self)
            }
        }
        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter) -> ::core::fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter) -> ::core::fmt::Result {
                ::core::fmt::Debug::fmt(self.as_str(), f)
            }
        }
    };
}

/// A codec asked for a member that the schema does not have: a defect of the codec.
#[doc(hidden)]
pub fn no_member(schema: &crate::Schema, member: usize) -> ! {
    panic!("{} has no member {member}", schema.name)
}

#[cfg(test)]
mod tests {
    use crate::{Dict, Edit, EnumValue, Field, Flags, Member, Schema, Shape, Ty, View, ty};

    static NODE_SCHEMA: Schema = Schema {
        name: "Node",
        members: &[
            Member::new("name", &ty::STRING).with(Flags::REQUIRED),
            Member::new("secret", &ty::STRING).with(Flags::SENSITIVE),
            Member::new("next", &Ty::Shape(&NODE_SCHEMA)),
        ],
        ..Schema::EMPTY
    };

    #[derive(Clone, Default, PartialEq)]
    struct Node {
        name: String,
        secret: Option<String>,
        next: Option<Box<Node>>,
    }
    crate::structure!(Node, NODE_SCHEMA, 0 name, 1 secret, 2 next);

    static VALUE_SCHEMA: Schema = Schema {
        name: "Value",
        members: &[Member::new("S", &ty::STRING), Member::new("N", &ty::INT)],
        union: true,
        ..Schema::EMPTY
    };

    #[derive(Clone, PartialEq)]
    enum Value {
        S(String),
        N(i64),
        Unknown(String),
    }
    crate::union!(Value, VALUE_SCHEMA, 0 S, 1 N);

    crate::values! {
        /// A colour.
        Colour { Red = "red", DarkBlue = "dark-blue", }
    }

    #[test]
    fn structures_fill_in_place_and_hide_secrets() {
        let mut node = Node::default();
        if let Edit::Shape(next) = node.edit_member(2)
            && let Edit::Str(name) = next.edit_member(0)
        {
            name.push_str("inner");
        }
        if let Edit::Str(secret) = node.edit_member(1) {
            secret.push_str("hush");
        }
        assert_eq!(node.next.as_ref().map(|next| next.name.as_str()), Some("inner"));
        assert!(matches!(node.get(1), View::Str("hush")));
        assert!(matches!(node.get(9), View::Unset));
        assert_eq!(format!("{node:?}"), "Node { name: \"\", secret: ***, next: Node { name: \"inner\" } }");
    }

    #[test]
    fn unions_keep_one_member() {
        let mut value = Value::default();
        assert!(matches!(value.get(0), View::Unset));
        if let Edit::I64(number) = value.edit_member(1) {
            *number = 7;
        }
        assert!(value == Value::N(7));
        if let Edit::I64(number) = value.edit_member(1) {
            *number += 1;
        }
        assert!(matches!(value.get(1), View::Int(8)));
        value.edit_member(0);
        assert!(value == Value::S(String::new()));
        value.set_unknown("X");
        assert!(value == Value::Unknown("X".into()));
    }

    #[test]
    fn enums_keep_what_they_do_not_know() {
        let mut colour = Colour::from("dark-blue");
        assert_eq!(colour, Colour::DarkBlue);
        assert_eq!(Colour::VALUES, ["red", "dark-blue"]);
        colour.set("green");
        assert_eq!(colour, Colour::Unknown("green".into()));
        assert_eq!(colour.to_string(), "green");
        let mut map: Dict<Colour> = Dict::default();
        map.insert("a", Colour::Red);
        assert!(matches!(map.view(), View::Map(map) if map.len() == 1));
    }
}
