//! What was found out about a principal.

use std::any::Any;
use std::sync::OnceLock;

/// Room for one thing of any type, found out once. A copy begins without: it is about to become another principal.
#[derive(Default)]
pub(super) struct Memo(OnceLock<Box<dyn Any + Send + Sync>>);

impl Memo {
    pub(super) fn get_or_init<T: Send + Sync + 'static>(&self, find: impl FnOnce() -> T) -> Option<&T> {
        self.0.get_or_init(|| Box::new(find())).downcast_ref()
    }
}

impl Clone for Memo {
    fn clone(&self) -> Self {
        Self::default()
    }
}

#[cfg(test)]
mod tests {
    use crate::Principal;

    #[test]
    fn what_was_found_out_is_kept_with_the_principal_and_not_with_another_one() {
        let alice = Principal::builder("alice").group("ops").group("dev").build();
        let groups = |principal: &Principal| *principal.memo(|| principal.groups().count()).unwrap();
        assert_eq!((groups(&alice), groups(&alice.clone())), (2, 2));
        assert_eq!(alice.memo(|| 7_usize), Some(&2), "it was found out already");
        assert_eq!(alice.memo(|| "another type"), None);
        let fewer = alice.retain_groups(|group| group == "ops");
        assert_eq!((groups(&fewer), groups(&fewer.without_memo())), (1, 1));
        assert_eq!(fewer.without_memo().memo(|| "another type"), Some(&"another type"));
    }
}
