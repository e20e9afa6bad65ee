//! What S3 costs.

use crate::{
    load::{Connection, block_on},
    report::Report,
    scenarios::{Bench, CONNECTIONS, Subject, Turns, host, median, once},
    server::Server,
    signer::Signer,
};
use anyhow::Result;
use md5::{Digest, Md5};
use std::{cell::Cell, rc::Rc, time::Instant};

/// Objects in the bucket that is listed.
const MANY: u64 = 1_000_000;
const LARGE: usize = 64 * 1024 * 1024;
const MIB: f64 = 1024.0 * 1024.0;
/// How often something large is moved; the median counts.
const ROUNDS: usize = 9;

fn signed(server: &Server, method: &str, target: (&str, &str), headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    Signer::new("s3").object(method, &host(server), target, headers, body)
}

fn bucket(server: &Server) -> Result<()> {
    once(server.address, &signed(server, "PUT", ("/films", ""), &[], b"")).map(drop)
}

impl Bench {
    /// Small objects.
    pub fn objects(&self, report: &mut Report) -> Result<()> {
        let server = Server::nephele(&self.binary, Some(&self.data("s3")), &[])?;
        bucket(&server)?;
        let body = vec![b'x'; 4096];
        let put = signed(&server, "PUT", ("/films/small", ""), &[], &body);
        once(server.address, &put)?;
        let get = signed(&server, "GET", ("/films/small", ""), &[], b"");
        let kms = [("x-amz-server-side-encryption", "aws:kms")];
        let sealed = signed(&server, "PUT", ("/films/sealed", ""), &kms, &body);
        let head = signed(&server, "HEAD", ("/films/missing", ""), &[], b"");
        for (name, request, answer, limit) in [
            ("S3 GET 4 KiB", &get, 4096, 2.5),
            ("S3 PUT 4 KiB, durable (`process`)", &put, 0, 5.0),
            ("S3 PUT 4 KiB with SSE-KMS", &sealed, 0, 7.0),
            ("S3 HEAD of a missing key", &head, 0, 2.5),
        ] {
            let bare = Server::bare(answer)?;
            let subjects = [&server, &bare].map(|server| Subject { server, request });
            let turns = Turns::take(&subjects, CONNECTIONS, self.seconds)?;
            let (ratio, cpu, yardstick, rate) = (turns.cpu_ratio(0, 1), turns.cpu(0), turns.cpu(1), turns.rate(0));
            report.row(
                name,
                format!("{ratio:.2} × bare hyper ({cpu:.1} µs of {yardstick:.1}; {rate:.0}/s)"),
                format!("{limit} ×"),
                Some(ratio <= limit),
            );
        }
        Ok(())
    }

    /// Large objects, the server on one core.
    pub fn large(&self, report: &mut Report) -> Result<()> {
        let data = self.data("s3-large");
        let server = Server::nephele(&self.binary, Some(&data), &[])?;
        bucket(&server)?;
        let body: Vec<u8> = (0..LARGE).map(|at| (at * 7 % 251) as u8).collect();
        let put = signed(&server, "PUT", ("/films/large", ""), &[], &body);
        let get = signed(&server, "GET", ("/films/large", ""), &[], b"");
        let time = |request: &[u8]| -> Result<f64> {
            block_on(async {
                let mut connection = Connection::open(server.address).await?;
                let start = Instant::now();
                connection.exchange(request).await?;
                Ok(LARGE as f64 / MIB / start.elapsed().as_secs_f64())
            })
        };
        let mut puts = Vec::new();
        let mut hashes = Vec::new();
        for _ in 0..ROUNDS {
            let start = Instant::now();
            std::hint::black_box(Md5::digest(&body));
            hashes.push(LARGE as f64 / MIB / start.elapsed().as_secs_f64());
            puts.push(time(&put)?);
        }
        let share = median(puts.iter().zip(&hashes).map(|(put, md5)| put / md5)) * 100.0;
        let (put, md5) = (median(puts.iter().copied()), median(hashes.iter().copied()));
        report.row(
            "S3 PUT 64 MiB, the server on one core",
            format!("{share:.0} % of MD5's speed ({put:.0} MiB/s of {md5:.0})"),
            "at least 65 %",
            Some(share >= 65.0),
        );
        let gets = (0..ROUNDS).map(|_| time(&get)).collect::<Result<Vec<_>>>()?;
        report.row(
            "S3 GET 64 MiB from the page cache, the server on one core",
            format!("{:.0} MiB/s", median(gets.into_iter())),
            "45 % of nginx",
            None,
        );
        server.stop()?;
        std::fs::remove_dir_all(&data)?;
        Ok(())
    }

    /// A bucket of a million objects.
    pub fn lists(&self, report: &mut Report) -> Result<()> {
        let data = self.data("s3-list");
        let server = Server::nephele(&self.binary, Some(&data), &[])?;
        bucket(&server)?;
        let next = Rc::new(Cell::new(0));
        let fill = async {
            let mut tasks = Vec::new();
            for _ in 0..CONNECTIONS {
                let mut connection = Connection::open(server.address).await?;
                let (host, next) = (host(&server), next.clone());
                tasks.push(tokio::task::spawn_local(async move {
                    let signer = Signer::new("s3");
                    loop {
                        let number = next.get();
                        next.set(number + 1);
                        if number >= MANY {
                            return Ok::<_, anyhow::Error>(());
                        }
                        let path = format!("/films/{:03}/{:06}", number % 1_000, number);
                        connection.exchange(&signer.object("PUT", &host, (&path, ""), &[], b"x")).await?;
                    }
                }));
            }
            for task in tasks {
                task.await??;
            }
            Ok(())
        };
        block_on(fill)?;
        for (name, query) in [
            ("S3 list of 1,000 of 1,000,000 keys", "list-type=2&start-after=500%2F000000"),
            ("the same with a delimiter: 1,000 common prefixes", "delimiter=%2F&list-type=2"),
        ] {
            let request = signed(&server, "GET", ("/films", query), &[], b"");
            once(server.address, &request)?;
            let times = (0..21).map(|_| {
                let start = Instant::now();
                once(server.address, &request)?;
                Ok(start.elapsed().as_secs_f64() * 1e3)
            });
            let millis = median(times.collect::<Result<Vec<_>>>()?.into_iter());
            report.row(name, format!("{millis:.1} ms"), "5 ms", Some(millis <= 5.0));
        }
        let head = signed(&server, "HEAD", ("/films/missing", ""), &[], b"");
        let bare = Server::bare(0)?;
        let subjects = [&server, &bare].map(|server| Subject { server, request: &head });
        let turns = Turns::take(&subjects, CONNECTIONS, self.seconds)?;
        let ratio = turns.cpu_ratio(0, 1);
        report.row(
            "S3 HEAD of a missing key among 1,000,000",
            format!("{ratio:.2} × bare hyper ({:.1} µs of {:.1})", turns.cpu(0), turns.cpu(1)),
            "2.5 ×",
            Some(ratio <= 2.5),
        );
        server.stop()?;
        std::fs::remove_dir_all(&data)?;
        Ok(())
    }
}
