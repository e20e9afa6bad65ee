//! A cloud in process: in memory, on a manual clock, with ids from a seed, behind the real door.

use crate::{
    interleaved::Interleaved,
    signer::{Credentials, sign},
    tasks::{Handle, Tasks},
};
use bytes::Bytes;
use front::{Door, Guard, Info, Peer};
use http::{Request, Response};
use kernel::{
    Clock, ClockChange, Ids, Parts, RootKey, Service,
    credentials::AuthMode,
    store::{Answer, Engine},
    web::Web,
};
use std::{
    collections::HashMap,
    future::Future,
    net::SocketAddr,
    path::Path,
    pin::pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Wake, Waker},
    thread::Thread,
    time::Duration,
};
use wire::{Body, Timestamp};

/// When every cloud begins: 2026-01-01T00:00:00Z.
pub const START: Timestamp = Timestamp::from_secs(1_767_225_600);

/// The world outside, as far as a test says what is there.
#[derive(Default)]
struct Outside(Mutex<HashMap<String, Bytes>>);

impl Web for Outside {
    fn get<'a>(&'a self, url: &'a str, _thumbprints: &'a [String]) -> Answer<'a, Result<Bytes, String>> {
        let known = self.0.lock().unwrap().get(url).cloned();
        Answer::ready(known.ok_or_else(|| format!("nothing is served under {url}")))
    }
}

const HOST: &str = "localhost:4566";

pub struct Cloud {
    door: Arc<Door>,
    tasks: Tasks,
    web: Arc<Outside>,
}

impl Cloud {
    /// An empty cloud of these services. The same seed gives the same ids.
    pub fn new(services: &[&'static Service], seed: u64) -> Cloud {
        Cloud::with(services, seed, store::Options::default(), |engine| engine)
    }

    /// The same with a store that answers after a while, so that calls of `send_together` overtake each other: how, the seed
    /// says.
    pub fn interleaved(services: &[&'static Service], seed: u64) -> Cloud {
        Cloud::with(services, seed, store::Options::default(), |engine| Arc::new(Interleaved::new(engine, seed)))
    }

    /// The same in a directory, where commits are answered later than they are made.
    pub fn durable(services: &[&'static Service], seed: u64, data: &Path) -> Cloud {
        let options = store::Options { data: Some(data.to_owned()), ..store::Options::default() };
        Cloud::with(services, seed, options, |engine| engine)
    }

    fn with(
        services: &[&'static Service],
        seed: u64,
        options: store::Options,
        wrap: impl FnOnce(Arc<dyn Engine>) -> Arc<dyn Engine>,
    ) -> Cloud {
        let web = Arc::new(Outside::default());
        let durable = options.data.is_some();
        let opened = store::open(options).unwrap();
        let mut root = [0; RootKey::LEN];
        root[..8].copy_from_slice(&seed.to_be_bytes());
        let root_key = if durable { opened.root_key } else { RootKey::new(&root) };
        let parts = Parts {
            engine: wrap(opened.engine),
            blobs: opened.blobs,
            snapshots: opened.snapshots,
            root_key,
            encrypts: false,
            clock: Clock::manual(START),
            ids: Ids::seeded(seed),
            auth: AuthMode::Verify,
            identity: Arc::new(identity::Directory::default()),
            web: web.clone(),
            endpoint: format!("http://{HOST}"),
        };
        let cloud = kernel::Cloud::new(parts, services);
        let mut tasks = Tasks::default();
        tasks.start(kernel::timers::run(cloud.clone()));
        tasks.settle();
        Cloud { door: Arc::new(Door::new(cloud, Guard::default(), Info::default())), tasks, web }
    }

    /// What the world outside answers under a URL from here on.
    pub fn serve(&self, url: &str, body: impl Into<Bytes>) {
        self.web.0.lock().unwrap().insert(url.to_owned(), body.into());
    }

    pub fn kernel(&self) -> &Arc<kernel::Cloud> {
        self.door.cloud()
    }

    /// Sends a request through the door and lets everything go on that can. `host` is added.
    pub fn send(&mut self, request: Request<Vec<u8>>) -> Handle<Response<Vec<u8>>> {
        let handle = self.tasks.start(answer(self.door.clone(), request));
        self.tasks.settle();
        handle
    }

    /// Sends requests at once; none waits for the answer of another.
    pub fn send_together(&mut self, requests: Vec<Request<Vec<u8>>>) -> Vec<Handle<Response<Vec<u8>>>> {
        let start = |request| self.tasks.start(answer(self.door.clone(), request));
        let handles = requests.into_iter().map(start).collect();
        self.tasks.settle();
        handles
    }

    /// A client that leaves as soon as it would have to wait for its answer.
    pub fn send_and_leave(&mut self, request: Request<Vec<u8>>) {
        let left = pin!(answer(self.door.clone(), request)).poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(left, Poll::Pending), "it was answered at once");
        self.tasks.settle();
    }

    /// As `send`, signed `age` ago.
    pub fn send_signed(
        &mut self,
        mut request: Request<Vec<u8>>,
        credentials: &Credentials,
        age: Duration,
    ) -> Handle<Response<Vec<u8>>> {
        self.sign(&mut request, credentials, age);
        self.send(request)
    }

    /// Signs a request as of `age` ago.
    pub fn sign(&self, request: &mut Request<Vec<u8>>, credentials: &Credentials, age: Duration) {
        request.headers_mut().entry("host").or_insert(http::HeaderValue::from_static(HOST));
        let wall = self.kernel().clock().wall();
        sign(request, credentials, Timestamp(wall.0 - age.as_micros() as i64));
    }

    /// Runs a future to its end, which must not wait for time.
    pub fn run<T: 'static>(&mut self, future: impl Future<Output = T> + 'static) -> T {
        let handle = self.tasks.start(future);
        self.tasks.settle();
        handle.take().expect("the future waits for something that does not come")
    }

    /// Waits for a future that the store's threads have a part in: saving and restoring.
    pub fn wait<T>(&mut self, future: impl Future<Output = T>) -> T {
        let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        let mut future = pin!(future);
        let result = loop {
            match future.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(result) => break result,
                Poll::Pending => std::thread::park(),
            }
        };
        self.tasks.settle();
        result
    }

    /// Moves time forward from one deadline to the next, so that each that waits goes on at its own time. What was
    /// collected in memory is written, as it is every moment while a cloud runs.
    pub fn advance(&mut self, by: Duration) {
        let target = Timestamp(self.kernel().clock().now().0 + by.as_micros() as i64);
        loop {
            let left = Duration::from_micros((target.0 - self.kernel().clock().now().0) as u64);
            let step = self.kernel().clock().fire_due(Waker::noop()).map_or(left, |next| next.min(left));
            self.change_clock(ClockChange::Advance(step));
            if step == left {
                break;
            }
        }
        let cloud = self.kernel().clone();
        self.run(async move { cloud.flush().await }).unwrap();
    }

    pub fn change_clock(&mut self, change: ClockChange) {
        let cloud = self.kernel().clone();
        self.run(async move { cloud.change_clock(change).await }).unwrap();
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

async fn answer(door: Arc<Door>, request: Request<Vec<u8>>) -> Response<Vec<u8>> {
    let (mut parts, body) = request.into_parts();
    parts.headers.entry("host").or_insert(http::HeaderValue::from_static(HOST));
    let request = Request::from_parts(parts, Body::from(body));
    let peer = Peer { address: SocketAddr::from(([127, 0, 0, 1], 40_000)), local: None, secure: false };
    let (parts, mut body) = door.answer(peer, request).await.into_parts();
    let mut bytes = Vec::new();
    while let Some(piece) = body.next().await {
        bytes.extend_from_slice(&piece.unwrap());
    }
    Response::from_parts(parts, bytes)
}
