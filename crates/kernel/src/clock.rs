//! The one clock. Everything that waits, waits on its virtual time.
//!
//! Virtual time runs with the wall clock at an offset that a user can move forward, or stands still. The clock keeps
//! its history, so that the wall instant in a signature maps to the virtual instant at which it happened.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{
            AtomicI64, AtomicU64,
            Ordering::{Acquire, Relaxed, Release},
        },
    },
    task::{Context, Poll, Waker},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use wire::Timestamp;

pub struct Clock {
    wall: Wall,
    /// The last entry of `history`, for reading without a lock: virtual minus wall while running.
    offset: AtomicI64,
    /// The virtual instant at which the clock stands, or `RUNNING`.
    stands_at: AtomicI64,
    inner: Mutex<Inner>,
    next_waiter: AtomicU64,
}

enum Wall {
    System,
    /// Moves only by `advance`: tests.
    Manual(AtomicI64),
}

#[derive(Default)]
struct Inner {
    history: Vec<Stretch>,
    waiters: BTreeMap<(Timestamp, u64), Waker>,
    /// Called when an earlier deadline than all before was added, or time jumped.
    driver: Option<Waker>,
}

/// From `wall` on, virtual time was `virtual_at` and went on, or stood still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub wall: Timestamp,
    pub virtual_at: Timestamp,
    pub running: bool,
}

const RUNNING: i64 = i64::MIN;
/// Stretches remembered; older wall instants map as the oldest one.
const HISTORY: usize = 1_000;
/// Virtual time goes no further: 9999-12-31T23:59:59Z, the last second that every time format can say.
const LATEST: Timestamp = Timestamp::from_secs(253_402_300_799);

impl Clock {
    pub fn system() -> Clock {
        Clock::with(Wall::System)
    }

    /// A clock for tests, whose wall time moves with `advance` only.
    pub fn manual(start: Timestamp) -> Clock {
        Clock::with(Wall::Manual(AtomicI64::new(start.0)))
    }

    fn with(wall: Wall) -> Clock {
        Clock {
            wall,
            offset: AtomicI64::new(0),
            stands_at: AtomicI64::new(RUNNING),
            inner: Mutex::default(),
            next_waiter: AtomicU64::new(0),
        }
    }

    /// The real time: only for judging clock skew and for I/O deadlines.
    pub fn wall(&self) -> Timestamp {
        match &self.wall {
            Wall::Manual(micros) => Timestamp(micros.load(Relaxed)),
            Wall::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp(since.as_micros() as i64)
            }
        }
    }

    /// The virtual time.
    pub fn now(&self) -> Timestamp {
        // Who sees that the clock runs sees the offset with which it does: see `publish`.
        match self.stands_at.load(Acquire) {
            RUNNING => Timestamp(self.wall().0 + self.offset.load(Relaxed)),
            stands_at => Timestamp(stands_at),
        }
    }

    pub fn is_frozen(&self) -> bool {
        self.stands_at.load(Relaxed) != RUNNING
    }

    /// The virtual instant that was now when the wall clock showed `wall`.
    pub fn virtual_of(&self, wall: Timestamp) -> Timestamp {
        let inner = self.lock();
        let stretch = inner.history.iter().rev().find(|stretch| stretch.wall <= wall);
        // With a full history, what came before its oldest stretch is forgotten.
        let stretch = stretch.or(inner.history.first().filter(|_| inner.history.len() >= HISTORY));
        match stretch {
            Some(Stretch { wall: from, virtual_at, running: true }) => {
                Timestamp(virtual_at.0.saturating_add(wall.0.saturating_sub(from.0)))
            }
            Some(Stretch { virtual_at, running: false, .. }) => *virtual_at,
            None => wall,
        }
    }

    /// Moves virtual time forward. Deadlines passed fire; durable timers are the caller's to run.
    pub fn advance(&self, by: Duration) {
        self.advance_to(self.ahead(by).unwrap_or(LATEST), false);
    }

    /// The virtual instant `by` from now; `None` where time has ended before.
    pub fn ahead(&self, by: Duration) -> Option<Timestamp> {
        let micros = i64::try_from(by.as_micros()).ok()?;
        Some(Timestamp(self.now().0.checked_add(micros)?)).filter(|target| *target <= LATEST)
    }

    /// Moves virtual time forward to `target`, never back. A `further` step belongs to the same change as the step before,
    /// and takes its place in the history.
    pub fn advance_to(&self, target: Timestamp, further: bool) {
        self.change(further, |now, frozen| (now.max(target.min(LATEST)), !frozen));
    }

    pub fn freeze(&self) {
        self.change(false, |now, _| (now, false));
    }

    pub fn resume(&self) {
        self.change(false, |now, _| (now, true));
    }

    /// The history, to be kept in the store.
    pub fn history(&self) -> Vec<Stretch> {
        self.lock().history.clone()
    }

    /// Takes up a history kept earlier.
    pub fn restore(&self, history: Vec<Stretch>) {
        let mut inner = self.lock();
        match history.last() {
            Some(last) => self.publish(*last),
            None => {
                self.offset.store(0, Relaxed);
                self.stands_at.store(RUNNING, Release);
            }
        }
        inner.history = history;
        self.fire(&mut inner);
    }

    fn change(&self, further: bool, to: impl FnOnce(Timestamp, bool) -> (Timestamp, bool)) {
        let mut inner = self.lock();
        let (virtual_at, running) = to(self.now(), self.is_frozen());
        if let Wall::Manual(micros) = &self.wall {
            // A manual wall moves along, so that signatures made at the new time are not skewed.
            let jump = virtual_at.0 - self.now().0;
            micros.fetch_add(jump, Relaxed);
        }
        let mut stretch = Stretch { wall: self.wall(), virtual_at, running };
        self.publish(stretch);
        if further && let Some(last) = inner.history.pop() {
            // From when the change began, as if it had been made in one step.
            if running {
                stretch.virtual_at.0 -= stretch.wall.0 - last.wall.0;
            }
            stretch.wall = last.wall;
        }
        if inner.history.len() >= HISTORY {
            inner.history.remove(0);
        }
        inner.history.push(stretch);
        self.fire(&mut inner);
    }

    fn publish(&self, stretch: Stretch) {
        // The offset first, so that nobody sees the clock run with the one before.
        self.offset.store(stretch.virtual_at.0 - stretch.wall.0, Relaxed);
        self.stands_at.store(if stretch.running { RUNNING } else { stretch.virtual_at.0 }, Release);
    }

    /// Resolves when virtual time reaches `deadline`.
    pub fn at(&self, deadline: Timestamp) -> Deadline<'_> {
        Deadline { clock: self, deadline, waiter: None }
    }

    /// Wakes all whose deadline has come. Answers how long to wait (wall time) for the next, if any is left and
    /// time runs. `driver` is woken when that answer is out of date.
    pub fn fire_due(&self, driver: &Waker) -> Option<Duration> {
        let mut inner = self.lock();
        inner.driver = Some(driver.clone());
        self.wake_due(&mut inner);
        let next = inner.waiters.keys().next()?.0;
        (!self.is_frozen()).then(|| Duration::from_micros((next.0 - self.now().0).max(0) as u64))
    }

    fn wake_due(&self, inner: &mut Inner) {
        let now = self.now();
        while let Some(entry) = inner.waiters.first_entry() {
            if entry.key().0 > now {
                break;
            }
            entry.remove().wake();
        }
    }

    fn fire(&self, inner: &mut Inner) {
        self.wake_due(inner);
        if let Some(driver) = inner.driver.take() {
            driver.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// See [`Clock::at`].
pub struct Deadline<'a> {
    clock: &'a Clock,
    deadline: Timestamp,
    waiter: Option<u64>,
}

impl Future for Deadline<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<()> {
        if self.clock.now() >= self.deadline {
            return Poll::Ready(());
        }
        let clock = self.clock;
        let id = *self.waiter.get_or_insert_with(|| clock.next_waiter.fetch_add(1, Relaxed));
        let mut inner = clock.lock();
        let earliest = inner.waiters.keys().next().is_none_or(|(first, _)| self.deadline < *first);
        inner.waiters.insert((self.deadline, id), cx.waker().clone());
        if earliest && let Some(driver) = inner.driver.take() {
            driver.wake();
        }
        Poll::Pending
    }
}

impl Drop for Deadline<'_> {
    fn drop(&mut self) {
        if let Some(id) = self.waiter {
            self.clock.lock().waiters.remove(&(self.deadline, id));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_secs(1_000_000);

    #[test]
    fn advancing_moves_now_and_keeps_history() {
        let clock = Clock::system();
        // A microsecond earlier: the jump may come in this very one.
        let before = Timestamp(clock.wall().0 - 1);
        clock.advance(Duration::from_secs(900));
        assert!(clock.now().0 - before.0 >= 900_000_000);
        assert!(clock.virtual_of(before).0 - before.0 < 1_000_000, "before the jump, virtual time was wall time");
        clock.freeze();
        let stands = clock.now();
        clock.advance(Duration::from_secs(60));
        assert_eq!(clock.now().0, stands.0 + 60_000_000, "a frozen clock moves only by hand");
        clock.resume();
        assert!(!clock.is_frozen());
    }

    #[test]
    fn a_deadline_wakes_when_time_comes_and_forgets_when_dropped() {
        let clock = Clock::manual(START);
        let mut early = Box::pin(clock.at(Timestamp(START.0 + 10)));
        let mut late = Box::pin(clock.at(Timestamp(START.0 + 20_000_000)));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(early.as_mut().poll(&mut cx).is_pending());
        assert!(late.as_mut().poll(&mut cx).is_pending());
        clock.advance(Duration::from_secs(1));
        assert!(early.as_mut().poll(&mut cx).is_ready());
        assert!(late.as_mut().poll(&mut cx).is_pending());
        assert_eq!(clock.fire_due(Waker::noop()), Some(Duration::from_secs(19)));
        drop(late);
        assert_eq!(clock.fire_due(Waker::noop()), None);
    }

    #[test]
    fn a_history_taken_up_again_gives_the_same_time() {
        let clock = Clock::manual(START);
        clock.advance(Duration::from_secs(86_400));
        clock.freeze();
        let again = Clock::manual(clock.wall());
        again.restore(clock.history());
        assert_eq!(again.now(), clock.now());
        assert!(again.is_frozen());
    }

    #[test]
    fn time_ends_and_never_overflows() {
        let clock = Clock::manual(START);
        for _ in 0..3 {
            clock.advance(Duration::MAX);
        }
        assert_eq!(clock.now(), LATEST);
        assert_eq!(clock.ahead(Duration::from_secs(1)), None);
        clock.advance_to(START, false);
        assert_eq!(clock.now(), LATEST, "nor does it go back");
    }

    #[test]
    fn the_steps_of_a_change_are_one_stretch() {
        let clock = Clock::manual(START);
        clock.advance_to(Timestamp(START.0 + 10), false);
        clock.advance_to(Timestamp(START.0 + 30), true);
        assert_eq!(clock.history().len(), 1);
        let again = Clock::manual(clock.wall());
        again.restore(clock.history());
        assert_eq!(again.now(), clock.now());
    }

    #[test]
    fn instants_before_a_full_history_map_as_its_oldest() {
        let clock = Clock::manual(START);
        let oldest = Stretch { wall: START, virtual_at: Timestamp(START.0 + 500), running: true };
        clock.restore(vec![oldest; HISTORY]);
        assert_eq!(clock.virtual_of(Timestamp(START.0 - 100)).0, START.0 + 400);
        clock.restore(vec![oldest]);
        assert_eq!(clock.virtual_of(Timestamp(START.0 - 100)).0, START.0 - 100);
    }
}
