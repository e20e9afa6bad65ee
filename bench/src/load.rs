//! The load: keep-alive connections, each with one request under way at a time.

use anyhow::{Context, Result, bail};
use std::{
    cell::Cell,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime::{Builder, LocalOptions},
};

pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Result<Connection> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Connection { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    /// Sends a request and gives the answer's body; any status but 200 and 206 is an error, unless the request is a HEAD: its
    /// answer may be 404, and has no body.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<&[u8]> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let (head, length) = loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server closed the connection");
            }
            if let Some(end) = self.buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                let head = std::str::from_utf8(&self.buffer[..end])?;
                let length = head.lines().find_map(|line| {
                    let (name, value) = line.split_once(':')?;
                    name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
                });
                let length = if request.starts_with(b"HEAD ") { Some(0) } else { length };
                break (end + 4, length.context("no Content-Length")?);
            }
        };
        let is_head = request.starts_with(b"HEAD ");
        while self.buffer.len() < head + length {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server closed the connection in the middle of an answer");
            }
        }
        let fine = self.buffer.starts_with(b"HTTP/1.1 20") || is_head && self.buffer.starts_with(b"HTTP/1.1 404");
        if !fine {
            bail!("{}", String::from_utf8_lossy(&self.buffer));
        }
        Ok(&self.buffer[head..head + length])
    }
}

impl Connection {
    /// A header of the last answer, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<String> {
        let end = self.buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
        std::str::from_utf8(&self.buffer[..end]).ok()?.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    }

    /// Sends a request whose body is not copied behind its head.
    pub async fn upload(&mut self, head: &[u8], body: &[u8]) -> Result<()> {
        self.stream.write_all(head).await?;
        for piece in body.chunks(256 * 1024) {
            self.stream.write_all(piece).await?;
        }
        self.exchange(b"").await.map(drop)
    }

    /// Counts the bytes of an answer's body without keeping them.
    pub async fn download(&mut self, request: &[u8]) -> Result<usize> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let end = loop {
            anyhow::ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the server closed the connection");
            if let Some(end) = self.buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let length: usize = self.header("content-length").context("no Content-Length")?.parse()?;
        let mut count = self.buffer.len() - end;
        while count < length {
            self.buffer.clear();
            match self.stream.read_buf(&mut self.buffer).await? {
                0 => bail!("the server closed the connection in the middle of an answer"),
                read => count += read,
            }
        }
        Ok(count)
    }
}

pub fn block_on<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?.block_on(future)
}

/// What a stretch of load came to.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    pub requests: u64,
    pub elapsed: Duration,
}

impl Outcome {
    pub fn per_second(&self) -> f64 {
        self.requests as f64 / self.elapsed.as_secs_f64()
    }
}

/// Sends the same request over and over on so many connections for a while, or until so many were answered.
pub async fn repeat(
    address: SocketAddr,
    connections: usize,
    request: Vec<u8>,
    until: impl Fn(u64, Duration) -> bool + 'static,
) -> Result<Outcome> {
    let (request, until) = (Rc::new(request), Rc::new(until));
    let count = Rc::new(Cell::new(0));
    let awake = tokio::task::spawn_local(stay_awake());
    let start = Instant::now();
    let mut tasks = Vec::new();
    for _ in 0..connections {
        let mut connection = Connection::open(address).await?;
        let (request, count, until) = (request.clone(), count.clone(), until.clone());
        tasks.push(tokio::task::spawn_local(async move {
            while !until(count.get(), start.elapsed()) {
                connection.exchange(&request).await?;
                count.set(count.get() + 1);
            }
            Ok::<_, anyhow::Error>(())
        }));
    }
    for task in tasks {
        task.await??;
    }
    awake.abort();
    Ok(Outcome { requests: count.get(), elapsed: start.elapsed() })
}

/// Keeps the load's core busy. To wake a sleeping core of a virtual machine costs the server several microseconds with every
/// answer; bare hyper, which is faster than the load, would never pay that, and a server a little slower than the load would pay it
/// every time.
async fn stay_awake() {
    loop {
        tokio::task::yield_now().await;
    }
}
