//! A value of the file, and the way that led to it.

use super::{Content, Node, shown, visible};
use crate::failure::Failure;
use crate::import::source::Source;

/// What is wrong with it is said with its place and its path. It may be there and say nothing: that is as if it were not.
#[derive(Clone)]
pub(crate) struct Item<'a> {
    source: &'a Source,
    node: &'a Node,
    path: String,
}

impl<'a> Item<'a> {
    pub(super) fn root(node: &'a Node, source: &'a Source) -> Self {
        Self { source, node, path: String::new() }
    }

    /// `auth.basicAuth`
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The members of a mapping. Two names that differ in case alone are one to those who read such files.
    pub(crate) fn members(&self) -> Result<Vec<(&'a str, Self)>, Failure> {
        let mapping = match &self.node.content {
            Content::Mapping(mapping) => mapping,
            Content::Null => return Ok(Vec::new()),
            _ => return Err(self.wrong("not a mapping", "write `key: value` lines below it")),
        };
        let mut names = std::collections::HashSet::new();
        let mut members = Vec::new();
        for (name, node) in mapping {
            let path = if self.path.is_empty() { visible(name) } else { format!("{}.{}", self.path, visible(name)) };
            let item = Self { source: self.source, node, path };
            if !names.insert(name.to_lowercase()) {
                return Err(item.wrong("it is there already, but for upper and lower case", "remove one of the two"));
            }
            members.push((name.as_str(), item));
        }
        Ok(members)
    }

    /// The member of this name, in upper or lower case. None if it says nothing.
    pub(crate) fn member(&self, name: &str) -> Result<Option<Self>, Failure> {
        Ok(self.member_even_empty(name)?.filter(Self::says_something))
    }

    /// The same, also if it says nothing.
    fn member_even_empty(&self, name: &str) -> Result<Option<Self>, Failure> {
        let found = self.members()?.into_iter().find(|(own, _)| own.to_lowercase() == name.to_lowercase());
        Ok(found.map(|(_, item)| item))
    }

    fn says_something(&self) -> bool {
        !matches!(self.node.content, Content::Null)
    }

    /// The member that is meant by `a.b.c`. None if it says nothing.
    pub(crate) fn at(&self, path: &str) -> Result<Option<Self>, Failure> {
        Ok(self.at_even_empty(path)?.filter(Self::says_something))
    }

    /// The same, also if it says nothing.
    pub(crate) fn at_even_empty(&self, path: &str) -> Result<Option<Self>, Failure> {
        let mut item = self.clone();
        for name in path.split('.') {
            match item.node.content {
                Content::Mapping(_) => match item.member_even_empty(name)? {
                    Some(found) => item = found,
                    None => return Ok(None),
                },
                _ => return Ok(None),
            }
        }
        Ok(Some(item))
    }

    pub(crate) fn text(&self) -> Result<&'a str, Failure> {
        match &self.node.content {
            Content::Text(text) => Ok(text),
            Content::Null => Ok(""),
            Content::Number | Content::Flag(_) => {
                Err(self.wrong("a number or a truth value, where a text belongs", "write it in quotes"))
            }
            Content::List(_) | Content::Mapping(_) => Err(self.wrong("not a text", "write one value")),
        }
    }

    /// The text of a member. None if it is not there, or empty.
    pub(crate) fn text_of(&self, name: &str) -> Result<Option<&'a str>, Failure> {
        let text = self.member(name)?.map(|item| item.text()).transpose()?;
        Ok(text.filter(|text| !text.is_empty()))
    }

    /// Whether a member says `true`. None if it is not there.
    pub(crate) fn flag_of(&self, name: &str) -> Result<Option<bool>, Failure> {
        let Some(item) = self.member(name)? else { return Ok(None) };
        match &item.node.content {
            Content::Flag(flag) => Ok(Some(*flag)),
            Content::Text(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Content::Text(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            _ => Err(item.wrong("neither `true` nor `false`", "write one of the two")),
        }
    }

    /// The texts of a member that is a list of them, or one.
    pub(crate) fn texts_of(&self, name: &str) -> Result<Vec<&'a str>, Failure> {
        self.member(name)?.map_or_else(|| Ok(Vec::new()), |item| item.texts())
    }

    pub(crate) fn texts(&self) -> Result<Vec<&'a str>, Failure> {
        match &self.node.content {
            Content::Null => Ok(Vec::new()),
            Content::List(list) => {
                let elements = list.iter().enumerate();
                let item = |(index, node)| Self { source: self.source, node, path: format!("{}[{index}]", self.path) };
                elements.map(|element| item(element).text()).collect()
            }
            Content::Text(text) => Ok(vec![text]),
            _ => Err(self.wrong("not a list", "write `[one, two]`")),
        }
    }

    /// Whether it is one text.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self.node.content, Content::Text(_))
    }

    /// What is wrong with it, and what would help. Neither shows its value.
    pub(crate) fn wrong(&self, problem: &str, remedy: &str) -> Failure {
        let path = if self.path.is_empty() { String::new() } else { format!("{}: ", self.path) };
        self.source.wrong_at(self.node.line, self.node.column, format!("{path}{problem}; {remedy}"))
    }

    /// The names of members that are none of these, as a comment shows them.
    pub(crate) fn strangers(&self, known: &[&str]) -> Result<Vec<String>, Failure> {
        let is_known = |name: &str| known.iter().any(|known| known.to_lowercase() == name.to_lowercase());
        let members = self.members()?;
        Ok(members.into_iter().filter(|(name, _)| !is_known(name)).map(|(_, item)| shown(&item.path)).collect())
    }
}
