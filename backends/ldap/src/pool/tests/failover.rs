//! What failures of one server, or of one question, mean for the others.

use super::*;

#[tokio::test]
async fn what_is_wrong_with_one_server_is_no_reason_not_to_ask_others() {
    for code in [1, 50, 53] {
        let bad = Responder::start(move |_| Reply::Messages(vec![done(code)])).await;
        let good = Responder::start(answer).await;
        let pool = pool(&[bad.url(), good.url()], None, 4);
        for _ in 0..5 {
            assert_eq!(pool.run(&Search, later()).await, Ok(1), "{code}");
        }
        assert_eq!((bad.asked().len(), good.asked().len()), (1, 5), "{code}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_rather_than_that_another_server_is_away() {
    let wrong = Responder::start(|_| Reply::Messages(vec![done(50)])).await;
    let away = Responder::start(|_| Reply::Close).await;
    for urls in [[wrong.url(), away.url()], [away.url(), wrong.url()]] {
        let failure = pool(&urls, None, 4).run(&Search, later()).await.unwrap_err();
        assert_eq!(
            failure,
            Failure::Wrong(format!("{}: the server answers insufficientAccessRights (50)", wrong.url()))
        );
    }
}

#[tokio::test]
async fn a_server_that_answers_wrongly_is_not_asked_first_from_then_on() {
    let (reply, _) = once(Reply::Close, one);
    let good = Responder::start(reply).await;
    let bad = Responder::start(|_| Reply::Messages(vec![done(50)])).await;
    let pool = pool(&[good.url(), bad.url()], None, 4);
    assert!(pool.run(&Search, later()).await.is_err());
    after(Duration::from_secs(600)).await;
    for _ in 0..5 {
        assert_eq!(pool.run(&Search, later()).await, Ok(1));
    }
    assert_eq!((good.connections(), bad.asked().len()), (2, 1));
}

/// A password that somebody typed, and that is wrong.
struct Guess;

impl Task for Guess {
    type Answer = u32;

    const MAY_BE_REPEATED: bool = false;

    async fn ask(&self, connection: &mut Connection, until: Instant) -> Result<u32, Failure> {
        match connection.bind("uid=alice", &"typo".into(), until).await?.code {
            code @ (0 | 49) => Ok(code),
            code => Err(Failure::of_code(code)),
        }
    }
}

#[tokio::test]
async fn a_password_is_shown_once_whatever_becomes_of_it() {
    for reply in [
        (|| Reply::Silence) as fn() -> Reply,
        || Reply::Close,
        || bound(51),
        || bound(80),
        || Reply::Bytes(b"HTTP/1.1 400".to_vec()),
    ] {
        for is_kept in [false, true] {
            let (first, is_warm) = once(bound(49), reply);
            is_warm.store(is_kept, Ordering::SeqCst);
            let first = Responder::start(first).await;
            let second = Responder::start(|_| bound(49)).await;
            let pool = pool(&[first.url(), second.url()], None, 4);
            if is_kept {
                assert_eq!(pool.run(&Guess, later()).await, Ok(49));
            }
            let before = binds(&first).len();
            assert!(pool.run(&Guess, Instant::now() + Duration::from_millis(600)).await.is_err());
            assert_eq!((binds(&first).len() - before, binds(&second).len()), (1, 0));
        }
    }
}

#[tokio::test]
async fn a_password_that_was_not_shown_yet_is_shown_to_another_server() {
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let second = Responder::start(|_| bound(49)).await;
    let pool = pool(&[format!("ldap://{gone}"), second.url()], None, 4);
    assert_eq!(pool.run(&Guess, later()).await, Ok(49));
}

#[tokio::test]
async fn a_password_is_not_shown_on_a_connection_that_the_server_has_closed() {
    let server = Responder::start(|_| Reply::Last(bound_as(49))).await;
    let pool = pool(&[server.url()], None, 4);
    for shown in 1..=3 {
        assert_eq!(pool.run(&Guess, later()).await, Ok(49));
        // The end of the connection comes a moment later.
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!((server.connections(), binds(&server).len()), (shown, shown));
    }
}

#[tokio::test]
async fn a_question_without_an_answer_is_no_server_that_is_away() {
    for (name, code) in [("time", 3), ("limit", 11), ("loop", 54)] {
        let (reply, is_first) = once(one(), move || Reply::Messages(vec![done(code)]));
        let (asked, other) = (Responder::start(reply).await, Responder::start(answer).await);
        let pool = pool(&[asked.url(), other.url()], None, 4);
        assert_eq!(pool.run(&Search, later()).await, Ok(1), "{name}");
        assert!(matches!(pool.run(&Search, later()).await, Err(Failure::Unanswered(_))), "{name}");
        is_first.store(true, Ordering::SeqCst);
        assert_eq!(pool.run(&Search, later()).await, Ok(1), "{name}");
        assert_eq!((asked.connections(), other.connections()), (1, 0), "{name}: it was a whole answer");
    }
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_ends_one_connection_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let (reply, is_first) = once(one(), || Reply::Messages(vec![crate::responder::element(0x64, b""), done(0)]));
    let asked = Responder::start(move |request| match request {
        Request::Bind { .. } => bound(0),
        request => reply(request),
    })
    .await;
    let other = Responder::start(answer).await;
    let pool = pool(&[asked.url(), other.url()], Some(reader(folder.path())), 4);
    assert_eq!(pool.run(&Search, later()).await, Ok(1));
    for _ in 0..3 {
        assert!(matches!(pool.run(&Search, later()).await, Err(Failure::Unanswered(_))));
    }
    is_first.store(true, Ordering::SeqCst);
    assert_eq!(pool.run(&Search, later()).await, Ok(1));
    assert_eq!((asked.connections(), other.connections()), (4, 0));
}

/// Whatever is asked of this server, but for what it is itself, takes for ever.
fn slow(request: &Request) -> Reply {
    match request {
        Request::Bind { .. } => bound(0),
        Request::Search { base, .. } if base.is_empty() => found(&[entry("", &[("supportedLDAPVersion", "3")])]),
        _ => Reply::Silence,
    }
}

#[tokio::test]
async fn a_question_that_takes_too_long_is_no_server_that_is_away() {
    let is_slow = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&is_slow);
    let reply = move |request: &Request| if asked.load(Ordering::SeqCst) { slow(request) } else { answer(request) };
    let (first, other) = (Responder::start(reply).await, Responder::start(answer).await);
    let pool = Arc::new(pool(&[first.url(), other.url()], None, 4));
    // Two are kept.
    let both = [(); 2].map(|()| {
        let pool = Arc::clone(&pool);
        async move { pool.run(&Search, later()).await }
    });
    assert_eq!(futures_util::future::join_all(both).await, [Ok(1), Ok(1)]);
    assert_eq!(pool.idle.len(), 2);
    is_slow.store(true, Ordering::SeqCst);
    let soon = Instant::now() + Duration::from_millis(800);
    assert_eq!(pool.run(&Search, soon).await, Err(Failure::TimedOut));
    assert_eq!((pool.idle.len(), other.connections()), (0, 0), "those that are kept may be dead");
    is_slow.store(false, Ordering::SeqCst);
    assert_eq!(pool.run(&Search, later()).await, Ok(1));
    assert_eq!(other.connections(), 0, "the server is not left alone");
}

#[tokio::test]
async fn a_server_that_says_nothing_any_more_is_left_for_another_one() {
    let is_frozen = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&is_frozen);
    let reply = move |request: &Request| if asked.load(Ordering::SeqCst) { Reply::Silence } else { answer(request) };
    let (frozen, other) = (Responder::start(reply).await, Responder::start(answer).await);
    let pool = pool(&[frozen.url(), other.url()], None, 4);
    assert_eq!(pool.run(&Search, later()).await, Ok(1));
    is_frozen.store(true, Ordering::SeqCst);
    let soon = || Instant::now() + Duration::from_secs(2);
    assert_eq!(pool.run(&Search, soon()).await, Ok(1));
    let asked = frozen.asked().len();
    assert_eq!(pool.run(&Search, soon()).await, Ok(1));
    assert_eq!(frozen.asked().len(), asked, "it is left alone");
}

/// As on a file system whose server is gone.
#[tokio::test]
async fn a_file_that_is_read_for_ever_ends_no_later_than_a_question() {
    let begun = Instant::now();
    let folder = tempfile::tempdir().unwrap();
    let responder = Responder::start(answer).await;
    let pool = pool(&[responder.url()], Some(reader(folder.path())), 4);
    let (end, ends) = std::sync::mpsc::channel::<()>();
    let read = pool.reading("bind_password", Instant::now() + Duration::from_millis(50), move || ends.recv());
    assert_eq!(read.await.unwrap_err(), Failure::Stuck("bind_password: its file could not be read in time".to_owned()));
    // That still has its thread, and nobody else takes one.
    assert_eq!(pool.reading.available_permits(), 0);
    let soon = Instant::now() + Duration::from_millis(100);
    assert!(pool.run(&Search, soon).await.is_err());
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!(responder.connections(), 0);
    drop(end);
    assert_eq!(pool.run(&Search, later()).await, Ok(1));
}

/// Whatever a task waits for.
struct Forever;

impl Task for Forever {
    type Answer = ();

    async fn ask(&self, _: &mut Connection, _: Instant) -> Result<(), Failure> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn nothing_is_waited_for_beyond_the_end() {
    let responder = Responder::start(answer).await;
    let begun = Instant::now();
    let pool = pool(&[responder.url()], None, 4);
    assert_eq!(pool.run(&Forever, begun + Duration::from_millis(100)).await, Err(Failure::TimedOut));
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!(pool.idle.len(), 1, "nothing was asked there");
}
