//! A thread for what takes long: checkpoints, snapshots, blobs to delete. Its jobs never overlap.

use crate::{
    publish::wait,
    shared::{CLOSED, Shared},
};
use kernel::store::{Answer, StoreError};
use std::{
    collections::VecDeque,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

type Job = Box<dyn FnOnce(&Arc<Shared>) + Send>;

#[derive(Default)]
pub struct Jobs {
    queue: Mutex<Queue>,
    more: Condvar,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    stopped: bool,
}

impl Jobs {
    /// Whether the job will run; not so once the engine is stopped.
    pub fn push(&self, job: Job) -> bool {
        let mut queue = self.queue();
        if queue.stopped {
            return false;
        }
        queue.jobs.push_back(job);
        self.more.notify_one();
        true
    }

    /// Runs jobs until the engine is stopped. What is queued by then is dropped.
    pub fn run(&self, shared: &Arc<Shared>) {
        let mut queue = self.queue();
        loop {
            if queue.stopped {
                return;
            }
            let Some(job) = queue.jobs.pop_front() else {
                queue = self.more.wait(queue).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            drop(queue);
            // A job that panics costs what it was for, not all jobs to come.
            let _ = catch_unwind(AssertUnwindSafe(|| job(shared)));
            queue = self.queue();
        }
    }

    pub fn stop(&self) {
        let mut queue = self.queue();
        queue.stopped = true;
        let dropped = std::mem::take(&mut queue.jobs);
        self.more.notify_all();
        drop(queue);
        drop(dropped);
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a job answers, once it has run.
struct Promise<T> {
    result: Option<Result<T, StoreError>>,
    waiters: Vec<Waker>,
}

/// Keeps the promise even if the job is dropped.
struct Keeper<T>(Arc<Mutex<Promise<T>>>);

impl<T> Keeper<T> {
    fn keep(&self, result: Result<T, StoreError>) {
        let mut promise = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        promise.result.get_or_insert(result);
        let waiters = std::mem::take(&mut promise.waiters);
        drop(promise);
        waiters.into_iter().for_each(Waker::wake);
    }
}

impl<T> Drop for Keeper<T> {
    fn drop(&mut self) {
        self.keep(Err(closed()));
    }
}

pub fn closed() -> StoreError {
    StoreError::Unavailable(CLOSED.into())
}

impl Jobs {
    /// Runs something on this thread and gives what it answers.
    pub fn answer<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Arc<Shared>) -> Result<T, StoreError> + Send + 'static,
    ) -> Answer<'static, Result<T, StoreError>> {
        let promise = Arc::new(Mutex::new(Promise { result: None, waiters: Vec::new() }));
        let keeper = Keeper(promise.clone());
        self.push(Box::new(move |shared| keeper.keep(job(shared))));
        Answer::later(poll_fn(move |context| {
            let mut promise = promise.lock().unwrap_or_else(PoisonError::into_inner);
            match promise.result.take() {
                Some(result) => Poll::Ready(result),
                None => {
                    wait(&mut promise.waiters, context.waker());
                    Poll::Pending
                }
            }
        }))
    }
}
