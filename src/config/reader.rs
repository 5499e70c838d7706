//! Reads a TOML value into a serde type, with faults that know their path.
//!
//! toml's own deserializer turns serde's errors into text, and that text quotes the value.

use std::collections::btree_map;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::fault::{Fault, is_secret, unknown, variants_of};
use super::key::Step;
use super::value::{Content, Member, Members, Value};

/// A value, without the keys and elements that begin at one of the bytes in `aside`.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) value: &'a Value,
    pub(super) aside: &'a [usize],
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.value.content {
            Content::String(text) => Text(text).deserialize_any(visitor),
            Content::Integer(integer) => visit_integer(*integer, visitor),
            Content::Float(float) => visitor.visit_f64(*float),
            Content::Boolean(boolean) => visitor.visit_bool(*boolean),
            Content::Datetime => Err(Fault::wrong_type(self.value.content.type_name(), &visitor)),
            Content::Array(array) => {
                let mut elements = Elements { reader: self, array, next: 0 };
                let value = visitor.visit_seq(&mut elements)?;
                if elements.next < array.len() {
                    return Err(Fault::other("wrong length", Some(format!("at most {} elements", elements.next))));
                }
                Ok(value)
            }
            Content::Table(members) => {
                let mut entries = Entries { reader: self, members: members.iter(), current: None };
                let value = visitor.visit_map(&mut entries)?;
                match entries.members.next() {
                    None => Ok(value),
                    Some(_) => Err(Fault::other("more than one key", None)),
                }
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match &self.value.content {
            Content::String(text) => Text(text).deserialize_enum(name, variants, visitor),
            Content::Table(members) => visitor.visit_enum(self.only_member(members, variants)?),
            other => Err(Fault::wrong_type(other.type_name(), &variants_of(variants).as_str())),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

impl<'a> Reader<'a> {
    fn of(self, value: &'a Value) -> Self {
        Self { value, ..self }
    }

    /// The one key that names the variant.
    fn only_member(self, members: &'a Members, variants: &'static [&'static str]) -> Result<Variant<'a>, Fault> {
        let mut all = members.iter().filter(|(_, member)| !self.aside.contains(&member.start));
        let fault = |problem: &str| Fault::other(problem, Some(variants_of(variants)));
        if let Some(key) = all.clone().map(|(key, _)| key).find(|key| !variants.contains(&key.as_str())) {
            return Err(fault(&unknown("key", key, variants.iter().copied())).below(Step::Key(key.clone())));
        }
        match (all.next(), all.next()) {
            (Some((key, member)), None) => Ok(Variant { key, reader: self.of(&member.value) }),
            (None, _) => Err(fault("an empty table")),
            _ => Err(fault("more than one key")),
        }
    }
}

fn visit_integer<'de, V: Visitor<'de>>(integer: Option<i128>, visitor: V) -> Result<V::Value, Fault> {
    match integer.map(|integer| (i64::try_from(integer), u64::try_from(integer))) {
        Some((Ok(integer), _)) => visitor.visit_i64(integer),
        Some((_, Ok(integer))) => visitor.visit_u64(integer),
        _ => Err(Fault::invalid_value(Unexpected::Other("integer"), &visitor)),
    }
}

/// A string, or a key.
struct Text<'a>(&'a str);

impl<'de> Deserializer<'de> for Text<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_str(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if is_secret(variants) {
            return Err(Fault::other("a secret must not stand in this file", Some(variants_of(variants))));
        }
        visitor.visit_enum(StrDeserializer::new(self.0))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

struct Elements<'a> {
    reader: Reader<'a>,
    array: &'a [Value],
    next: usize,
}

impl<'de> SeqAccess<'de> for &mut Elements<'_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        while let Some(element) = self.array.get(self.next) {
            let index = self.next;
            self.next += 1;
            if !self.reader.aside.contains(&element.start) {
                let read = seed.deserialize(self.reader.of(element));
                return read.map(Some).map_err(|fault| fault.below(Step::Index(index)));
            }
        }
        Ok(None)
    }
}

struct Entries<'a> {
    reader: Reader<'a>,
    members: btree_map::Iter<'a, String, Member>,
    current: Option<(&'a String, &'a Value)>,
}

impl<'de> MapAccess<'de> for &mut Entries<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        let aside = self.reader.aside;
        let Some((key, member)) = self.members.find(|(_, member)| !aside.contains(&member.start)) else {
            return Ok(None);
        };
        self.current = Some((key, &member.value));
        seed.deserialize(Text(key)).map(Some).map_err(|fault| fault.of_key(key))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Fault> {
        let Some((key, value)) = self.current.take() else {
            return Err(Fault::custom("a value was asked for before its key"));
        };
        seed.deserialize(self.reader.of(value)).map_err(|fault| fault.below(Step::Key(key.clone())))
    }
}

/// The table of one key that is a variant with its content.
struct Variant<'a> {
    key: &'a str,
    reader: Reader<'a>,
}

impl<'de> EnumAccess<'de> for Variant<'_> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), Fault> {
        let name: StrDeserializer<'_, Fault> = StrDeserializer::new(self.key);
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Err(Fault::other("wrong type: table", Some(format!("the string \"{}\"", self.key))))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        seed.deserialize(self.reader).map_err(|fault| fault.below(Step::Key(self.key.to_owned())))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.reader.deserialize_any(visitor).map_err(|fault| fault.below(Step::Key(self.key.to_owned())))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Fault> {
        self.reader.deserialize_any(visitor).map_err(|fault| fault.below(Step::Key(self.key.to_owned())))
    }
}

#[cfg(test)]
mod tests;
