//! What the generated code of every shape, union and enum has in common.

/// A structure's traits: its schema, and its fields by the schema's indices.
#[macro_export]
macro_rules! structure {
    ($name:ident, $schema:path $(, $index:literal $field:ident)*) => {
        impl $crate::Shape for $name {
            fn schema(&self) -> &'static $crate::Schema {
                &$schema
            }
            #[allow(unused_variables)]
            fn get(&self, member: usize) -> $crate::View<'_> {
                let field: &dyn $crate::Field = match member {
                    $($index => &self.$field,)*
                    _ => return $crate::View::Unset,
                };
                #[allow(unreachable_code)]
                field.view()
            }
            #[allow(unused_variables)]
            fn edit_member(&mut self, member: usize) -> $crate::Edit<'_> {
                let field: &mut dyn $crate::Field = match member {
                    $($index => &mut self.$field,)*
                    _ => $crate::no_member(&$schema, member),
                };
                #[allow(unreachable_code)]
                field.edit()
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
