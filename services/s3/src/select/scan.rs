//! A query over an object: in slices, between which others on the thread go on, and in frames of bounded size.

use super::{
    faults,
    input::{Format, Header},
    output::Output,
    range::Range,
    reader::{Found, Next, Reader},
};
use kernel::{Result, yield_now};
use lang::select::{Column, Data, Fields, Query, Record, Statement, Time};
use s3_api::{
    ContinuationEvent, EndEvent, Progress, ProgressEvent, RecordsEvent, SelectObjectContentEventStream as Event, Stats,
    StatsEvent,
};
use std::{cell::Cell, collections::VecDeque, rc::Rc};
use wire::Bytes;

/// Of a record event's payload.
const FRAME: usize = 128 * 1024;
/// What is done before others go on: a record counts by its bytes and by those of the expression that looks at it.
const SLICE: u64 = 1024 * 1024;
/// What is looked at without a word to the client, in uncompressed bytes. AWS sends something "periodically".
const QUIET: u64 = 8 * 1024 * 1024;

/// What is asked of an object.
pub struct Plan {
    pub statement: Statement,
    /// How long the expression is, in bytes.
    pub weight: u64,
    pub format: Rc<Format>,
    pub output: Output,
    /// Tell how far it is.
    pub progress: bool,
    pub now: Time,
}

pub struct Scan {
    reader: Reader,
    plan: Plan,
    /// `None` before the names of the columns are known.
    query: Option<Query>,
    range: Range,
    fields: Fields,
    /// A record of which the statement makes many, and how many of them are done.
    halfway: Option<(Data, usize)>,
    out: Vec<u8>,
    frames: VecDeque<Bytes>,
    returned: u64,
    /// When something was sent last.
    heard: u64,
    state: State,
}

#[derive(PartialEq)]
enum State {
    /// The first record of CSV is still to come, and is a header.
    Header,
    Records,
    /// What is left is to tell of it.
    Progress,
    Stats,
    End,
    Over,
}

impl Scan {
    /// `header`: a reader of the object from its beginning, where the range does not have that.
    pub async fn new(mut reader: Reader, header: Option<Reader>, range: Range, plan: Plan) -> Result<Scan> {
        let begins = match &*plan.format {
            Format::Csv(csv) => csv.header,
            Format::Document | Format::Lines => Header::None,
        };
        if range.from > 0 {
            // The reader begins right before the range. What ends there, or was begun before, is no record of it.
            reader.wait().await?;
        }
        let heard = reader.offset();
        let mut scan = Scan {
            reader,
            plan,
            query: None,
            range,
            fields: Fields::default(),
            halfway: None,
            out: Vec::new(),
            frames: VecDeque::new(),
            returned: 0,
            heard,
            state: if begins == Header::None || range.from > 0 { State::Records } else { State::Header },
        };
        match (begins, header) {
            (Header::Use, Some(mut header)) => {
                while scan.query.is_none()
                    && let Some(found) = header.wait().await?
                {
                    let Scan { plan, query, fields, .. } = &mut scan;
                    *query = headers(plan, header.bytes(&found), &found, fields)?;
                }
            }
            (Header::Use, None) => {}
            _ => scan.query = Some(query(&scan.plan, None)?),
        }
        scan.stop_when_done();
        Ok(scan)
    }

    /// The next event; `None` behind the last.
    pub async fn next(&mut self) -> Result<Option<Event>> {
        loop {
            if let Some(frame) = self.frames.pop_front() {
                self.returned += frame.len() as u64;
                self.heard = self.reader.offset();
                return Ok(Some(Event::Records(RecordsEvent { payload: Some(frame) })));
            }
            match self.state {
                State::Header | State::Records => {
                    self.slice().await?;
                    if self.out.len() >= FRAME || !self.is_reading() {
                        self.cut();
                    } else if self.reader.offset() - self.heard >= QUIET {
                        self.heard = self.reader.offset();
                        return Ok(Some(match self.plan.progress {
                            true => self.progress(),
                            false => Event::Cont(ContinuationEvent {}),
                        }));
                    }
                }
                State::Progress => {
                    self.state = State::Stats;
                    if self.plan.progress {
                        return Ok(Some(self.progress()));
                    }
                }
                State::Stats => {
                    self.state = State::End;
                    let [bytes_scanned, bytes_processed, bytes_returned] = self.counts();
                    let details = Some(Stats { bytes_scanned, bytes_processed, bytes_returned });
                    return Ok(Some(Event::Stats(StatsEvent { details })));
                }
                State::End => {
                    self.state = State::Over;
                    return Ok(Some(Event::End(EndEvent {})));
                }
                State::Over => return Ok(None),
            }
        }
    }

    fn is_reading(&self) -> bool {
        matches!(self.state, State::Header | State::Records)
    }

    fn progress(&self) -> Event {
        let [bytes_scanned, bytes_processed, bytes_returned] = self.counts();
        Event::Progress(ProgressEvent { details: Some(Progress { bytes_scanned, bytes_processed, bytes_returned }) })
    }

    /// Scanned, processed, returned. What is not compressed is scanned as far as it is processed.
    fn counts(&self) -> [Option<i64>; 3] {
        let processed = self.reader.offset().saturating_sub(self.range.from);
        [self.reader.read().unwrap_or(processed), processed, self.returned].map(|count| Some(count as i64))
    }

    /// What was written goes into frames.
    fn cut(&mut self) {
        let mut out = Bytes::from(std::mem::take(&mut self.out));
        while !out.is_empty() {
            self.frames.push_back(out.split_to(out.len().min(FRAME)));
        }
    }

    async fn slice(&mut self) -> Result<()> {
        let mut work = 0;
        while work < SLICE && self.is_reading() && self.out.len() < FRAME {
            let begin = self.reader.offset();
            if let Some((data, from)) = self.halfway.take() {
                self.value(data, from)?;
            } else {
                match self.reader.next()? {
                    Next::Record(found) if self.range.to.is_none_or(|to| found.from <= to) => self.record(&found)?,
                    Next::Hungry => {
                        self.reader.fill().await?;
                        work += self.reader.waiting() as u64;
                    }
                    Next::Record(_) | Next::End => self.finish()?,
                }
            }
            if self.halfway.is_some() {
                break;
            }
            work += self.reader.offset() - begin + self.plan.weight;
        }
        yield_now().await;
        Ok(())
    }

    fn record(&mut self, found: &Found) -> Result<()> {
        let Scan { reader, plan, query, fields, out, state, .. } = self;
        let bytes = reader.bytes(found);
        if *state == State::Header {
            let Format::Csv(csv) = &*plan.format else { return Ok(()) };
            if !is_record(csv, text(bytes, found)?) {
                return Ok(());
            }
            if csv.header == Header::Use {
                *query = headers(plan, bytes, found, fields)?;
            }
            *state = State::Records;
            self.stop_when_done();
            return Ok(());
        }
        let Some(query) = query else { return Ok(()) };
        match &*plan.format {
            Format::Csv(csv) => {
                let text = text(bytes, found)?;
                if !is_record(csv, text) {
                    return Ok(());
                }
                csv.split(text, found.ended, fields)?;
                let emit = &mut |columns: &[Column<'_>]| plan.output.write(columns, out);
                query.push(Record::Columns(fields), emit).map_err(faults::of)?;
            }
            Format::Lines if bytes.trim_ascii().is_empty() => {}
            Format::Lines | Format::Document => {
                text(bytes, found)?;
                let data = Data::parse(bytes).map_err(faults::of)?;
                return self.value(data, 0);
            }
        }
        self.stop_when_done();
        Ok(())
    }

    /// A record of JSON, from what of it is still to be done; as much of it as a slice has.
    fn value(&mut self, data: Data, from: usize) -> Result<()> {
        let Scan { plan, query, out, .. } = self;
        let Some(query) = query else { return Ok(()) };
        let (written, mut work) = (Cell::new(out.len()), 0);
        let emit = &mut |columns: &[Column<'_>]| {
            let done = plan.output.write(columns, out);
            written.set(out.len());
            done
        };
        let enough = &mut || {
            work += plan.weight;
            work >= SLICE || written.get() >= FRAME
        };
        let next = query.push_from(Record::Value(Some(&data)), from, emit, enough).map_err(faults::of)?;
        self.halfway = next.map(|next| (data, next));
        self.stop_when_done();
        Ok(())
    }

    /// After the last record that counts.
    fn stop_when_done(&mut self) {
        if self.is_reading() && self.query.as_ref().is_some_and(|query| !query.wants_more()) {
            self.state = State::Progress;
        }
    }

    fn finish(&mut self) -> Result<()> {
        self.state = State::Progress;
        let Scan { plan, query, out, .. } = self;
        let query = match query {
            Some(query) => query,
            // An object without a header has no columns.
            none => none.insert(self::query(plan, Some(Vec::new()))?),
        };
        query.finish(&mut |columns| plan.output.write(columns, out)).map_err(faults::of)
    }
}

fn query(plan: &Plan, headers: Option<Vec<String>>) -> Result<Query> {
    match &*plan.format {
        Format::Csv(_) => Query::of_columns(&plan.statement, headers, plan.now),
        Format::Document | Format::Lines => Query::of_values(&plan.statement, plan.now),
    }
    .map_err(faults::of)
}

/// The query, if this record is the header.
fn headers(plan: &Plan, bytes: &[u8], found: &Found, fields: &mut Fields) -> Result<Option<Query>> {
    let Format::Csv(csv) = &*plan.format else { return Ok(None) };
    let text = text(bytes, found)?;
    if !is_record(csv, text) {
        return Ok(None);
    }
    csv.split(text, found.ended, fields)?;
    query(plan, Some(fields.iter().map(str::to_owned).collect())).map(Some)
}

/// Neither a comment nor an empty line.
fn is_record(csv: &super::csv::Csv, text: &str) -> bool {
    !text.is_empty() && !csv.is_comment(text)
}

fn text<'a>(bytes: &'a [u8], found: &Found) -> Result<&'a str> {
    std::str::from_utf8(bytes).map_err(|error| faults::text_encoding(found.from + error.valid_up_to() as u64))
}
