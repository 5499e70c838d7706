//! How many wildcards a rule has, and where: what is asked is looked for once under each shape that there is.

use super::lexicon::Kind;
use super::pattern::{Form, ResourceParts, Subresource};

/// Where the wildcards are in a verb and a resource, or in a verb and a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) verb: Kind,
    pub(crate) target: TargetShape,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TargetShape {
    Resource(Kind, GroupShape, SubresourceShape),
    Url(Kind),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GroupShape {
    Is,
    Any,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SubresourceShape {
    Is,
    Some,
    Any,
}

/// Several shapes, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shapes(u64);

const RESOURCE_SHAPES: usize = 54;
const URL_SHAPES: usize = 9;

/// The shape of each bit. The more usual come first.
const SHAPES: [Shape; RESOURCE_SHAPES + URL_SHAPES] = {
    let mut shapes = [Shape { verb: Kind::Word, target: TargetShape::Url(Kind::Word) }; RESOURCE_SHAPES + URL_SHAPES];
    let mut bit = 0;
    while bit < shapes.len() {
        let verb = Kind::ALL[bit % 3];
        let target = if bit < RESOURCE_SHAPES {
            let subresource = match bit / 9 % 3 {
                0 => SubresourceShape::Is,
                1 => SubresourceShape::Some,
                _ => SubresourceShape::Any,
            };
            let group = if bit / 27 == 0 { GroupShape::Is } else { GroupShape::Any };
            TargetShape::Resource(Kind::ALL[bit / 3 % 3], group, subresource)
        } else {
            TargetShape::Url(Kind::ALL[(bit - RESOURCE_SHAPES) / 3])
        };
        shapes[bit] = Shape { verb, target };
        bit += 1;
    }
    shapes
};

impl TargetShape {
    pub(crate) fn of_resource(ResourceParts { resource, group, subresource }: ResourceParts<'_>) -> Self {
        let group = if group.is_some() { GroupShape::Is } else { GroupShape::Any };
        let subresource = match subresource {
            Subresource::Is(_) => SubresourceShape::Is,
            Subresource::Some => SubresourceShape::Some,
            Subresource::Any => SubresourceShape::Any,
        };
        Self::Resource(Kind::of(resource), group, subresource)
    }

    pub(crate) fn of_url(form: Form<'_>) -> Self {
        Self::Url(Kind::of(form))
    }
}

impl Shapes {
    pub(crate) const RESOURCES: Self = Self((1 << RESOURCE_SHAPES) - 1);
    pub(crate) const URLS: Self = Self(((1 << URL_SHAPES) - 1) << RESOURCE_SHAPES);

    pub(crate) fn add(&mut self, shape: Shape) {
        if let Some(bit) = SHAPES.iter().position(|known| *known == shape) {
            self.0 |= 1 << bit;
        }
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn iter(mut self) -> impl Iterator<Item = Shape> {
        std::iter::from_fn(move || {
            let shape = SHAPES.get(self.0.trailing_zeros() as usize)?;
            self.0 &= self.0 - 1;
            Some(*shape)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_has_a_bit_of_its_own() {
        let all = Shapes::RESOURCES.or(Shapes::URLS);
        assert_eq!(all.iter().count(), SHAPES.len());
        let mut seen = Shapes::default();
        for shape in all.iter() {
            let before = seen;
            seen.add(shape);
            assert_ne!(before, seen, "{shape:?}");
        }
        assert_eq!(seen, all);
        assert!(Shapes::URLS.iter().all(|shape| matches!(shape.target, TargetShape::Url(_))));
        assert!(!Shapes::RESOURCES.iter().any(|shape| matches!(shape.target, TargetShape::Url(_))));
        assert_eq!(Shapes::default().iter().next(), None);
    }
}
