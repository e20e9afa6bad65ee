//! What is measured.

use crate::{
    load::{Connection, block_on, repeat},
    report::Report,
    role::Role,
    server::Server,
    signer::Signer,
};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

pub(crate) const CONNECTIONS: usize = 16;
/// Requests before measuring begins.
const WARM_UP: Duration = Duration::from_millis(500);
/// How often each server has its turn.
const TURNS: u32 = 9;

pub fn run(binary: &Path, seconds: u64, only: Option<&str>) -> Result<()> {
    let bench = Bench { binary: binary.to_owned(), seconds: Duration::from_secs(seconds), scratch: scratch()? };
    let mut report = Report::default();
    let wanted = |name: &str| only.is_none_or(|only| only == name);
    if wanted("identity") {
        bench.identity(&mut report)?;
    }
    if wanted("send") {
        bench.send(&mut report)?;
    }
    if wanted("power") {
        bench.power(&mut report)?;
    }
    if wanted("receive") {
        bench.receive(&mut report)?;
    }
    if wanted("role") {
        bench.role(&mut report)?;
    }
    if wanted("kms") {
        bench.kms(&mut report)?;
    }
    if wanted("s3") {
        bench.objects(&mut report)?;
    }
    if wanted("s3-large") {
        bench.large(&mut report)?;
        bench.moving(&mut report)?;
    }
    if wanted("s3-list") {
        bench.lists(&mut report)?;
    }
    if wanted("decision") {
        let micros = crate::decision::measure()?;
        report.row(
            "an authorisation decision over 20 policies of 50 statements",
            format!("{micros:.1} µs"),
            "20 µs",
            Some(micros <= 20.0),
        );
    }
    if wanted("start") {
        bench.start(&mut report)?;
    }
    if wanted("size") {
        let size = std::fs::metadata(binary)?.len() as f64 / (1024.0 * 1024.0);
        report.row("release binary", format!("{size:.1} MiB"), "30 MiB", Some(size <= 30.0));
    }
    std::fs::remove_dir_all(&bench.scratch)?;
    report.print();
    Ok(())
}

/// CPU microseconds per message, of the yardstick per request, and the one by the other.
struct Cost {
    cpu: f64,
    yardstick: f64,
    ratio: f64,
}

pub(crate) struct Bench {
    pub binary: PathBuf,
    pub seconds: Duration,
    /// Data directories.
    scratch: PathBuf,
}

fn scratch() -> Result<PathBuf> {
    let path = std::env::temp_dir().join(format!("nephele-bench-{}", std::process::id()));
    std::fs::create_dir_all(&path)?;
    Ok(path)
}

/// A server and the request it is sent over and over.
pub(crate) struct Subject<'a> {
    pub server: &'a Server,
    pub request: &'a [u8],
}

/// One slice of load: the server's CPU time per request in microseconds, and requests per second.
#[derive(Clone, Copy)]
struct Slice {
    cpu: f64,
    rate: f64,
}

fn slice(subject: &Subject, connections: usize, time: Duration) -> Result<Slice> {
    let before = subject.server.cpu()?;
    let load = repeat(subject.server.address, connections, subject.request.to_vec(), move |_, elapsed| elapsed >= time);
    let outcome = block_on(load)?;
    let spent = subject.server.cpu()? - before;
    Ok(Slice { cpu: spent.as_secs_f64() * 1e6 / outcome.requests as f64, rate: outcome.per_second() })
}

pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Loads the subjects in turn, many times for a short while each, so that what else the machine does meets all of them
/// alike; figures are medians over the turns.
pub(crate) struct Turns(Vec<Vec<Slice>>);

impl Turns {
    pub fn take(subjects: &[Subject], connections: usize, time: Duration) -> Result<Turns> {
        for subject in subjects {
            slice(subject, connections, WARM_UP)?;
        }
        let turn = |_| subjects.iter().map(|subject| slice(subject, connections, time / TURNS)).collect();
        Ok(Turns((0..TURNS).map(turn).collect::<Result<_>>()?))
    }

    pub fn cpu(&self, subject: usize) -> f64 {
        median(self.0.iter().map(|turn| turn[subject].cpu))
    }

    pub fn rate(&self, subject: usize) -> f64 {
        median(self.0.iter().map(|turn| turn[subject].rate))
    }

    /// CPU time of one by that of another.
    pub fn cpu_ratio(&self, of: usize, to: usize) -> f64 {
        median(self.0.iter().map(|turn| turn[of].cpu / turn[to].cpu))
    }

    fn rate_ratio(&self, of: usize, to: usize) -> f64 {
        median(self.0.iter().map(|turn| turn[of].rate / turn[to].rate))
    }
}

pub(crate) fn once(address: SocketAddr, request: &[u8]) -> Result<Vec<u8>> {
    block_on(async { Ok(Connection::open(address).await?.exchange(request).await?.to_vec()) })
}

pub(crate) fn host(server: &Server) -> String {
    server.address.to_string()
}

fn message() -> String {
    "x".repeat(1024)
}

fn create_queue(server: &Server) -> Result<String> {
    let request = Signer::new("sqs").sqs(&host(server), "CreateQueue", &json!({ "QueueName": "jobs" }).to_string());
    let answer: Value = serde_json::from_slice(&once(server.address, &request)?)?;
    Ok(answer["QueueUrl"].as_str().context("QueueUrl")?.to_owned())
}

fn send_request(server: &Server, url: &str) -> Vec<u8> {
    let body = json!({ "QueueUrl": url, "MessageBody": message() }).to_string();
    Signer::new("sqs").sqs(&host(server), "SendMessage", &body)
}

fn identity_request(server: &Server) -> Vec<u8> {
    let form = "application/x-www-form-urlencoded; charset=utf-8";
    Signer::new("sts").request(&host(server), form, None, b"Action=GetCallerIdentity&Version=2011-06-15")
}

impl Bench {
    pub fn data(&self, name: &str) -> PathBuf {
        self.scratch.join(name)
    }

    fn identity(&self, report: &mut Report) -> Result<()> {
        let server = Server::nephele(&self.binary, None, &[])?;
        let idle = server.memory()?;
        let request = identity_request(&server);
        let bare = Server::bare(once(server.address, &request)?.len())?;
        let subjects = [&server, &bare].map(|server| Subject { server, request: &request });
        let turns = Turns::take(&subjects, CONNECTIONS, self.seconds)?;
        let ratio = turns.cpu_ratio(0, 1);
        let (cpu, yardstick, rate) = (turns.cpu(0), turns.cpu(1), turns.rate(0));
        report.row(
            "GetCallerIdentity",
            format!("{ratio:.2} × bare hyper ({cpu:.1} µs of {yardstick:.1}; {rate:.0}/s)"),
            "2.0 ×",
            Some(ratio <= 2.0),
        );
        let megabytes = idle.0 as f64 / 1024.0;
        report.row("resident memory, idle", format!("{megabytes:.1} MiB"), "25 MiB", Some(megabytes <= 25.0));
        Ok(())
    }

    /// Encrypt and Decrypt of 1 KiB.
    fn kms(&self, report: &mut Report) -> Result<()> {
        let server = Server::nephele(&self.binary, None, &[])?;
        let signer = Signer::new("kms");
        let request = |operation: &str, input: Value| {
            let (target, body) = (format!("TrentService.{operation}"), input.to_string());
            signer.request(&host(&server), "application/x-amz-json-1.1", Some(&target), body.as_bytes())
        };
        let ask = |request: &[u8]| -> Result<Value> { Ok(serde_json::from_slice(&once(server.address, request)?)?) };
        let created = ask(&request("CreateKey", json!({})))?;
        let key = &created["KeyMetadata"]["KeyId"];
        let plaintext = data_encoding::BASE64.encode(message().as_bytes());
        let encrypt = request("Encrypt", json!({ "KeyId": key, "Plaintext": plaintext }));
        let decrypt = request("Decrypt", json!({ "CiphertextBlob": ask(&encrypt)?["CiphertextBlob"] }));
        for (name, request) in [("KMS Encrypt 1 KiB", &encrypt), ("KMS Decrypt 1 KiB", &decrypt)] {
            let bare = Server::bare(once(server.address, request)?.len())?;
            let subjects = [&server, &bare].map(|server| Subject { server, request });
            let turns = Turns::take(&subjects, CONNECTIONS, self.seconds)?;
            let ratio = turns.cpu_ratio(0, 1);
            let (cpu, yardstick, rate) = (turns.cpu(0), turns.cpu(1), turns.rate(0));
            report.row(
                name,
                format!("{ratio:.2} × bare hyper ({cpu:.1} µs of {yardstick:.1}; {rate:.0}/s)"),
                "3.5 ×",
                Some(ratio <= 3.5),
            );
        }
        Ok(())
    }

    fn send(&self, report: &mut Report) -> Result<()> {
        let durable = Server::nephele(&self.binary, Some(&self.data("send")), &[])?;
        let memory = Server::nephele(&self.binary, None, &[])?;
        let request = send_request(&durable, &create_queue(&durable)?);
        let to_memory = send_request(&memory, &create_queue(&memory)?);
        let bare = Server::bare(once(durable.address, &request)?.len())?;
        let subjects = [
            Subject { server: &durable, request: &request },
            Subject { server: &bare, request: &request },
            Subject { server: &memory, request: &to_memory },
        ];
        let turns = Turns::take(&subjects, CONNECTIONS, self.seconds)?;
        let ratio = turns.cpu_ratio(0, 1);
        let (cpu, yardstick, rate) = (turns.cpu(0), turns.cpu(1), turns.rate(0));
        report.row(
            "SendMessage 1 KiB, durable (`process`)",
            format!("{ratio:.2} × bare hyper ({cpu:.1} µs of {yardstick:.1}; {rate:.0}/s)"),
            "3.0 ×",
            Some(ratio <= 3.0),
        );
        let share = turns.rate_ratio(0, 2) * 100.0;
        let of = turns.rate(2);
        report.row(
            "durable / in memory, requests per second",
            format!("{share:.0} % (in memory {of:.0}/s)"),
            "at least 90 %",
            Some(share >= 90.0),
        );
        Ok(())
    }

    fn role(&self, report: &mut Report) -> Result<()> {
        let server = Server::nephele(&self.binary, Some(&self.data("role")), &[])?;
        let role = Role::set_up(&server)?;
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        let whoami = b"Action=GetCallerIdentity&Version=2011-06-15";
        let request = role.signer("sts").request(&host(&server), form, None, whoami);
        let bare = Server::bare(once(server.address, &request)?.len())?;
        let subjects = [&server, &bare].map(|server| Subject { server, request: &request });
        let turns = Turns::take(&subjects, CONNECTIONS, self.seconds)?;
        let (ratio, cpu, yardstick) = (turns.cpu_ratio(0, 1), turns.cpu(0), turns.cpu(1));
        report.row(
            "GetCallerIdentity by a role with 10 policies of 50 statements",
            format!("{ratio:.2} × bare hyper ({cpu:.1} µs of {yardstick:.1})"),
            "2.5 ×",
            Some(ratio <= 2.5),
        );
        let body = json!({ "QueueUrl": role.queue, "MessageBody": message() }).to_string();
        let as_role = role.signer("sqs").sqs(&host(&server), "SendMessage", &body);
        let answer = once(server.address, &as_role)?;
        anyhow::ensure!(answer.starts_with(b"{\"MD5"), "{}", String::from_utf8_lossy(&answer));
        let as_root = send_request(&server, &create_queue(&server)?);
        let subjects = [Subject { server: &server, request: &as_role }, Subject { server: &server, request: &as_root }];
        let turns = Turns::take(&subjects, CONNECTIONS, self.seconds)?;
        let ratio = turns.cpu_ratio(0, 1);
        report.row(
            "SendMessage by that role, with queue and service control policies",
            format!("{ratio:.2} × the same by root ({:.1} µs of {:.1})", turns.cpu(0), turns.cpu(1)),
            "1.15 ×",
            Some(ratio <= 1.15),
        );
        Ok(())
    }

    fn power(&self, report: &mut Report) -> Result<()> {
        let process = Server::nephele(&self.binary, Some(&self.data("process")), &[])?;
        let power = Server::nephele(&self.binary, Some(&self.data("power")), &["--durability", "power"])?;
        let to_process = send_request(&process, &create_queue(&process)?);
        let to_power = send_request(&power, &create_queue(&power)?);
        let subjects =
            [Subject { server: &power, request: &to_power }, Subject { server: &process, request: &to_process }];
        let turns = Turns::take(&subjects, 64, self.seconds)?;
        let share = turns.rate_ratio(0, 1) * 100.0;
        report.row(
            "SendMessage 1 KiB, `power` / `process`, 64 connections",
            format!("{share:.0} % ({:.0}/s of {:.0}/s)", turns.rate(0), turns.rate(1)),
            "at least 25 %",
            Some(share >= 25.0),
        );
        Ok(())
    }

    /// Fills a queue by batches of ten.
    fn fill(&self, server: &Server, url: &str, messages: u64) -> Result<()> {
        let entries: Vec<_> = (0..10).map(|id| json!({ "Id": id.to_string(), "MessageBody": message() })).collect();
        let body = json!({ "QueueUrl": url, "Entries": entries }).to_string();
        let request = Signer::new("sqs").sqs(&host(server), "SendMessageBatch", &body);
        let load = repeat(server.address, CONNECTIONS, request, move |count, _| count * 10 >= messages);
        block_on(load).map(drop)
    }

    fn receive(&self, report: &mut Report) -> Result<()> {
        let mut costs = Vec::new();
        for backlog in [0, 1_000, 1_000_000] {
            let data = self.data(&format!("receive-{backlog}"));
            let server = Server::nephele(&self.binary, Some(&data), &[])?;
            let url = create_queue(&server)?;
            self.fill(&server, &url, backlog)?;
            let bare = Server::bare(256)?;
            let request = send_request(&server, &url);
            let yardstick = Subject { server: &bare, request: &request };
            let cost = self.drain(&server, &url, &yardstick)?;
            let (ratio, cpu, bare) = (cost.ratio, cost.cpu, cost.yardstick);
            costs.push(ratio);
            report.row(
                format!("receive 10 + delete 10, per message, backlog {backlog}"),
                format!("{ratio:.2} × bare hyper's request ({cpu:.1} µs of {bare:.1})"),
                "1.0 ×",
                Some(ratio <= 1.0),
            );
            if backlog == 1_000_000 {
                let (all, anonymous) = server.memory()?;
                let (all, anonymous) = (all as f64 / 1024.0, anonymous as f64 / 1024.0);
                report.row(
                    "resident memory, 1,000,000 messages of 1 KiB",
                    format!("{all:.0} MiB ({anonymous:.0} MiB anonymous)"),
                    "300 MiB",
                    Some(all <= 300.0),
                );
            }
            server.stop()?;
            std::fs::remove_dir_all(&data)?;
        }
        let spread = costs.iter().copied().fold(0.0, f64::max) / costs.iter().copied().fold(f64::MAX, f64::min);
        report.row("largest / smallest of the three ratios", format!("{spread:.2}"), "1.20", Some(spread <= 1.2));
        Ok(())
    }

    /// Sends (not measured), then receives and deletes by ten, many times, with a turn of the yardstick after each.
    fn drain(&self, server: &Server, url: &str, yardstick: &Subject) -> Result<Cost> {
        const ROUNDS: u64 = 160;
        let mut costs = Vec::new();
        slice(yardstick, CONNECTIONS, WARM_UP)?;
        for _ in 0..2 * TURNS {
            self.fill(server, url, ROUNDS * 10)?;
            let before = server.cpu()?;
            let messages = block_on(take(server.address, host(server), url.to_owned(), ROUNDS))?;
            let cpu = (server.cpu()? - before).as_secs_f64() * 1e6 / messages as f64;
            costs.push((cpu, slice(yardstick, CONNECTIONS, self.seconds / (4 * TURNS))?.cpu));
        }
        Ok(Cost {
            ratio: median(costs.iter().map(|(cpu, bare)| cpu / bare)),
            cpu: median(costs.iter().map(|(cpu, _)| *cpu)),
            yardstick: median(costs.iter().map(|(_, bare)| *bare)),
        })
    }

    fn start(&self, report: &mut Report) -> Result<()> {
        let first = |data: &Path| -> Result<(Duration, Server)> {
            let start = Instant::now();
            let server = Server::nephele(&self.binary, Some(data), &[])?;
            once(server.address, &identity_request(&server))?;
            Ok((start.elapsed(), server))
        };
        let mut note = |what: &str, took: Duration, limit: u64| {
            let millis = took.as_secs_f64() * 1e3;
            report.row(what, format!("{millis:.0} ms"), format!("{limit} ms"), Some(millis <= limit as f64));
        };
        let data = self.data("start");
        let (took, server) = first(&data)?;
        note("start to first signed answer, empty", took, 50);
        let url = create_queue(&server)?;
        self.fill(&server, &url, 1_000_000)?;
        let (all, anonymous) = server.memory()?;
        server.stop()?;
        let (took, server) = first(&data)?;
        note("the same, 1,000,000 messages, after a clean stop", took, 60);
        self.fill(&server, &url, 100_000)?;
        server.kill()?;
        let (took, server) = first(&data)?;
        note("the same, after kill -9 under load", took, 500);
        server.stop()?;
        let (all, anonymous) = (all as f64 / 1024.0, anonymous as f64 / 1024.0);
        report.row(
            "resident memory, 1,000,000 messages of 1 KiB stored",
            format!("{all:.0} MiB ({anonymous:.0} MiB anonymous)"),
            "300 MiB",
            Some(all <= 300.0),
        );
        std::fs::remove_dir_all(&data)?;
        Ok(())
    }
}

/// Receives and deletes by ten on all connections, so many rounds in all; how many messages.
async fn take(address: SocketAddr, host: String, url: String, rounds: u64) -> Result<u64> {
    let body = json!({ "QueueUrl": url, "MaxNumberOfMessages": 10 }).to_string();
    let receive = Signer::new("sqs").sqs(&host, "ReceiveMessage", &body);
    let mut tasks = Vec::new();
    let each = rounds.div_ceil(CONNECTIONS as u64);
    for _ in 0..CONNECTIONS {
        let mut connection = Connection::open(address).await?;
        let (receive, host, url) = (receive.clone(), host.clone(), url.clone());
        tasks.push(tokio::task::spawn_local(async move {
            let signer = Signer::new("sqs");
            let mut messages = 0;
            for _ in 0..each {
                let answer: Value = serde_json::from_slice(connection.exchange(&receive).await?)?;
                let Some(received) = answer["Messages"].as_array() else { break };
                let entry = |(id, message): (usize, &Value)| json!({ "Id": id.to_string(), "ReceiptHandle": message["ReceiptHandle"] });
                let entries: Vec<_> = received.iter().enumerate().map(entry).collect();
                messages += entries.len() as u64;
                let body = json!({ "QueueUrl": url, "Entries": entries }).to_string();
                connection.exchange(&signer.sqs(&host, "DeleteMessageBatch", &body)).await?;
            }
            Ok::<_, anyhow::Error>(messages)
        }));
    }
    let mut messages = 0;
    for task in tasks {
        messages += task.await??;
    }
    Ok(messages)
}
