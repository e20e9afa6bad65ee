//! Sockets: one accepting thread, one single-threaded runtime per core, and an orderly end.

use crate::{
    answer::{Door, Peer},
    body::{Progress, Received, Sent},
    control::is_control,
    linger::Lingering,
};
use hyper::{Request, Response, body::Incoming, service::service_fn};

use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::conn::auto,
};
use kernel::Local;
use std::{
    cell::Cell,
    future::{Future, poll_fn},
    net::{SocketAddr, TcpListener, TcpStream},
    rc::Rc,
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
};
use tokio::{
    runtime::{LocalOptions, LocalRuntime},
    sync::{mpsc, watch},
    task::JoinError,
};

/// A client gets this long to send a request's head, from the first byte or the end of the request before.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);
/// The largest head of a request.
const MAX_HEAD: usize = 64 * 1024;
/// Requests in progress get this long to end when the server stops. Work is done in far less; what is left then are
/// long polls and live feeds, which lose nothing when they are cut off.
const DRAIN: Duration = Duration::from_secs(2);
/// After a panic in the background work it begins anew, this much later.
const DRIVER_PAUSE: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub enum ServerError {
    /// The address cannot be listened on.
    Listen(SocketAddr, std::io::Error),
    Threads(std::io::Error),
}

impl std::fmt::Display for ServerError {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            ServerError::Listen(address, error) => write!(f, "cannot listen on {address}: {error}"),
            ServerError::Threads(error) => write!(f, "cannot start a thread: {error}"),
        }
    }
}

impl std::error::Error for ServerError {}

/// A running server. Dropping it does not stop it; `Stop` does.
pub struct Server {
    address: SocketAddr,
    stop: Stop,
    threads: Vec<JoinHandle<()>>,
}

/// Ends a server from anywhere.
#[derive(Clone)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Stop {
    /// No new connections or requests; those in progress are finished.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Server {
    /// Takes the address. Connections wait until `start`.
    pub fn listen(address: SocketAddr) -> Result<TcpListener, ServerError> {
        let listen = || {
            let listener = TcpListener::bind(address)?;
            listener.set_nonblocking(true)?;
            Ok(listener)
        };
        listen().map_err(|error| ServerError::Listen(address, error))
    }

    /// Serves. `door` makes the same answers in every thread.
    pub fn start(listener: TcpListener, door: Arc<Door>) -> Result<Server, ServerError> {
        let address = listener.local_addr().map_err(ServerError::Threads)?;
        let (stop, stopped) = watch::channel(false);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut threads = Vec::new();
        let mut workers = Vec::new();
        for core in 0..cores {
            let (sender, receiver) = mpsc::unbounded_channel();
            workers.push(sender);
            let (door, stopped) = (door.clone(), stopped.clone());
            threads.push(spawn(format!("serve-{core}"), move || worker(door, receiver, stopped))?);
        }
        let driver = door.clone();
        threads.push(spawn("accept".to_owned(), move || accept(listener, workers, driver, stopped))?);
        Ok(Server { address, stop: Stop(Arc::new(stop)), threads })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn stopper(&self) -> Stop {
        self.stop.clone()
    }

    /// Waits until the server was stopped and its requests are done.
    pub fn join(self) {
        for thread in self.threads {
            // A thread that panicked has already said so on standard error.
            let _ = thread.join();
        }
    }
}

fn spawn(name: String, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, ServerError> {
    std::thread::Builder::new().name(name).spawn(run).map_err(ServerError::Threads)
}

fn block_on(future: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build_local(LocalOptions::default());
    let runtime: LocalRuntime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return eprintln!("nephele: cannot start a runtime: {error}"),
    };
    runtime.block_on(future);
}

/// Hands connections to the workers in turn, and drives the cloud's background work.
fn accept(
    listener: TcpListener,
    workers: Vec<mpsc::UnboundedSender<TcpStream>>,
    door: Arc<Door>,
    mut stopped: watch::Receiver<bool>,
) {
    block_on(async move {
        let driver = tokio::task::spawn_local(drive(door));
        let listener = match tokio::net::TcpListener::from_std(listener) {
            Ok(listener) => listener,
            Err(error) => return eprintln!("nephele: cannot listen: {error}"),
        };
        let mut next = 0;
        loop {
            let accepted = tokio::select! {
                _ = stopped.changed() => break,
                accepted = listener.accept() => accepted,
            };
            match accepted.and_then(|(stream, _)| stream.into_std()) {
                Ok(stream) => {
                    next = (next + 1) % workers.len();
                    // A worker only goes away when the server stops.
                    let _ = workers[next].send(stream);
                }
                // Out of file descriptors: those in use come back.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
        driver.abort();
    });
}

/// The background work, without end: what panics has said so on standard error, and the rest goes on.
async fn drive(door: Arc<Door>) {
    while tokio::task::spawn_local(crate::drive(door.cloud().clone())).await.is_err_and(|error| error.is_panic()) {
        tokio::time::sleep(DRIVER_PAUSE).await;
    }
}

fn worker(door: Arc<Door>, mut streams: mpsc::UnboundedReceiver<TcpStream>, mut stopped: watch::Receiver<bool>) {
    block_on(async move {
        // Every connection holds a share of it, and gives it back however it ends.
        let open = Rc::new(());
        loop {
            let stream = tokio::select! {
                _ = stopped.changed() => break,
                stream = streams.recv() => stream,
            };
            let Some(stream) = stream else { break };
            let (door, open, stopped) = (door.clone(), open.clone(), stopped.clone());
            tokio::task::spawn_local(async move {
                let _open = open;
                connection(door, stream, stopped).await;
            });
        }
        let drained = async {
            while Rc::strong_count(&open) > 1 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let _ = tokio::time::timeout(DRAIN, drained).await;
    });
}

async fn connection(door: Arc<Door>, stream: TcpStream, mut stopped: watch::Receiver<bool>) {
    let local = stream.local_addr().ok();
    let Ok(remote) = stream.peer_addr() else { return };
    // Small answers go out at once.
    let _ = stream.set_nodelay(true);
    let Ok(stream) = tokio::net::TcpStream::from_std(stream) else { return };
    let peer = Peer { address: remote, local, secure: false };
    let unread = Rc::new(Cell::new(false));
    let stream = Lingering::new(stream, unread.clone());
    let service = service_fn(move |request: Request<Incoming>| {
        let (door, unread) = (door.clone(), unread.clone());
        let progress = Progress::of(&request);
        let request = request.map(|incoming| Received::body(incoming, progress.clone()));
        let control = is_control(&request);
        let answer = async move {
            let mut response = door.answer(peer, request).await.map(Sent);
            unread.set(progress.is_some_and(|progress| progress.tell(&mut response)));
            Ok(response)
        };
        // Boxed, because it is moved several times before it runs.
        let answer: Local<'static, Result<Response<Sent>, JoinError>> = match control {
            false => Box::pin(answer),
            // A task of its own goes on without the connection. If it panics, the connection ends.
            true => {
                let task = tokio::task::spawn_local(answer);
                Box::pin(async { task.await? })
            }
        };
        answer
    });
    let mut builder = auto::Builder::new(LocalExecutor);
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(MAX_HEAD);
    builder.http2().timer(TokioTimer::new()).max_header_list_size(MAX_HEAD as u32);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    // The connection is polled at every request. To be told to stop, it is enough to have asked once: the task's waker
    // stays registered, and whether anything was said is one atomic load.
    let said = stopped.clone();
    let mut stop = Some(Box::pin(async move { stopped.changed().await.is_ok() }));
    let mut asked = false;
    poll_fn(|cx| {
        if (!asked || said.has_changed().unwrap_or(true))
            && let Some(waiting) = &mut stop
        {
            asked = true;
            if waiting.as_mut().poll(cx).is_ready() {
                stop = None;
                connection.as_mut().graceful_shutdown();
            }
        }
        // A broken connection is the client's affair; it has no one to be told.
        connection.as_mut().poll(cx).map(drop)
    })
    .await;
}

/// Spawns on the current thread's runtime.
#[derive(Clone, Copy)]
struct LocalExecutor;

impl<F: Future<Output = ()> + 'static> hyper::rt::Executor<F> for LocalExecutor {
    fn execute(&self, future: F) {
        tokio::task::spawn_local(future);
    }
}
