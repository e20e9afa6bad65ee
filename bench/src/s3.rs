//! What S3 costs.

use crate::{
    load::{Connection, block_on},
    report::Report,
    scenarios::{Bench, CONNECTIONS, Subject, Turns, host, median, once},
    server::Server,
    signer::Signer,
};
use anyhow::{Context, Result};
use bytes::Bytes;
use crc_fast::CrcAlgorithm;
use data_encoding::BASE64;
use md5::{Digest, Md5};
use std::{cell::Cell, rc::Rc, time::Instant};

/// Objects in the bucket that is listed.
const MANY: u64 = 1_000_000;
const LARGE: usize = 64 * 1024 * 1024;
/// What a large upload is cut into.
const PARTS: usize = 8;
const MIB: f64 = 1024.0 * 1024.0;
/// How often something large is moved; the median counts.
const ROUNDS: usize = 9;

fn signed(server: &Server, method: &str, target: (&str, &str), headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    Signer::new("s3").object(method, &host(server), target, headers, body)
}

/// A PUT whose body a CRC64NVME vouches for, as SDKs send it.
fn with_checksum(server: &Server, target: (&str, &str), headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let sum = BASE64.encode(&crc_fast::checksum(CrcAlgorithm::Crc64Nvme, body).to_be_bytes());
    let mut headers = headers.to_vec();
    if !body.is_empty() {
        headers.insert(0, ("x-amz-checksum-crc64nvme", &sum));
    }
    Signer::new("s3").object_with_checksum(&host(server), target, &headers, body)
}

/// MiB a second, of [`LARGE`] bytes in either direction.
fn transfer(server: &Server, request: &[u8]) -> Result<f64> {
    block_on(async {
        let mut connection = Connection::open(server.address).await?;
        let start = Instant::now();
        match request.starts_with(b"GET ") {
            // Keeping the bytes would cost the load more than sending them costs the server.
            true => anyhow::ensure!(connection.download(request).await? == LARGE),
            false => drop(connection.exchange(request).await?),
        }
        Ok(LARGE as f64 / MIB / start.elapsed().as_secs_f64())
    })
}

/// How quickly [`LARGE`] bytes go in, as shares of what MD5 alone does with them on one core, in the same moments.
struct Uploads {
    single: f64,
    parts: f64,
}

impl Uploads {
    fn of(server: &Server, body: &[u8]) -> Result<Uploads> {
        let put = with_checksum(server, ("/films/large", ""), &[], body);
        let (mut single, mut parts) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let start = Instant::now();
            std::hint::black_box(Md5::digest(body));
            let md5 = LARGE as f64 / MIB / start.elapsed().as_secs_f64();
            single.push(transfer(server, &put)? / md5);
            parts.push(in_parts(server, body)? / md5);
        }
        Ok(Uploads { single: median(single.into_iter()), parts: median(parts.into_iter()) })
    }
}

/// MiB a second of an upload of 8 parts at once, from its beginning to its completion.
fn in_parts(server: &Server, body: &[u8]) -> Result<f64> {
    let path = "/films/parts";
    let create = signed(server, "POST", (path, "uploads="), &[], b"");
    let parts = body.chunks(body.len() / PARTS).enumerate();
    let begun = String::from_utf8(once(server.address, &create)?)?;
    let upload = begun.split(['<', '>']).skip_while(|text| *text != "UploadId").nth(1).context("no UploadId")?;
    let request = |(index, part): (usize, &[u8])| {
        with_checksum(server, (path, &format!("partNumber={}&uploadId={upload}", index + 1)), &[], part)
    };
    let parts: Vec<Vec<u8>> = parts.map(request).collect();
    let start = Instant::now();
    let address = server.address;
    let etags = block_on(async {
        let mut tasks = Vec::new();
        for part in parts {
            tasks.push(tokio::task::spawn_local(async move {
                let mut connection = Connection::open(address).await?;
                connection.exchange(&part).await?;
                connection.header("etag").context("no ETag")
            }));
        }
        let mut etags = Vec::new();
        for task in tasks {
            etags.push(task.await??);
        }
        Ok(etags)
    })?;
    let part = |(index, etag): (usize, &String)| {
        format!("<Part><PartNumber>{}</PartNumber><ETag>{etag}</ETag></Part>", index + 1)
    };
    let parts: String = etags.iter().enumerate().map(part).collect();
    let document = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
    let complete = signed(server, "POST", (path, &format!("uploadId={upload}")), &[], document.as_bytes());
    once(server.address, &complete)?;
    Ok(LARGE as f64 / MIB / start.elapsed().as_secs_f64())
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

    /// Large objects, the server on one core, and on both.
    pub fn large(&self, report: &mut Report) -> Result<()> {
        let data = self.data("s3-large");
        let server = Server::nephele(&self.binary, Some(&data), &[])?;
        bucket(&server)?;
        let body: Vec<u8> = (0..LARGE).map(|at| (at * 7 % 251) as u8).collect();
        let one = Uploads::of(&server, &body)?;
        for (name, share) in [("single", one.single), ("8 parts of 8 MiB", one.parts)] {
            report.row(
                &format!("S3 PUT 64 MiB with CRC64NVME, {name}, the server on one core"),
                format!("{:.0} % of MD5's speed", share * 100.0),
                "at least 65 %",
                Some(share >= 0.65),
            );
        }
        once(server.address, &with_checksum(&server, ("/films/large", ""), &[], &body))?;
        let kms = [("x-amz-server-side-encryption", "aws:kms")];
        once(server.address, &with_checksum(&server, ("/films/sealed", ""), &kms, &body))?;
        let files = self.data("nginx");
        std::fs::create_dir_all(&files)?;
        std::fs::write(files.join("large"), &body)?;
        let nginx = Server::nginx(&self.data(""), &files)?;
        let gets: Vec<_> = [("/films/large", "", 45.0), ("/films/sealed", " with SSE-KMS", 12.0)]
            .map(|(path, what, least)| (signed(&server, "GET", (path, ""), &[], b""), what, least))
            .into();
        for (get, what, least) in gets {
            let mut speeds = Vec::new();
            let mut shares = Vec::new();
            for _ in 0..ROUNDS {
                let speed = transfer(&server, &get)?;
                speeds.push(speed);
                if let Some(nginx) = &nginx {
                    let plain = format!("GET /large HTTP/1.1\r\nHost: {}\r\n\r\n", host(nginx)).into_bytes();
                    shares.push(speed / transfer(nginx, &plain)? * 100.0);
                }
            }
            let (speed, share) = (median(speeds.into_iter()), median(shares.into_iter()));
            let figure = match nginx {
                Some(_) => format!("{share:.0} % of nginx ({speed:.0} MiB/s)"),
                None => format!("{speed:.0} MiB/s; nginx is not installed"),
            };
            report.row(
                &format!("S3 GET 64 MiB{what} from the page cache, the server on one core"),
                figure,
                format!("at least {least} %"),
                nginx.is_some().then_some(share >= least),
            );
        }
        server.stop()?;
        std::fs::remove_dir_all(&data)?;
        let server = Server::on_all_cores(&self.binary, &data)?;
        bucket(&server)?;
        let both = Uploads::of(&server, &body)?;
        for (name, times) in [("single", both.single / one.single), ("8 parts", both.parts / one.parts)] {
            report.row(
                &format!("S3 PUT 64 MiB, {name}: on two cores, which the load shares, against one"),
                format!("{times:.2} ×"),
                "at least 1.5 ×",
                Some(times >= 1.5),
            );
        }
        server.stop()?;
        std::fs::remove_dir_all(&data)?;
        Ok(())
    }

    /// Resident memory while many move much at once.
    pub fn moving(&self, report: &mut Report) -> Result<()> {
        let data = self.data("s3-moving");
        let server = Server::nephele(&self.binary, Some(&data), &[])?;
        bucket(&server)?;
        let body = Bytes::from(vec![b'x'; 4 * LARGE]);
        let clients = async {
            let mut tasks = Vec::new();
            for number in 0..32 {
                let path = format!("/films/{number}");
                let head = with_checksum(&server, (&path, ""), &[], &body[..0]);
                let head =
                    String::from_utf8(head)?.replace("Content-Length: 0", &format!("Content-Length: {}", body.len()));
                let get = signed(&server, "GET", (&path, ""), &[], b"");
                let (address, body) = (server.address, body.clone());
                tasks.push(tokio::task::spawn_local(async move {
                    let mut connection = Connection::open(address).await?;
                    connection.upload(head.as_bytes(), &body).await?;
                    let got = connection.download(&get).await?;
                    anyhow::ensure!(got == body.len(), "{got} bytes came back");
                    Ok::<_, anyhow::Error>(())
                }));
            }
            for task in tasks {
                task.await??;
            }
            Ok(())
        };
        block_on(clients)?;
        let peak = server.peak_memory()? / 1024;
        report.row(
            "resident memory while 32 clients each put and get 256 MiB",
            format!("{peak} MiB at most"),
            "120 MiB",
            Some(peak <= 120),
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
