//! The templates of one host, by segments.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use http::Method;

use super::methods::Methods;
use super::path::split_segment;
use super::template::Segment;

/// A node: the segments before it are those on the way to it.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    /// What the file says is looked up by what a client sends: no client can make two of them collide.
    literals: HashMap<Box<str>, Tree, RandomState>,
    capture: Option<Box<Tree>>,
    /// The templates that take all that is left here.
    rest: Leaf,
    /// The templates that end here.
    end: Leaf,
}

/// Templates that differ by their methods alone.
#[derive(Clone, Debug, Default)]
struct Leaf(Vec<(Methods, usize)>);

impl Tree {
    /// Adds a route by its index.
    ///
    /// # Errors
    ///
    /// The index of one that is for some of the same requests and as specific.
    pub(super) fn insert(&mut self, segments: &[Segment], methods: &Methods, index: usize) -> Result<(), usize> {
        let (leaf, child, rest) = match segments {
            [] => (Some(&mut self.end), None, segments),
            [Segment::Rest(_), ..] => (Some(&mut self.rest), None, segments),
            [Segment::Literal(literal), rest @ ..] => {
                (None, Some(self.literals.entry(literal.clone()).or_default()), rest)
            }
            [Segment::Capture(_), rest @ ..] => (None, Some(&mut **self.capture.get_or_insert_default()), rest),
        };
        match (leaf, child) {
            (Some(leaf), _) => leaf.insert(methods, index),
            (None, Some(child)) => child.insert(rest, methods, index),
            (None, None) => Ok(()),
        }
    }

    /// The most specific of the routes for this path and method, by its index. `path` begins with a
    /// slash; without a method it is for one that no route names. From left to right, a literal is
    /// more specific than a capture, and a capture than the rest; only then do the methods count.
    pub(super) fn find(&self, path: &str, method: Option<&Method>) -> Option<usize> {
        // Anything else is `*`, which no template is for.
        self.below(Some(path.strip_prefix('/')?), method)
    }

    /// The same from this node on, where `left` is what is left of the path after the slash, if there
    /// is one.
    fn below(&self, left: Option<&str>, method: Option<&Method>) -> Option<usize> {
        let Some(left) = left else { return self.end.find(method) };
        let (segment, after) = split_segment(left);
        // A template is not deeper than its length allows, and no node is visited twice.
        let by_literal = self.literals.get(segment).and_then(|child| child.below(after, method));
        by_literal
            .or_else(|| match &self.capture {
                Some(child) if !segment.is_empty() => child.below(after, method),
                _ => None,
            })
            .or_else(|| self.rest.find(method))
    }

    /// Those that no request reaches, by their indices: more specific ones are for all that they are
    /// for. That can only befall one that takes the rest.
    pub(super) fn unreachable(&self, found: &mut Vec<usize>) {
        found.extend(self.rest.0.iter().filter(|(methods, _)| self.covers_rest(methods)).map(|(_, index)| *index));
        let children = self.literals.values().chain(self.capture.as_deref());
        children.for_each(|child| child.unreachable(found));
    }

    /// Whether templates without a rest here are for all that is left, whatever it is.
    fn covers_rest(&self, methods: &Methods) -> bool {
        let nothing = self.literals.get("").is_some_and(|child| child.end.covers(methods));
        nothing
            && self.capture.as_ref().is_some_and(|child| {
                child.end.covers(methods) && (child.rest.covers(methods) || child.covers_rest(methods))
            })
    }
}

impl Leaf {
    fn insert(&mut self, methods: &Methods, index: usize) -> Result<(), usize> {
        if let Some((_, other)) = self.0.iter().find(|(others, _)| others.clash(methods)) {
            return Err(*other);
        }
        self.0.push((methods.clone(), index));
        Ok(())
    }

    /// The one that names the method; else the one for any.
    fn find(&self, method: Option<&Method>) -> Option<usize> {
        let mut any = None;
        for (methods, index) in &self.0 {
            match (methods.named(), method) {
                (None, _) => any = Some(*index),
                (Some(named), Some(method)) if named.contains(method) => return Some(*index),
                _ => {}
            }
        }
        any
    }

    fn covers(&self, methods: &Methods) -> bool {
        methods.probes().all(|method| self.find(method).is_some())
    }
}
