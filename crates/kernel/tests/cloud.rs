//! What the cloud promises across panics, restarts and callers that go away, on a real store.

use kernel::{
    AccountId, Clock, ClockChange, Cloud, Cx, Ids, Parts, Region, Service,
    credentials::AuthMode,
    store::{Key, Txn},
    templated_target,
    timers::Timer,
};
use std::{
    future::Future,
    path::Path,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
    thread::Thread,
    time::Duration,
};
use wire::{Model, Timestamp};

const START: Timestamp = Timestamp::from_secs(1_767_225_600);

static MODEL: Model = Model {
    name: "test",
    id: "Test",
    signing_name: "test",
    api_version: "",
    protocols: &[],
    target_prefix: None,
    xml_namespace: None,
    error_namespace: None,
    query_compatible: false,
    style: wire::Style::Coral,
    principal: "test.amazonaws.com",
    unbuilt: &[],
};

static SERVICE: Service = Service {
    model: &MODEL,
    operations: Vec::new,
    target: templated_target,
    timers: &[Timer { kind: "fails-once", run: |_, _| Box::pin(fail_once()) }],
    hidden: &[],
    data_events: &[],
    posted_to: None,
    accepts: None,
    edge: None,
    judges_values: false,
    max_body: 0,
};

static RUNS: AtomicUsize = AtomicUsize::new(0);

async fn fail_once() -> kernel::Result<()> {
    assert!(RUNS.fetch_add(1, SeqCst) > 0, "the first run panics");
    Ok(())
}

fn parts(data: Option<&Path>) -> Parts {
    let opened = store::open(store::Options { data: data.map(Path::to_owned), ..store::Options::default() });
    let opened = opened.expect("the store opens");
    Parts {
        engine: opened.engine,
        blobs: opened.blobs,
        snapshots: opened.snapshots,
        root_key: opened.root_key,
        encrypts: false,
        clock: Clock::manual(START),
        ids: Ids::seeded(1),
        auth: AuthMode::Open,
        identity: Arc::new(kernel::identity::RootOnly),
        web: Arc::new(kernel::web::NoWeb),
        endpoint: String::new(),
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return value;
        }
        std::thread::park();
    }
}

fn once<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> Poll<T> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_timer_that_panics_is_tried_again() {
    let cloud = Cloud::new(parts(None), &[&SERVICE]);
    let cx = Cx::background(&cloud, &MODEL, AccountId::DEFAULT, Region::DEFAULT);
    let mut txn = Txn::begin(cloud.engine());
    txn.set_timer(&cx, "fails-once", b"1", Timestamp(START.0 + 5_000_000), "");
    wait(cloud.commit(txn)).expect("set");
    wait(cloud.change_clock(ClockChange::Advance(Duration::from_secs(10)))).expect("the panic stays inside");
    assert_eq!(RUNS.load(SeqCst), 1);
    wait(cloud.change_clock(ClockChange::Advance(Duration::from_secs(60)))).expect("advanced");
    assert_eq!(RUNS.load(SeqCst), 2);
}

#[test]
fn an_advance_is_bounded() {
    let cloud = Cloud::new(parts(None), &[]);
    let century = Duration::from_secs(100 * 366 * 86_400);
    assert!(wait(cloud.change_clock(ClockChange::Advance(century + Duration::from_secs(1)))).is_err());
    assert!(wait(cloud.change_clock(ClockChange::Advance(Duration::from_secs(u64::MAX)))).is_err());
    let advances = (0..100).take_while(|_| wait(cloud.change_clock(ClockChange::Advance(century))).is_ok()).count();
    assert!((70..90).contains(&advances), "{advances} centuries until the year 9999");
}

#[test]
fn a_sequence_goes_on_in_the_next_run_though_the_clock_stands_still() {
    let first = parts(None);
    let (engine, blobs, snapshots) = (first.engine.clone(), first.blobs.clone(), first.snapshots.clone());
    let first = Cloud::new(first, &[]);
    wait(first.load_clock()).expect("loaded");
    wait(first.change_clock(ClockChange::Freeze)).expect("frozen");
    let last = (0..1_000).map(|_| first.ids().sequence(first.clock().now())).max();
    let second = Cloud::new(Parts { engine, blobs, snapshots, ..parts(None) }, &[]);
    wait(second.load_clock()).expect("loaded");
    assert_eq!(second.clock().now(), first.clock().now());
    assert!(Some(second.ids().sequence(second.clock().now())) > last);
}

#[test]
fn a_commit_whose_caller_went_away_is_followed_up() {
    let data = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cloud-{}", std::process::id()));
    let cloud = Cloud::new(parts(Some(&data)), &[]);
    let mut topic = pin!(cloud.wakes().watch("topic"));
    let mut txn = Txn::begin(cloud.engine());
    txn.put(Key::new().text("row"), "value");
    txn.wake_after("topic");
    {
        let mut commit = Box::pin(cloud.commit(txn));
        assert!(once(commit.as_mut()).is_pending(), "it is not written yet");
    }
    assert!(once(topic.as_mut()).is_pending());
    wait(cloud.flush()).expect("flushed");
    assert!(once(topic.as_mut()).is_ready());
    let row = wait(cloud.engine().snapshot().get(&Key::new().text("row"))).expect("read");
    assert!(row.is_some(), "the commit stands");
    wait(cloud.engine().close()).expect("closed");
    let _ = std::fs::remove_dir_all(data);
}

#[test]
fn an_exchange_wakes_everyone_and_numbers_never_come_again() {
    let cloud = Cloud::new(parts(None), &[]);
    wait(cloud.load_clock()).expect("loaded");
    wait(cloud.change_clock(ClockChange::Advance(Duration::from_secs(3_600)))).expect("advanced");
    let before = cloud.ids().sequence(cloud.clock().now());
    let mut topic = pin!(cloud.wakes().watch("topic"));
    wait(cloud.exchange(async { cloud.engine().reset().await })).expect("reset");
    assert!(once(topic.as_mut()).is_ready());
    assert!(cloud.ids().sequence(cloud.clock().now()) > before);
}
