//! Wake-ups: hints that something under a topic changed. Watch first, then look, so that none is missed.

use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll, Waker},
};

#[derive(Default)]
pub struct Wakes {
    topics: Mutex<HashMap<String, HashMap<u64, Waiter>>>,
    /// How many watches there are: waking costs nothing while there are none.
    watches: AtomicUsize,
    next: AtomicU64,
}

#[derive(Default)]
struct Waiter {
    woken: bool,
    waker: Option<Waker>,
}

impl Waiter {
    fn wake(&mut self) {
        self.woken = true;
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Wakes {
    pub fn wake(&self, topic: &str) {
        if self.watches.load(Relaxed) == 0 {
            return;
        }
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        for waiter in topics.get_mut(topic).into_iter().flat_map(HashMap::values_mut) {
            waiter.wake();
        }
    }

    /// Wakes every topic: what all of them were about may have changed.
    pub fn wake_all(&self) {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        for waiter in topics.values_mut().flat_map(HashMap::values_mut) {
            waiter.wake();
        }
    }

    pub fn watch(&self, topic: &str) -> Watch<'_> {
        let id = self.next.fetch_add(1, Relaxed);
        self.watches.fetch_add(1, Relaxed);
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        topics.entry(topic.to_owned()).or_default().insert(id, Waiter::default());
        Watch { wakes: self, topic: topic.to_owned(), id }
    }
}

/// Resolves each time its topic was woken since it was made or resolved last.
pub struct Watch<'a> {
    wakes: &'a Wakes,
    topic: String,
    id: u64,
}

impl Future for Watch<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context) -> Poll<()> {
        let mut topics = self.wakes.topics.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(waiter) = topics.get_mut(&self.topic).and_then(|waiters| waiters.get_mut(&self.id)) else {
            return Poll::Ready(());
        };
        if std::mem::take(&mut waiter.woken) {
            return Poll::Ready(());
        }
        waiter.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        let mut topics = self.wakes.topics.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waiters) = topics.get_mut(&self.topic) {
            waiters.remove(&self.id);
            if waiters.is_empty() {
                topics.remove(&self.topic);
            }
        }
        self.wakes.watches.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wake_between_watching_and_waiting_counts() {
        let wakes = Wakes::default();
        let mut watch = Box::pin(wakes.watch("q"));
        let mut other = Box::pin(wakes.watch("r"));
        wakes.wake("q");
        let mut cx = Context::from_waker(Waker::noop());
        assert!(watch.as_mut().poll(&mut cx).is_ready());
        assert!(watch.as_mut().poll(&mut cx).is_pending(), "one wake resolves once");
        assert!(other.as_mut().poll(&mut cx).is_pending());
        wakes.wake_all();
        assert!(watch.as_mut().poll(&mut cx).is_ready());
        assert!(other.as_mut().poll(&mut cx).is_ready());
        drop((watch, other));
        assert!(wakes.topics.lock().is_ok_and(|topics| topics.is_empty()));
    }
}
