//! How the groups of an account are found.

use std::collections::HashSet;

use portcullis_core::{Principal, Sid};
use tokio::time::Instant;

use crate::config::Find;
use crate::connection::{Connection, Query, Scope};
use crate::dn::Dn;
use crate::entry::Entry;
use crate::failure::Failure;
use crate::template::Template;
use crate::users::ANY;

mod name;
mod sids;

pub(crate) use name::GroupName;
pub(crate) use sids::SidNames;

/// Filters that are asked in one question: deep nesting then costs few of them.
const AT_ONCE: usize = 50;
const MEMBER_OF: &str = "memberOf";
const TOKEN_GROUPS: &str = "tokenGroups";

/// What `[directory.groups]` says.
pub(crate) struct Groups {
    pub(crate) find: Find,
    pub(crate) base: String,
    /// For `member`, `in_chain`, and the nested groups of `member_of`.
    pub(crate) filter: Option<Template>,
    pub(crate) name: GroupName,
    pub(crate) depth: usize,
    pub(crate) max: usize,
    /// For `token_groups` and `sid`.
    pub(crate) sids: SidNames,
}

/// What has been found so far.
#[derive(Default)]
struct Found {
    visited: HashSet<Vec<u8>>,
    names: HashSet<Box<str>>,
}

impl Groups {
    pub(crate) fn filter(&self) -> Option<&Template> {
        self.filter.as_ref()
    }

    /// The attribute of an account that has to be read with it.
    pub(crate) fn attribute_of_account(&self) -> Option<&'static str> {
        (self.find == Find::MemberOf).then_some(MEMBER_OF)
    }

    /// The names of the groups that this account is in. [`Failure::TooMany`] if it is in more than it may be.
    pub(crate) async fn of(
        &self,
        account: &Entry,
        caller: &Principal,
        connection: &mut Connection,
        until: Instant,
    ) -> Result<Vec<Box<str>>, Failure> {
        let mut found = Found::default();
        let depth = match self.find {
            Find::TokenGroups => return self.token_groups(account, connection, until).await,
            Find::Sid => return Ok(Vec::new()),
            Find::Member | Find::InChain => {
                self.search(&[account.dn().to_owned()], caller, &mut found, connection, until).await?
            }
            Find::MemberOf => self.member_of(account, &mut found, connection, until).await?,
        };
        let mut next = depth;
        for _ in 0..self.depth {
            if next.is_empty() {
                break;
            }
            next = self.search(&next, caller, &mut found, connection, until).await?;
        }
        Ok(found.names.into_iter().collect())
    }

    /// The groups that have these entries as members. Returns the names of the entries of those that are new.
    async fn search(
        &self,
        members: &[String],
        caller: &Principal,
        found: &mut Found,
        connection: &mut Connection,
        until: Instant,
    ) -> Result<Vec<String>, Failure> {
        let mut next = Vec::new();
        for members in members.chunks(AT_ONCE) {
            let filters: Option<Vec<String>> =
                members.iter().map(|member| self.filter.as_ref()?.with(caller, Some(member))).collect();
            let Some(filters) = filters else {
                return Err(Failure::wrong("groups.filter: a name is longer than names are"));
            };
            let filter = any_of(&filters);
            for group in connection
                .search(&self.below_base(&filter, &self.name.attributes()), until)
                .await
                .map_err(|failure| self.of_base(failure))?
            {
                if found.is_new(group.dn()) {
                    next.push(group.dn().to_owned());
                    found.names.extend(self.name.of(&group));
                }
                self.bounded(found)?;
            }
        }
        Ok(next)
    }

    /// The groups that the account says it is in.
    async fn member_of(
        &self,
        account: &Entry,
        found: &mut Found,
        connection: &mut Connection,
        until: Instant,
    ) -> Result<Vec<String>, Failure> {
        if account.has_part_of(MEMBER_OF) {
            return Err(Failure::wrong(
                "the server gives only a part of memberOf: `find = \"member\"` and `\"in_chain\"` find all",
            ));
        }
        let base = Dn::parse(&self.base);
        let mut groups = Vec::new();
        for group in account.values(MEMBER_OF) {
            let name = std::str::from_utf8(group).ok().and_then(|text| Some((text, Dn::parse(text)?)));
            let (text, dn) = name.ok_or_else(|| Failure::unanswered("a malformed name in memberOf"))?;
            if base.as_ref().is_none_or(|base| dn.is_within(base)) && found.is_new(text) {
                groups.push((text, dn));
            }
        }
        self.bounded(found)?;
        let mut next = Vec::with_capacity(groups.len());
        for (text, dn) in groups {
            let name = match self.name.in_dn(&dn) {
                Some(name) => Some(name),
                None => self.read_name(text, connection, until).await?,
            };
            found.names.extend(name);
            next.push(text.to_owned());
        }
        Ok(next)
    }

    /// Reads the name of one group.
    async fn read_name(
        &self,
        dn: &str,
        connection: &mut Connection,
        until: Instant,
    ) -> Result<Option<Box<str>>, Failure> {
        let attributes = self.name.attributes();
        let query = Query { base: dn, scope: Scope::Base, filter: ANY, attributes: &attributes, most: 1 };
        match connection.search(&query, until).await {
            Ok(entries) => Ok(entries.first().and_then(|group| self.name.of(group))),
            // It was deleted a moment ago, or is somewhere where the reader sees nothing.
            Err(Failure::NoSuchObject) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// All that the server itself counts for the account.
    async fn token_groups(
        &self,
        account: &Entry,
        connection: &mut Connection,
        until: Instant,
    ) -> Result<Vec<Box<str>>, Failure> {
        // It is computed for the entry that a search begins at, and for no other.
        let query = Query { base: account.dn(), scope: Scope::Base, filter: ANY, attributes: &[TOKEN_GROUPS], most: 1 };
        let account = connection.search(&query, until).await?.pop().ok_or(Failure::NoSuchObject)?;
        let sids: Option<Vec<Sid>> = account.values(TOKEN_GROUPS).iter().map(|value| Sid::from_bytes(value)).collect();
        let sids = sids.ok_or_else(|| Failure::unanswered("a malformed SID in tokenGroups"))?;
        if sids.is_empty() || account.has_part_of(TOKEN_GROUPS) {
            return Err(Failure::wrong(
                "the server gives no tokenGroups, or not all: it is no Active Directory, or whoever asks may not read it",
            ));
        }
        if sids.len() > self.max {
            return Err(Failure::TooMany);
        }
        if self.name.is_sid() && self.base.is_empty() {
            return Ok(sids.iter().map(|sid| sid.to_string().into()).collect());
        }
        let names = self.names_of(&sids, connection, until).await?;
        Ok(names.into_iter().flatten().collect::<HashSet<_>>().into_iter().collect())
    }

    fn below_base<'a>(&'a self, filter: &'a str, attributes: &'a [&'a str]) -> Query<'a> {
        Query { base: &self.base, scope: Scope::Subtree, filter, attributes, most: self.max }
    }

    fn of_base(&self, failure: Failure) -> Failure {
        match failure {
            Failure::NoSuchObject => Failure::Wrong(format!("groups.base: there is no entry {}", self.base)),
            failure => failure,
        }
    }

    fn bounded(&self, found: &Found) -> Result<(), Failure> {
        if found.visited.len() > self.max { Err(Failure::TooMany) } else { Ok(()) }
    }
}

impl Found {
    /// Whether this group was not there before.
    fn is_new(&mut self, dn: &str) -> bool {
        let key = Dn::parse(dn).map_or_else(|| dn.to_lowercase().into_bytes(), |dn| dn.key());
        self.visited.insert(key)
    }
}

/// A filter that one of these matches.
fn any_of(filters: &[String]) -> String {
    match filters {
        [filter] => filter.clone(),
        filters => format!("(|{})", filters.concat()),
    }
}

#[cfg(test)]
mod tests;
