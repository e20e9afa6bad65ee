//! The world outside: GET over HTTPS, and over HTTP on this machine, for what a service must ask there. One answer of
//! status 200 counts, of limited size and in limited time: redirects lead nowhere.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use bytes::Bytes;
use data_encoding::HEXLOWER;
use http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{
    client::conn::http1,
    rt::{Read, Write},
};
use hyper_util::rt::TokioIo;
use kernel::{
    store::Answer,
    web::{MAX_ANSWER, Web},
};
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, aws_lc_rs::default_provider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use std::{sync::Arc, time::Duration};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;

/// For the whole exchange; AWS waits as long for an identity provider.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Default)]
pub struct Outside(());

impl Web for Outside {
    fn get<'a>(&'a self, url: &'a str, thumbprints: &'a [String]) -> Answer<'a, Result<Bytes, String>> {
        Answer::later(async move {
            let answer = tokio::time::timeout(PATIENCE, get(url, thumbprints)).await;
            answer.unwrap_or_else(|_| Err(format!("no answer within {} s", PATIENCE.as_secs())))
        })
    }
}

async fn get(url: &str, thumbprints: &[String]) -> Result<Bytes, String> {
    let uri: Uri = url.parse().map_err(|error| format!("{url} is no URL: {error}"))?;
    let (Some(host), Some(authority)) = (uri.host(), uri.authority()) else {
        return Err(format!("{url} names no host"));
    };
    let secure = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => false,
        _ => return Err(format!("{url} is neither https:// nor http://")),
    };
    // What stands before an @ only looks like a host: `http://localhost:80@example.com`.
    if authority.as_str().contains('@') {
        return Err(format!("{url} names a user"));
    }
    let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let text = |error: &dyn std::error::Error| error.to_string();
    let found = lookup_host((bare, port)).await.map_err(|error| text(&error))?;
    let addresses: Vec<_> = found.filter(|found| secure || found.ip().to_canonical().is_loopback()).collect();
    if addresses.is_empty() {
        return Err(format!("{host} is not this machine, and nobody else is asked without TLS"));
    }
    let stream = TcpStream::connect(&addresses[..]).await.map_err(|error| text(&error))?;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::get(path)
        .header(header::HOST, authority.as_str())
        .header(header::ACCEPT, "application/json")
        .body(Empty::new())
        .map_err(|error| text(&error))?;
    if !secure {
        return exchange(TokioIo::new(stream), request).await;
    }
    let name = ServerName::try_from(bare.to_owned()).map_err(|error| text(&error))?;
    let config = trusting(thumbprints).map_err(|error| text(&error))?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(|error| text(&error))?;
    exchange(TokioIo::new(stream), request).await
}

async fn exchange(
    io: impl Read + Write + Send + Unpin + 'static,
    request: Request<Empty<Bytes>>,
) -> Result<Bytes, String> {
    let (mut sender, connection) = http1::handshake(io).await.map_err(|error| error.to_string())?;
    let driver = tokio::spawn(connection);
    let result = async {
        let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
        if response.status() != StatusCode::OK {
            return Err(format!("the answer is {}", response.status()));
        }
        let body = Limited::new(response.into_body(), MAX_ANSWER).collect().await;
        body.map(|body| body.to_bytes()).map_err(|error| error.to_string())
    };
    let result = result.await;
    driver.abort();
    result
}

/// TLS that trusts the well-known authorities, and certificates with these thumbprints as if they were some.
fn trusting(thumbprints: &[String]) -> Result<ClientConfig, Error> {
    let provider = Arc::new(default_provider());
    let verifier = Verifier { thumbprints: thumbprints.to_vec(), provider: provider.clone() };
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

#[derive(Debug)]
struct Verifier {
    /// SHA-1, as hex.
    thumbprints: Vec<String>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        for certificate in std::iter::once(end_entity).chain(intermediates) {
            let thumbprint = HEXLOWER.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, certificate).as_ref());
            if self.thumbprints.iter().any(|known| known.eq_ignore_ascii_case(&thumbprint)) {
                roots.add(certificate.clone().into_owned())?;
            }
        }
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), self.provider.clone()).build();
        let verifier = verifier.map_err(|error| Error::General(error.to_string()))?;
        verifier.verify_server_cert(end_entity, intermediates, name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io::{Read, Write},
        net::TcpListener,
    };

    fn asked(url: &str) -> Result<Bytes, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(|error| error.to_string())?.block_on(get(url, &[]))
    }

    /// What comes of an answer by a server on this machine.
    fn answered(answer: &'static [u8]) -> Result<Bytes, String> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
        let port = listener.local_addr().map_err(|error| error.to_string())?.port();
        let server = std::thread::spawn(move || {
            let Ok((mut stream, _)) = listener.accept() else { return };
            let _ = stream.read(&mut [0; 4_096]);
            let _ = stream.write_all(answer);
        });
        let result = asked(&format!("http://localhost:{port}/keys"));
        let _ = server.join();
        result
    }

    #[test]
    fn only_a_plain_answer_counts() {
        assert_eq!(answered(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"), Ok(Bytes::from_static(b"{}")));
        let redirect = b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(answered(redirect), Err("the answer is 302 Found".to_owned()));
        static ENDLESS: [u8; MAX_ANSWER + 100] = {
            let mut bytes = [b' '; MAX_ANSWER + 100];
            let head = *b"HTTP/1.1 200 OK\r\n\r\n";
            let mut at = 0;
            while at < head.len() {
                bytes[at] = head[at];
                at += 1;
            }
            bytes
        };
        assert!(answered(&ENDLESS).is_err_and(|why| why.contains("length limit exceeded")));
    }

    #[test]
    fn nobody_else_is_asked_without_tls() {
        for (url, why) in [
            ("http://192.0.2.1/", "192.0.2.1 is not this machine, and nobody else is asked without TLS"),
            ("http://[2001:db8::1]:80/", "[2001:db8::1] is not this machine, and nobody else is asked without TLS"),
            ("http://localhost:80@192.0.2.1/", "http://localhost:80@192.0.2.1/ names a user"),
            ("ftp://localhost/", "ftp://localhost/ is neither https:// nor http://"),
            ("/etc/passwd", "/etc/passwd names no host"),
        ] {
            assert_eq!(asked(url), Err(why.to_owned()));
        }
    }
}
