use std::sync::Arc;

use portcullis_core::Backend;

struct Badge;

fn main() {
    let _: Arc<dyn Backend> = Arc::new(Badge);
}
