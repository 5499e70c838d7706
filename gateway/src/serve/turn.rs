//! Whose turn it is on a connection: the server's, or the client's.
//!
//! A client can hold a connection by not asking, and by not reading the answer. hyper sees neither,
//! as long as an HTTP/2 client answers pings. Both are a client's turn that does not end.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::sync::watch;
use tokio::time::timeout;
use tonic::Status;
use tonic::body::Body;

/// Of one connection: counts the requests whose next step is the server's.
#[derive(Clone, Default)]
pub(super) struct Turns(watch::Sender<usize>);

/// Of one request.
pub(super) struct Turn {
    turns: Turns,
    is_ours: bool,
}

/// A response's body, and whose turn it is.
pub(super) struct Turning {
    body: Body,
    turn: Turn,
}

impl Turns {
    /// A request has come, so it is the server's turn.
    pub(super) fn begin(&self) -> Turn {
        let mut turn = Turn { turns: self.clone(), is_ours: false };
        turn.pass(true);
        turn
    }

    /// Waits until all that is to be done has been the client's for so long, without any progress.
    pub(super) async fn idle_for(&self, time: Duration) {
        let mut changes = self.0.subscribe();
        loop {
            let ours = *changes.borrow_and_update() > 0;
            // It cannot fail, since the sender is here.
            let change = changes.changed();
            if ours {
                let _ = change.await;
            } else if timeout(time, change).await.is_err() {
                return;
            }
        }
    }
}

impl Turn {
    /// The answer has begun: until its body is asked for more, it is the client's turn.
    pub(super) fn answer(mut self, body: Body) -> Turning {
        self.pass(false);
        Turning { body, turn: self }
    }

    fn pass(&mut self, to_us: bool) {
        if self.is_ours && to_us {
            return;
        }
        // Also if it was the client's before: then it has read something.
        self.turns.0.send_modify(|ours| *ours = *ours + usize::from(to_us) - usize::from(self.is_ours));
        self.is_ours = to_us;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.pass(false);
    }
}

impl http_body::Body for Turning {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        let frame = Pin::new(&mut this.body).poll_frame(cx);
        this.turn.pass(frame.is_pending());
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::{BodyExt as _, Full, StreamBody};
    use tokio::time::Instant;

    const IDLE: Duration = Duration::from_secs(60);
    const HOUR: Duration = Duration::from_secs(3600);

    async fn idles(turns: &Turns) -> bool {
        timeout(HOUR, turns.idle_for(IDLE)).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_asked_is_idle_and_a_request_is_not() {
        let turns = Turns::default();
        assert!(idles(&turns).await);
        let (one, other) = (turns.begin(), turns.begin());
        assert!(!idles(&turns).await);
        drop(one);
        assert!(!idles(&turns).await, "there is another");
        drop(other);
        assert!(idles(&turns).await);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_is_not_read_is_idle() {
        let turns = Turns::default();
        let mut answer = turns.begin().answer(Body::new(Full::from("answer")));
        assert!(idles(&turns).await);
        answer.frame().await.unwrap().unwrap();
        assert!(idles(&turns).await);
        drop(answer);
        assert_eq!(*turns.0.borrow(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_waits_for_the_server_is_not_idle() {
        let turns = Turns::default();
        let never = StreamBody::new(tokio_stream::pending::<Result<Frame<Bytes>, Status>>());
        let mut answer = turns.begin().answer(Body::new(never));
        assert!(timeout(IDLE, answer.frame()).await.is_err());
        assert!(!idles(&turns).await);
        drop(answer);
        assert!(idles(&turns).await);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_reads_slowly_has_as_long_for_each_step() {
        let turns = Turns::default();
        let frames = (0..3).map(|_| Ok::<_, Status>(Frame::data(Bytes::from_static(b"x"))));
        let mut answer = turns.begin().answer(Body::new(StreamBody::new(tokio_stream::iter(frames))));
        let start = Instant::now();
        let read = async {
            for _ in 0..3 {
                tokio::time::sleep(IDLE * 9 / 10).await;
                answer.frame().await.unwrap().unwrap();
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = turns.idle_for(IDLE) => (),
            () = read => (),
        }
        assert_eq!(start.elapsed().as_secs(), 3 * 54 + 60);
    }
}
