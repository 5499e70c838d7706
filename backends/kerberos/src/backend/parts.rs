//! From a section to a backend.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use super::*;
use crate::NameMapping;
use crate::gss::{Acceptor, Asked};
use crate::own_side::OwnSide;
use crate::pac::PacRules;
use crate::pool::Recipe;
use crate::replay_cache::ReplayCache;
use crate::service::Service;

pub(super) fn assemble(
    config: KerberosConfig,
    name: &Arc<str>,
    directory: &Path,
    clock: Clock,
) -> Result<Kerberos, Invalid> {
    let service = config.check()?;
    let path = absolute(&directory.join(&config.keytab), "keytab")?;
    let keys = Keys::new(name, path.clone(), service.clone()).map_err(|problem| {
        let problem = format!("{}: {problem}", path.display());
        Invalid::new("keytab", problem).expected(format!("a keytab with a key of {service}"))
    })?;
    let realms = realms(&config, &keys)?;
    let pac = config.pac.as_ref().map(|pac| PacRules::new(pac, &realms)).transpose()?;
    let acceptor = acceptor(&service, &keys)?;
    let replay_cache = config.replay_cache.as_ref().map(|path| absolute(&directory.join(path), "replay_cache"));
    let replay_cache = ReplayCache::new(replay_cache.transpose()?);
    replay_cache.prepare().map_err(|problem| {
        Invalid::new("replay_cache", problem).expected("a file that this process alone can write to")
    })?;

    let recipe = Recipe {
        acceptor,
        keytab: resource("FILE:", &path, "keytab")?,
        raw: config.raw_krb5,
        asked: Asked { local: config.name_mapping == NameMapping::Local, pac: pac.is_some() },
    };
    // Once here, so that what libkrb5 does not like (a broken krb5.conf, say) is known at the start.
    recipe.acquire().map_err(|error| {
        Invalid::new("keytab", format!("libkrb5 cannot use it: {}", error.text)).expected("keys that libkrb5 can use")
    })?;
    let keys = Arc::new(keys);
    let own_side = OwnSide { keys: Arc::clone(&keys), replay_cache };
    let pool = Pool::new(recipe, own_side, config.threads(), config.queue)
        .map_err(|error| Invalid::new("max_concurrent", error.to_string()).expected("fewer threads"))?;
    let expected = Expected {
        realms,
        mapping: config.name_mapping,
        suffix: config.username_suffix,
        binding: config.channel_binding,
        pac,
    };
    Ok(Kerberos { name: Arc::clone(name), expected, raw: config.raw_krb5, pool, keys, clock })
}

fn realms(config: &KerberosConfig, keys: &Keys) -> Result<BTreeSet<String>, Invalid> {
    let realms: BTreeSet<String> = match &config.realms {
        Some(realms) => realms.iter().cloned().collect(),
        None => keys.realms(),
    };
    config.name_mapping.check_realms(&realms)?;
    if realms.len() > 1 && config.name_mapping.needs_one_realm() {
        let realms = Vec::from_iter(realms).join(", ");
        let problem = format!("with the realms {realms}, two people would have one name");
        return Err(Invalid::new("name_mapping", problem).expected("`principal`, a list of rules, or one realm"));
    }
    Ok(realms)
}

/// One principal where one is meant: libkrb5 then leaves the keys of all others alone.
fn acceptor(service: &Service, keys: &Keys) -> Result<Acceptor, Invalid> {
    if !service.is_one_host() {
        return Ok(Acceptor::Service(service.kind().to_owned()));
    }
    match Vec::from_iter(keys.principals()).as_slice() {
        [only] => Ok(Acceptor::Principal(only.clone())),
        several => {
            let problem = format!("the keytab has {}", several.join(" and "));
            Err(Invalid::new("service", problem).expected("one of them, with its realm"))
        }
    }
}

fn absolute(path: &Path, key: &str) -> Result<std::path::PathBuf, Invalid> {
    std::path::absolute(path).map_err(|error| Invalid::new(key, error.to_string()).expected("the path of a file"))
}

/// A file as libkrb5 names it.
fn resource(kind: &str, path: &Path, key: &str) -> Result<CString, Invalid> {
    let name = [OsStr::new(kind), path.as_os_str()].map(OsStr::as_bytes).concat();
    CString::new(name).map_err(|_| Invalid::new(key, "there is a NUL in it").expected("the path of a file"))
}
