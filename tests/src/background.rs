//! Tasks that end when they are told to.

use tokio::runtime::{Builder, Runtime};

/// A runtime of its own, for servers that blocking tests use, and that go away with all of their
/// connections.
pub(crate) struct Background(Option<Runtime>);

impl Background {
    pub(crate) fn start() -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        Self(Some(runtime.expect("a runtime can be built")))
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.as_ref().expect("it has not ended").spawn(task);
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // On another thread: a runtime must not wait for the end of one within another.
        let runtime = self.0.take();
        let _ = std::thread::spawn(move || drop(runtime)).join();
    }
}
