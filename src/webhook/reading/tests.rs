use super::*;
use crate::webhook::body::Replay;
use crate::webhook::clients::{Client, Clients, Given};
use crate::webhook::config::ClientType;
use crate::webhook::form::Form;
use crate::webhook::frames::{Frames, Next};
use crate::webhook::proofs::Presented;
use crate::webhook::room::Room;
use http::HeaderValue;
use http_body_util::BodyExt as _;
use proptest::prelude::*;
use std::sync::Arc;
use std::time::SystemTime;

const TIMEOUT: Duration = Duration::from_secs(30);

/// Those of a request that has some signature.
fn proofs() -> Proofs {
    let secrets = vec![Given { key: String::new(), secret: "a".to_owned().into() }];
    let (name, form) = ("a".to_owned(), Form::of_known(ClientType::Github).unwrap());
    let client = Client { name, form, groups: Vec::new(), secrets, key: String::new(), file: String::new() };
    let clients = Arc::new(Clients::new(&[client], &"webhook".into()).unwrap());
    let mut headers = HeaderMap::new();
    let signature = format!("sha256={}", "00".repeat(32));
    headers.insert("x-hub-signature-256", HeaderValue::try_from(signature).unwrap());
    match Presented::of(&clients, &headers, SystemTime::now()) {
        Presented::Proofs(proofs) => proofs,
        _ => panic!("there is a signature"),
    }
}

async fn read(frames: Frames, most: usize, room: &Arc<Room>) -> Result<Whole, Halt> {
    Reading::new(frames, proofs(), most, TIMEOUT, room.share()).await.map(|(whole, _)| whole)
}

fn roomy() -> Arc<Room> {
    Arc::new(Room::new(1 << 20))
}

fn data(bytes: &str) -> Next {
    Next::Data(Bytes::copy_from_slice(bytes.as_bytes()))
}

#[tokio::test(start_paused = true)]
async fn a_body_may_be_as_long_as_the_bound_and_no_longer() {
    for (frames, is_read) in [
        (vec![data("12345678")], true),
        (vec![data("123456789")], false),
        (vec![data("1234"), Next::Later, data("5678")], true),
        (vec![data("1234"), data("5678"), Next::Later, data("9")], false),
        (vec![data(""), data("12345678"), data("")], true),
    ] {
        let halt = read(Frames::of(frames.clone()), 8, &roomy()).await.err();
        assert_eq!(halt, (!is_read).then_some(Halt::TooLarge), "{frames:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn trailers_count_too() {
    let mut trailers = HeaderMap::new();
    trailers.insert("a", HeaderValue::from_static("bcd"));
    let frames = || Frames::of([data("1234"), Next::Trailers(trailers.clone())]);
    assert_eq!(read(frames(), 8, &roomy()).await.unwrap().trailers.as_ref(), Some(&trailers));
    assert_eq!(read(frames(), 7, &roomy()).await.unwrap_err(), Halt::TooLarge);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_in_time_is_given_up() {
    assert_eq!(read(Frames::of([data("1"), Next::Never]), 8, &roomy()).await.unwrap_err(), Halt::Late);
}

#[tokio::test]
async fn a_body_that_always_has_something_and_never_ends_is_given_up_too() {
    let timeout = Duration::from_millis(50);
    let trickling = Reading::new(Trickle, proofs(), 8, timeout, roomy().share());
    // Whatever else there is to be done has its turn meanwhile.
    let others = async {
        for _ in 0..5 {
            sleep(timeout / 10).await;
        }
    };
    let (read, ()) = tokio::join!(trickling, others);
    assert_eq!(read.map(|_| ()).unwrap_err(), Halt::Late);
}

/// Empty frames without end.
struct Trickle;

impl Body for Trickle {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::new()))))
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_breaks_off_is_none() {
    assert_eq!(read(Frames::of([data("1"), Next::Broken]), 8, &roomy()).await.unwrap_err(), Halt::Broken);
}

#[tokio::test(start_paused = true)]
async fn all_bodies_together_have_a_bound_until_they_are_taken() {
    let room = Arc::new(Room::new(10));
    let held = read(Frames::of([data("123456")]), 8, &room).await.unwrap();
    assert_eq!(read(Frames::of([data("12345")]), 8, &room).await.unwrap_err(), Halt::NoRoom);
    assert!(read(Frames::of([data("1234")]), 8, &room).await.is_ok());
    let body: Replay<Frames> = Replay::whole(held);
    assert_eq!(body.collect().await.unwrap().to_bytes(), "123456");
    assert!(read(Frames::of([data("12345")]), 8, &room).await.is_ok());
    assert_eq!(room.taken(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_counts_is_what_is_allocated() {
    for (sizes, most, taken) in [
        (&[6][..], 64, 6),
        (&[6, 6], 64, 12),
        (&[6, 6, 6], 64, 24),
        (&[6, 6, 6], 20, 20),
        (&[1, 30, 1, 1, 1, 1], 64, 62),
    ] {
        let room = roomy();
        let frames = sizes.iter().map(|size| data(&"x".repeat(*size)));
        let whole = read(Frames::of(frames), most, &room).await.unwrap();
        assert_eq!(
            (whole.bytes.as_ref().unwrap().len(), room.taken()),
            (sizes.iter().sum(), taken),
            "{sizes:?} {most}"
        );
        let vector = Vec::from(whole.bytes.unwrap());
        assert_eq!(vector.capacity(), taken, "{sizes:?} {most}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_end_makes_room_for_another() {
    let room = Arc::new(Room::new(10));
    let began = tokio::time::Instant::now();
    let stalled = tokio::spawn({
        let room = Arc::clone(&room);
        async move { read(Frames::of([data("1234567"), Next::Never]), 8, &room).await.unwrap_err() }
    });
    tokio::task::yield_now().await;
    assert_eq!(room.taken(), 7);
    let whole = read(Frames::of([data("1234"), Next::Later, data("5678")]), 8, &room).await.unwrap();
    assert_eq!(stalled.await.unwrap(), Halt::NoRoom);
    assert_eq!((room.taken(), began.elapsed()), (8, Duration::ZERO), "nobody waits for the deadline");
    drop(whole);
    assert_eq!(room.taken(), 0);
}

#[tokio::test(start_paused = true)]
async fn one_piece_is_not_copied() {
    let bytes = Bytes::from(vec![7; 1000]);
    let at = bytes.as_ptr();
    let whole = read(Frames::of([Next::Data(Bytes::new()), Next::Data(bytes)]), 1000, &roomy()).await.unwrap();
    assert_eq!(whole.bytes.unwrap().as_ptr(), at);
}

fn any_next() -> impl Strategy<Value = Next> {
    prop_oneof![
        4 => proptest::collection::vec(any::<u8>(), 0..50).prop_map(|bytes| Next::Data(bytes.into())),
        1 => Just(Next::Later),
    ]
}

proptest! {
    #[test]
    fn the_same_bytes_and_trailers_come_out(
        frames in proptest::collection::vec(any_next(), 0..100),
        trailers in proptest::option::of(proptest::collection::vec(("[a-z]{1,4}", "[ -~]{0,9}"), 1..4)),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let trailers = trailers.map(|trailers| {
            let mut map = HeaderMap::new();
            for (name, value) in &trailers {
                map.append(http::HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap());
            }
            map
        });
        let bytes: Vec<u8> = frames.iter().flat_map(|next| match next {
            Next::Data(bytes) => bytes.to_vec(),
            _ => Vec::new(),
        }).collect();
        let frames = Frames::of(frames.into_iter().chain(trailers.clone().map(Next::Trailers)));
        runtime.block_on(async {
            let body: Replay<Frames> = Replay::whole(read(frames, 1 << 20, &roomy()).await.unwrap());
            prop_assert_eq!(body.size_hint().exact(), Some(bytes.len() as u64));
            prop_assert_eq!(body.is_end_stream(), bytes.is_empty() && trailers.is_none());
            let collected = body.collect().await.unwrap();
            prop_assert_eq!(collected.trailers(), trailers.as_ref());
            prop_assert_eq!(&collected.to_bytes()[..], &bytes);
            Ok(())
        })?;
    }
}
