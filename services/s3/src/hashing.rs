//! The MD5 of bytes on their way in: the slowest of what is done with them. Of a large body it is computed on a thread of its
//! own, beside receiving, checksum and writing; of a small one, or where all cores are busy with that already, in place.

use md5::{Digest, Md5};
use std::{
    collections::VecDeque,
    future::poll_fn,
    sync::{
        Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Poll, Waker},
    thread,
};
use wire::Bytes;

/// A thread is worth its start where at least so much is still to come, in bytes.
const LARGE: u64 = 6 * 1024 * 1024;
/// What may wait for the thread before the sender waits for it, in bytes.
const ROOM: usize = 4 * 1024 * 1024;

/// Threads at work.
static BESIDE: AtomicUsize = AtomicUsize::new(0);
/// More of them than this would take each other's time. With one core there are none.
static MOST: LazyLock<usize> = LazyLock::new(|| match thread::available_parallelism().map_or(1, usize::from) {
    1 => 0,
    cores => cores,
});

/// An MD5 on its way.
pub enum Sum {
    /// And whether a thread was asked for already.
    Here(Box<Md5>, bool),
    Beside(Beside),
}

impl Sum {
    pub fn new() -> Sum {
        Sum::Here(Box::default(), false)
    }

    /// Takes the next bytes, of which `rest` more are announced.
    pub async fn update(&mut self, piece: &Bytes, rest: u64) {
        if let Sum::Here(md5, asked @ false) = self
            && rest >= LARGE
        {
            *asked = true;
            if let Some(beside) = Beside::start(md5) {
                *self = Sum::Beside(beside);
            }
        }
        match self {
            Sum::Here(md5, _) => md5.update(piece),
            Sum::Beside(beside) => beside.push(piece.clone()).await,
        }
    }

    pub async fn finish(self) -> [u8; 16] {
        match self {
            Sum::Here(md5, _) => md5.finalize().into(),
            Sum::Beside(beside) => beside.finish().await,
        }
    }
}

/// A thread that hashes. It ends when this is dropped.
pub struct Beside(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    more: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Bytes>,
    /// Not hashed yet, in bytes.
    queued: usize,
    ended: bool,
    sum: Option<[u8; 16]>,
    /// Who waits for room, or for the sum.
    waker: Option<Waker>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What came, if it is not over.
    fn next(&self) -> Option<VecDeque<Bytes>> {
        let waiting = |state: &mut State| state.queue.is_empty() && !state.ended;
        let mut state = self.more.wait_while(self.lock(), waiting).unwrap_or_else(PoisonError::into_inner);
        Some(std::mem::take(&mut state.queue)).filter(|queue| !queue.is_empty())
    }

    fn run(&self, mut md5: Md5) {
        while let Some(pieces) = self.next() {
            for piece in pieces {
                md5.update(&piece);
                let mut state = self.lock();
                state.queued -= piece.len();
                if state.queued <= ROOM
                    && let Some(waker) = state.waker.take()
                {
                    waker.wake();
                }
            }
        }
        let mut state = self.lock();
        state.sum = Some(md5.finalize().into());
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }
}

impl Beside {
    /// Goes on with a sum on a thread of its own; `None` where it is better to go on here.
    fn start(md5: &Md5) -> Option<Beside> {
        let free = |busy: usize| (busy < *MOST).then_some(busy + 1);
        BESIDE.fetch_update(Ordering::Relaxed, Ordering::Relaxed, free).ok()?;
        let (shared, md5) = (Arc::new(Shared::default()), md5.clone());
        let its = shared.clone();
        let work = move || {
            its.run(md5);
            BESIDE.fetch_sub(1, Ordering::Relaxed);
        };
        match thread::Builder::new().name("md5".to_owned()).spawn(work) {
            Ok(_) => Some(Beside(shared)),
            Err(_) => {
                BESIDE.fetch_sub(1, Ordering::Relaxed);
                None
            }
        }
    }

    async fn push(&self, piece: Bytes) {
        let first = {
            let mut state = self.0.lock();
            state.queued += piece.len();
            state.queue.push_back(piece);
            state.queue.len() == 1
        };
        // It sleeps on an empty queue only.
        if first {
            self.0.more.notify_one();
        }
        self.wait(|state| (state.queued <= ROOM).then_some(())).await;
    }

    async fn finish(self) -> [u8; 16] {
        self.0.lock().ended = true;
        self.0.more.notify_one();
        self.wait(|state| state.sum).await
    }

    async fn wait<T>(&self, done: impl Fn(&State) -> Option<T>) -> T {
        poll_fn(|cx| {
            let mut state = self.0.lock();
            match done(&state) {
                Some(done) => Poll::Ready(done),
                None => {
                    state.waker = Some(cx.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.queue.clear();
        state.ended = true;
        drop(state);
        self.0.more.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        pin::pin,
        task::{Context, Wake},
        thread::Thread,
    };

    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    fn wait<T>(future: impl Future<Output = T>) -> T {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut future = pin!(future);
        loop {
            match future.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(done) => return done,
                Poll::Pending => thread::park(),
            }
        }
    }

    fn pieces(count: usize) -> Vec<Bytes> {
        (0..count).map(|at| vec![at as u8; 256 * 1024].into()).collect()
    }

    #[test]
    fn beside_and_in_place_are_the_same() {
        for count in [1, 3, 40, 100] {
            let pieces = pieces(count);
            let sum = |announced: bool| {
                wait(async {
                    let mut sum = Sum::new();
                    let mut rest = pieces.iter().map(Bytes::len).sum::<usize>() as u64;
                    for piece in &pieces {
                        rest -= piece.len() as u64;
                        sum.update(piece, if announced { rest } else { 0 }).await;
                    }
                    sum.finish().await
                })
            };
            assert_eq!(sum(true), sum(false), "{count} pieces");
        }
    }

    #[test]
    fn one_that_is_given_up_ends() {
        let shared = wait(async {
            let mut sum = Sum::new();
            for piece in pieces(20) {
                sum.update(&piece, u64::MAX).await;
            }
            match &sum {
                Sum::Beside(beside) => Some(beside.0.clone()),
                Sum::Here(..) => None,
            }
        });
        // A machine of one core has none.
        let Some(shared) = shared else { return };
        while shared.lock().sum.is_none() {
            thread::yield_now();
        }
    }
}
