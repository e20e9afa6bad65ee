//! Message move tasks: dead letters go back to where they came from, or elsewhere, at the rate asked for.
//!
//! A durable timer moves some every tenth of a second of virtual time until the queue has no visible message left.

use crate::{
    budget::Budget,
    faults, fifo,
    lease::{self, Leases},
    limits::{MAX_MOVE_RATE, MICROS},
    queue::{self, Queue, damaged},
    records::{LeaseRecord, MessageRecord, MoveTaskRecord, OUTSIDE, StateRecord},
    send, statistics,
};
use data_encoding::BASE64;
use kernel::{
    Cx, Local, Result,
    record::Record,
    store::{Key, Range, Row, Scan, Txn, counter},
    timers::{Due, Timer},
};
use sqs_api::*;
use std::collections::{BTreeMap, HashMap, hash_map::Entry};
use wire::{Fault, Json, Timestamp};

pub const TIMER: Timer = Timer { kind: "move", run };

/// Microseconds between steps.
const PERIOD: i64 = MICROS / 10;
/// Messages of a step when no rate was asked for.
const STEP: usize = 100;
const RUNNING: &str = "RUNNING";

fn no_such_resource() -> Fault {
    fault::resource_not_found_exception("The resource that you specified for the SourceArn parameter doesn't exist.")
}

async fn source_of(cx: &Cx, arn: &str) -> Result<Queue> {
    let queue = queue::by_arn(cx, arn).await?;
    queue.filter(|queue| queue.owner == cx.account()).ok_or_else(no_such_resource)
}

pub async fn start_message_move_task(cx: Cx, input: StartMessageMoveTaskInput) -> Result<StartMessageMoveTaskOutput> {
    let source = source_of(&cx, &input.source_arn).await?;
    let rate = match input.max_number_of_messages_per_second {
        None => 0,
        Some(rate @ 1..=MAX_MOVE_RATE) => rate as u32,
        Some(rate) => {
            return Err(faults::invalid_value(
                rate,
                "MaxNumberOfMessagesPerSecond",
                &format!("Must be between 1 and {MAX_MOVE_RATE}, if provided."),
            ));
        }
    };
    if !queue::is_dead_letter_queue(&cx, &source).await? {
        return Err(faults::invalid_parameter("Source queue must be configured as a Dead Letter Queue."));
    }
    if let Some(destination) = &input.destination_arn {
        let found = queue::by_arn(&cx, destination).await?.filter(|queue| queue.owner == cx.account());
        let destination = found.ok_or_else(|| {
            fault::resource_not_found_exception(
                "The resource that you specified for the DestinationArn parameter doesn't exist.",
            )
        })?;
        if destination.id == source.id {
            return Err(faults::invalid_parameter("Source queue arn and destination queue arn cannot be the same."));
        }
        if destination.fifo != source.fifo {
            return Err(faults::invalid_parameter("Source and destination queues must be of the same type."));
        }
    }
    let counts = statistics::count(&cx, &source).await?;
    let started = cx.now();
    let handle = Json::from([("taskId", cx.cloud().ids().uuid()), ("sourceArn", source.arn.to_string())]);
    let record = MoveTaskRecord {
        source_arn: source.arn.to_string(),
        destination_arn: input.destination_arn.unwrap_or_default(),
        rate,
        to_move: counts.visible + counts.in_flight + counts.delayed,
        status: RUNNING.to_owned(),
        started,
        handle: BASE64.encode(handle.to_string().as_bytes()),
        ..MoveTaskRecord::default()
    };
    let key = source.keys.tasks(source.id).number(cx.cloud().ids().sequence(started));
    cx.write(async |tx| {
        source.alive(tx).await?;
        // A guard row lets two starts at once conflict.
        let guard = source.keys.tasks(source.id);
        tx.get(&guard).await?;
        if tasks(tx, &source).await?.iter().any(|(task, _)| task.status == RUNNING) {
            return Err(faults::invalid_parameter(
                "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
            ));
        }
        tx.put(guard, started.0.to_be_bytes().to_vec());
        tx.put(key.clone(), record.encode());
        tx.set_timer(&cx, TIMER.kind, key.as_bytes(), started, source.name.clone());
        Ok(())
    })
    .await?;
    Ok(StartMessageMoveTaskOutput { task_handle: Some(record.handle) })
}

pub async fn cancel_message_move_task(
    cx: Cx,
    input: CancelMessageMoveTaskInput,
) -> Result<CancelMessageMoveTaskOutput> {
    let unknown = || fault::resource_not_found_exception("Task does not exist.");
    let decoded = BASE64.decode(input.task_handle.as_bytes()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let json = decoded.and_then(|text| Json::parse(&text).ok());
    let arn = json.as_ref().and_then(|json| json.get("sourceArn")?.as_str());
    let arn = arn.ok_or_else(|| faults::invalid_parameter("Value for parameter TaskHandle is invalid."))?;
    let source = source_of(&cx, arn).await?;
    let moved = cx
        .write(async |tx| {
            let tasks = tasks(tx, &source).await?;
            let found = tasks.into_iter().find(|(task, _)| task.handle == input.task_handle);
            let (mut task, row) = found.ok_or_else(unknown)?;
            if task.status != RUNNING {
                return Err(fault::unsupported_operation("Only active tasks can be cancelled."));
            }
            tx.check(&row);
            // Nothing is moved between steps, so there is no CANCELLING to be seen.
            task.status = "CANCELLED".to_owned();
            tx.put(row.key, task.encode());
            Ok(task.moved)
        })
        .await?;
    Ok(CancelMessageMoveTaskOutput { approximate_number_of_messages_moved: Some(moved as i64) })
}

pub async fn list_message_move_tasks(cx: Cx, input: ListMessageMoveTasksInput) -> Result<ListMessageMoveTasksOutput> {
    let most = match input.max_results {
        None => 1,
        Some(most @ 1..=10) => most as usize,
        Some(most) => return Err(faults::invalid_value(most, "MaxResults", "Must be between 1 and 10, if provided.")),
    };
    let source = source_of(&cx, &input.source_arn).await?;
    let tasks = cx.write(async |tx| tasks(tx, &source).await).await?;
    let entry = |task: MoveTaskRecord| {
        let running = task.status == RUNNING;
        ListMessageMoveTasksResultEntry {
            // Only of a running task, which alone can be cancelled.
            task_handle: running.then_some(task.handle),
            status: Some(task.status),
            source_arn: Some(task.source_arn),
            destination_arn: (!task.destination_arn.is_empty()).then_some(task.destination_arn),
            max_number_of_messages_per_second: (task.rate > 0).then_some(task.rate as i32),
            approximate_number_of_messages_moved: Some(task.moved as i64),
            approximate_number_of_messages_to_move: Some(task.to_move as i64),
            failure_reason: (!task.failure.is_empty()).then_some(task.failure),
            started_timestamp: Some(task.started.millis()),
        }
    };
    let results: Vec<_> = tasks.into_iter().take(most).map(|(task, _)| entry(task)).collect();
    Ok(ListMessageMoveTasksOutput { results: (!results.is_empty()).then_some(results) })
}

/// A queue's tasks, newest first.
async fn tasks(tx: &Txn, queue: &Queue) -> Result<Vec<(MoveTaskRecord, Row)>> {
    let range = queue.keys.tasks(queue.id).children();
    let page = tx.scan(&range, &Scan { limit: 10, reverse: true, ..Scan::default() }).await?;
    page.rows.into_iter().map(|row| Ok((MoveTaskRecord::read(&row.value)?, row))).collect()
}

fn run(cx: Cx, due: Due) -> Local<'static, Result<()>> {
    Box::pin(async move {
        let name = String::from_utf8_lossy(&due.payload).into_owned();
        let key = Key::from_encoded(due.id.clone());
        let Some(source) = Queue::named(&cx, cx.account(), &name).await? else { return Ok(()) };
        let next = Timestamp(due.at.0 + PERIOD);
        cx.write(async |tx| {
            let Some(mut task) = tx.read::<MoveTaskRecord>(&key).await? else { return Ok(()) };
            if task.status != RUNNING {
                return Ok(());
            }
            let step = step(&cx, tx, &source, &task, due.at).await?;
            task.moved += step.count as u64;
            if let Some(fault) = step.failure {
                task.status = "FAILED".to_owned();
                task.failure = fault.kind().code.to_owned();
            } else if step.last {
                task.status = "COMPLETED".to_owned();
            }
            if task.status == RUNNING {
                tx.set_timer(&cx, TIMER.kind, &due.id, next, due.payload.clone());
            }
            tx.put(key.clone(), task.encode());
            Ok(())
        })
        .await
    })
}

struct Step {
    count: usize,
    last: bool,
    /// Why the task cannot go on; what was moved before stays moved.
    failure: Option<Fault>,
}

/// How many messages may have been moved by now: the rate times the steps since the start.
fn allowance(task: &MoveTaskRecord, at: Timestamp) -> usize {
    match task.rate {
        0 => STEP,
        rate => {
            let steps = (at.0 - task.started.0) / PERIOD + 1;
            let due = steps.max(1) as u64 * u64::from(rate) / 10;
            (due.saturating_sub(task.moved) as usize).min(STEP)
        }
    }
}

async fn step(cx: &Cx, tx: &mut Txn, source: &Queue, task: &MoveTaskRecord, at: Timestamp) -> Result<Step> {
    let most = allowance(task, at);
    let now = cx.now();
    // One is looked for even where none may be moved yet, to know whether the task has come to its end.
    let ahead = match source.fifo {
        true => {
            let ahead = fifo::ahead(tx, source, most.max(1), now).await?;
            ahead.into_iter().map(|ahead| (ahead.message, Place::Group(ahead.group, ahead.row))).collect()
        }
        false => visible(tx, source, most.max(1), now).await?,
    };
    let last = ahead.is_empty();
    let (mut count, mut budget, mut failure) = (0, Budget::default(), None);
    let mut targets: HashMap<String, Queue> = HashMap::new();
    let mut changes: BTreeMap<String, fifo::Change> = BTreeMap::new();
    let (mut leases, mut cursor) = (Leases::new(source, now), None);
    for (message, place) in ahead.into_iter().take(most) {
        if budget.is_spent() {
            break;
        }
        let key = source.keys.message(source.id, message);
        let bytes = tx.get(&key).await?.ok_or_else(|| damaged("message"))?;
        budget.spend(bytes.len());
        let record = MessageRecord::read(&bytes)?;
        let arn = if task.destination_arn.is_empty() { &record.source_arn } else { &task.destination_arn };
        let target = match targets.entry(arn.clone()) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => match queue::by_arn(cx, entry.key()).await? {
                Some(target) => {
                    target.accept(cx, tx, now).await?;
                    tx.wake_after(target.arn.clone());
                    entry.insert(target)
                }
                None => {
                    failure = Some(faults::no_such_queue());
                    break;
                }
            },
        };
        let number = cx.cloud().ids().sequence(now);
        let record = redriven(cx, record, now);
        match place {
            Place::Group(group, row) => {
                tx.check(&row);
                fifo::hand_over(tx, source, &group, message, record.blob);
                let state = StateRecord { visible: now, sent: now, ..StateRecord::default() };
                fifo::put(tx, target, number, &record, state).await?;
                let change = changes.entry(group).or_default();
                change.removed.push(message);
                if target.id == source.id {
                    change.added.push((number, now));
                }
            }
            Place::Lease(at, id) => {
                leases.take(tx, at, id, message).await?;
            }
            Place::Stream => cursor = Some(message),
        }
        if !source.fifo {
            tx.delete(key);
            if let Some(blob) = record.blob {
                tx.delete(source.keys.blob(source.id, blob));
            }
            send::push(tx, target, &send::Outgoing::moved(number, record, now)).await?;
        }
        count += 1;
    }
    leases.close(tx);
    if let Some(last) = cursor {
        tx.put(source.keys.cursor(source.id), last.to_le_bytes().to_vec());
    }
    for (group, change) in &changes {
        fifo::settle(tx, source, group, change).await?;
    }
    Ok(Step { count, last, failure })
}

/// Where a message stands.
enum Place {
    Group(String, Row),
    Lease(Timestamp, u64),
    Stream,
}

/// The first visible messages of a standard queue.
async fn visible(tx: &mut Txn, queue: &Queue, most: usize, now: Timestamp) -> Result<Vec<(u64, Place)>> {
    let keys = &queue.keys;
    let mut visible = Vec::new();
    let over = Range::numbers_to(&keys.leases(queue.id), now.0.max(0) as u64);
    for row in tx.scan(&over, &Scan { limit: most, ..Scan::default() }).await?.rows {
        let Some((at, id)) = lease::place(&row.key) else { continue };
        let messages = LeaseRecord::read(&row.value)?.messages;
        visible.extend(messages.into_iter().map(|held| (held.message, Place::Lease(at, id))));
    }
    if visible.len() < most {
        let cursor = tx.get(&keys.cursor(queue.id)).await?.map_or(0, |bytes| counter(&bytes)) as u64;
        let stream = keys.messages(queue.id);
        let range = Range { from: stream.clone().number(cursor + 1), to: stream.number(OUTSIDE) };
        let scan = Scan { limit: most - visible.len(), keys_only: true, ..Scan::default() };
        let rows = tx.scan(&range, &scan).await?.rows;
        visible.extend(rows.iter().filter_map(|row| Some((row.key.last_number()?, Place::Stream))));
    }
    Ok(visible)
}

/// A redriven message is a new one: new id, new instant of enqueueing, never received (developer guide, "Configure a
/// dead-letter queue redrive").
fn redriven(cx: &Cx, record: MessageRecord, now: Timestamp) -> MessageRecord {
    MessageRecord { id: cx.cloud().ids().uuid_bits(), sent: now, source_arn: String::new(), ..record }
}
