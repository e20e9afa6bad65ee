//! Futures of one thread, polled by hand: nothing here waits for anything but the cloud itself.

use std::{
    cell::RefCell,
    future::Future,
    pin::Pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
};

/// What is going on at once. The store in memory answers at once, so a task that does not go on waits for virtual time
/// or for another task.
#[derive(Default)]
pub struct Tasks {
    running: Vec<Task>,
}

struct Task {
    future: Pin<Box<dyn Future<Output = ()>>>,
    woken: Arc<Woken>,
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, SeqCst);
    }
}

/// The result of a task, once it has one.
pub struct Handle<T>(Rc<RefCell<Option<T>>>);

impl<T> Handle<T> {
    /// The result, the first time it is asked for after it came.
    pub fn take(&self) -> Option<T> {
        self.0.borrow_mut().take()
    }
}

impl Tasks {
    /// Starts a task; it goes on with the next `settle`.
    pub fn start<T: 'static>(&mut self, future: impl Future<Output = T> + 'static) -> Handle<T> {
        let result = Rc::new(RefCell::new(None));
        let slot = result.clone();
        let future = Box::pin(async move {
            let value = future.await;
            *slot.borrow_mut() = Some(value);
        });
        self.running.push(Task { future, woken: Arc::new(Woken(AtomicBool::new(true))) });
        Handle(result)
    }

    /// Polls until every task has ended or waits.
    pub fn settle(&mut self) {
        while self.running.iter().any(|task| task.woken.0.load(SeqCst)) {
            self.running.retain_mut(|task| {
                if !task.woken.0.swap(false, SeqCst) {
                    return true;
                }
                let waker = Waker::from(task.woken.clone());
                task.future.as_mut().poll(&mut Context::from_waker(&waker)) == Poll::Pending
            });
        }
    }
}
