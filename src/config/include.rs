//! `include`: more files with roles and bindings.

use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::document::Document;
use super::error::Problem;
use super::source::Source;
use super::value::{Content, Member};

/// More files than anybody keeps apart.
const MAX_FILES: usize = 1000;

/// The files that the first one includes.
pub(super) struct Included {
    pub(super) documents: Vec<Document>,
    /// Whether these are all of them, and none had to be left out for a problem of its own.
    pub(super) complete: bool,
    /// What an administrator should know of them.
    pub(super) warnings: Vec<String>,
}

/// Reads the files that the key `include` of `source` names.
pub(super) fn read(source: &Source, include: Option<&Member>, problems: &mut Vec<Problem>) -> Included {
    let before = problems.len();
    let mut included = Included { documents: Vec::new(), complete: true, warnings: Vec::new() };
    let Some(member) = include else { return included };
    let paths = paths(source, member, problems, &mut included.warnings);
    let mut strangers = Vec::new();
    for (index, path) in paths.iter().enumerate() {
        match Source::of_included_file(path, index + 1).and_then(Document::parse) {
            Ok(document) => {
                strangers.extend(document.sections_not_to_include());
                included.documents.push(document);
            }
            Err(error) => problems.extend(error.into_problems()),
        }
    }
    included.complete = problems.len() == before;
    problems.extend(strangers);
    included
}

/// The files that are meant, each once.
fn paths(source: &Source, member: &Member, problems: &mut Vec<Problem>, warnings: &mut Vec<String>) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = Vec::new();
    let Content::Array(elements) = &member.value.content else {
        let problem = format!("wrong type: {}", member.value.content.type_name());
        problems.push(expected(source.problem(member.start, "include".to_owned(), problem), "an array of paths"));
        return paths;
    };
    for (index, element) in elements.iter().enumerate() {
        let at = |problem: &str| source.problem(element.start, format!("include[{index}]"), problem.to_owned());
        let Content::String(text) = &element.content else {
            problems.push(expected(at(&format!("wrong type: {}", element.content.type_name())), "a path"));
            continue;
        };
        let Some(pattern) = FilePattern::parse(text) else {
            let remedy = "a path without `..`, `?`, `[`, `{`, with `*` only in the name of the file: `rbac.d/*.toml`";
            problems.push(expected(at("wrong value"), remedy));
            continue;
        };
        match pattern.files(source.directory()) {
            Ok(found) if found.is_empty() => warnings.push(at("no file is called so").to_string()),
            Ok(found) if found.len() + paths.len() > MAX_FILES => {
                problems.push(expected(at("too many files"), &format!("at most {MAX_FILES} in all")));
            }
            Ok(found) if found.iter().any(|path| source.is_at(path)) => {
                problems.push(expected(at("this very file is among them"), "others, such as `rbac.d/*.toml`"));
            }
            Ok(found) => {
                for path in found {
                    if !paths.contains(&path) {
                        paths.push(path);
                    }
                }
            }
            Err(problem) => problems.push(at(&problem)),
        }
    }
    paths
}

fn expected(problem: Problem, expected: &str) -> Problem {
    Problem { expected: Some(expected.to_owned()), ..problem }
}

/// A path, in whose last part each `*` stands for any characters.
struct FilePattern<'a> {
    directory: &'a Path,
    name: &'a str,
}

impl<'a> FilePattern<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let path = Path::new(text);
        let name = path.file_name().and_then(|name| name.to_str())?;
        let directory = path.parent()?;
        // What would be a wildcard elsewhere, or lead out of the directory, is none here, and does not.
        let fits = text.ends_with(name)
            && !path.components().any(|part| part == Component::ParentDir)
            && !directory.as_os_str().to_string_lossy().contains('*')
            && !text.contains(|c: char| matches!(c, '?' | '[' | '{') || c.is_control());
        fits.then_some(Self { directory, name })
    }

    /// The files of this name, sorted; those whose names begin with a dot are not meant by `*`. Links are followed, since
    /// Kubernetes mounts a ConfigMap as links.
    fn files(&self, start: &Path) -> Result<Vec<PathBuf>, String> {
        let directory = start.join(self.directory);
        if !self.name.contains('*') {
            let path = directory.join(self.name);
            return is_file(&path).map(|()| vec![path]);
        }
        // An empty path is the current directory to others, but not to this.
        let listed = if directory.as_os_str().is_empty() { Path::new(".") } else { &directory };
        let entries = match fs::read_dir(listed) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(format!("{}: {error}", directory.display())),
        };
        let mut names: Vec<OsString> = Vec::new();
        for entry in entries {
            let name = entry.map_err(|error| format!("{}: {error}", directory.display()))?.file_name();
            let text = name.to_string_lossy();
            if !text.starts_with('.') && fits(self.name, &text) {
                names.push(name);
            }
        }
        names.sort();
        let paths = names.into_iter().map(|name| directory.join(name));
        paths.map(|path| is_file(&path).map(|()| path)).collect()
    }
}

/// Nothing else is opened: a pipe would hold the program up.
fn is_file(path: &Path) -> Result<(), String> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(()),
        Ok(_) => Err(format!("{}: not a file", path.display())),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

/// Whether the name is made as the pattern has it.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut rest) = name.strip_prefix(before) else { return false };
    let mut parts: Vec<&str> = after.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        // Where a part is found first leaves the most to those after it.
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests;
