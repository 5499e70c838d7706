use std::sync::Arc;

use portcullis_core::Authorizer;

struct Badge;

fn main() {
    let _: Arc<dyn Authorizer> = Arc::new(Badge);
}
