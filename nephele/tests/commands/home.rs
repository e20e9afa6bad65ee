//! A user's home, empty at first and removed afterwards, and the clouds started there.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread::park_timeout,
    time::{Duration, Instant},
};
use wire::Json;

pub struct Home(pub PathBuf);

impl Home {
    pub fn new() -> Home {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("nephele-home-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let home = Home(std::env::temp_dir().join(name));
        for directory in ["bin", "tmp"] {
            fs::create_dir_all(home.0.join(directory)).unwrap();
        }
        home
    }

    pub fn tmp(&self) -> PathBuf {
        self.0.join("tmp")
    }

    pub fn data(&self) -> PathBuf {
        self.0.join(".local/share/nephele")
    }

    /// Any program, in an environment that has only this home.
    pub fn program(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", self.0.join("bin").display());
        command.env_clear().env("PATH", path).env("HOME", &self.0).env("TMPDIR", self.tmp());
        command
    }

    pub fn nephele(&self, arguments: &[&str]) -> Command {
        let mut command = self.program(env!("CARGO_BIN_EXE_nephele"));
        command.args(arguments);
        command
    }

    pub fn up(&self, arguments: &[&str]) -> Up {
        Up::start(self.nephele(&["up", "--listen", "127.0.0.1:0"]).args(arguments))
    }

    /// An executable of this home, first on PATH.
    pub fn install(&self, name: &str, script: &str) {
        let path = self.0.join("bin").join(name);
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    }

    /// An AWS CLI that prints its arguments.
    pub fn install_aws(&self, version: &str) {
        let script = format!(
            "#!/bin/sh\nif [ \"$1\" = --version ]; then echo 'aws-cli/{version} Python/3'; else echo \"aws:$*\"; fi\n"
        );
        self.install("aws", &script);
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A cloud in the foreground.
pub struct Up {
    pub child: Child,
    pub endpoint: String,
    pub banner: String,
}

impl Up {
    pub fn start(command: &mut Command) -> Up {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut banner = String::new();
        while !banner.contains("clients") {
            if stdout.read_line(&mut banner).unwrap() == 0 {
                let mut complaint = String::new();
                child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
                panic!("it did not come up: {banner}{complaint}");
            }
        }
        let endpoint = banner.lines().next().unwrap().rsplit(' ').next().unwrap().to_owned();
        Up { child, endpoint, banner }
    }

    pub fn address(&self) -> &str {
        self.endpoint.strip_prefix("http://").unwrap()
    }

    pub fn signal(&self, signal: &str) {
        kill(self.child.id(), signal);
    }

    pub fn wait(&mut self) -> ExitStatus {
        wait(&mut self.child)
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn kill(pid: u32, signal: &str) {
    assert!(Command::new("kill").args([&format!("-{signal}"), &pid.to_string()]).status().unwrap().success());
}

pub fn wait(child: &mut Child) -> ExitStatus {
    eventually("the process ends", || child.try_wait().unwrap())
}

/// Looks until it is so, for ten seconds: other processes have no clock to advance.
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(Instant::now() < until, "it never happened that {what}");
        park_timeout(Duration::from_millis(5));
    }
}

pub fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Runs a command that has to succeed; gives its output.
pub fn done(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    out(&output)
}

/// Runs a command that has to end with this status; gives its complaint.
pub fn fails(status: i32, command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(status), "{command:?}: {output:?}");
    err(&output)
}

pub fn json(text: &str) -> Json {
    Json::parse(text.trim()).unwrap()
}

/// Sends a request as it is and gives the whole answer.
pub fn raw(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// A call of SQS to a cloud that does not verify signatures.
pub fn sqs(up: &Up, operation: &str, body: &str) -> String {
    raw(up.address(), &(sqs_head(up, "1.0", operation, body) + "\r\n" + body))
}

/// The request line and the headers of such a call, without the empty line after them.
pub fn sqs_head(up: &Up, version: &str, operation: &str, body: &str) -> String {
    format!(
        "POST / HTTP/{version}\r\nhost: {}\r\ncontent-type: application/x-amz-json-1.0\r\nx-amz-target: AmazonSQS.{operation}\r\n\
         authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, \
         Signature=00\r\nx-amz-date: 20260101T000000Z\r\ncontent-length: {}\r\n",
        up.address(),
        body.len()
    )
}

pub fn entries(directory: &Path) -> Vec<String> {
    fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}
