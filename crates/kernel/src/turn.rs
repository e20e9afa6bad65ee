//! One at a time: what timers and changes of the clock wait for.

use std::{
    future::poll_fn,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

/// Has one holder at a time, who may wait while it holds it.
#[derive(Default)]
pub(crate) struct Turn {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    taken: bool,
    waiters: Vec<Waker>,
}

/// The turn, until it is dropped.
pub(crate) struct Held<'a>(&'a Turn);

impl Turn {
    pub(crate) async fn take(&self) -> Held<'_> {
        poll_fn(|cx| {
            let mut state = self.state();
            if state.taken {
                state.waiters.push(cx.waker().clone());
                return Poll::Pending;
            }
            state.taken = true;
            Poll::Ready(Held(self))
        })
        .await
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.taken = false;
        // All of them: the first may have gone away meanwhile.
        let waiters = std::mem::take(&mut state.waiters);
        drop(state);
        waiters.into_iter().for_each(Waker::wake);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{future::Future, pin::pin, task::Context};

    #[test]
    fn the_second_waits_for_the_first() {
        let turn = Turn::default();
        let mut cx = Context::from_waker(Waker::noop());
        let Poll::Ready(first) = pin!(turn.take()).poll(&mut cx) else { panic!("the turn is free") };
        let mut second = pin!(turn.take());
        assert!(second.as_mut().poll(&mut cx).is_pending());
        drop(first);
        assert!(second.as_mut().poll(&mut cx).is_ready());
    }
}
