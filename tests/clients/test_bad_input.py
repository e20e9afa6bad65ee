"""What no client should send: every answer is an error in AWS's shape or a closed connection, and others go on."""

import resource
import socket

import pytest


def raw(cloud, data, half_close=False):
    """The whole answer to some bytes, until the server closes or has answered one request."""
    with socket.create_connection(("127.0.0.1", cloud.port), timeout=30) as connection:
        try:
            connection.sendall(data)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # closed before all was sent: the server had seen enough
        answer = b""
        while True:
            try:
                piece = connection.recv(65_536)
            except ConnectionResetError:
                return answer
            answer += piece
            if not piece or complete(answer):
                return answer


def complete(answer):
    answer = answer.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    head, split, body = answer.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return bool(split) and bool(lengths) and len(body) >= int(lengths[0])


def post(headers, body=b""):
    lines = [b"POST / HTTP/1.1", b"Host: localhost", *headers, b"Content-Length: %d" % len(body)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


HOSTILE = {
    "nothing": b"\r\n\r\n",
    "not HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 600,
    "a bad method line": b"GET\r\n\r\n",
    "a negative length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "length and chunks": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a bad chunk": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a huge head": b"GET / HTTP/1.1\r\n" + b"X-Filler: " + b"a" * 1_000_000 + b"\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(5_000)) + b"\r\n",
    "a path of control characters": b"GET /\x01\x02 HTTP/1.1\r\nHost: x\r\n\r\n",
    "no credentials": post([b"X-Amz-Target: AmazonSQS.ListQueues", b"Content-Type: application/x-amz-json-1.0"], b"{}"),
    "half an Authorization": post([b"Authorization: AWS4-HMAC-SHA256 Credential=test", b"X-Amz-Target: AmazonSQS.X"]),
    "a strange Authorization": post([b"Authorization: \xff\xfe", b"X-Amz-Target: AmazonSQS.X"]),
    "an unknown target": post([b"X-Amz-Target: Nobody.Nothing", b"Content-Type: application/x-amz-json-1.1"], b"{}"),
    "an unknown action": post([b"Content-Type: application/x-www-form-urlencoded"], b"Action=Nothing&Version=1999-01-01"),
    "deep JSON": post([b"X-Amz-Target: AmazonSQS.SendMessage"], b"[" * 1_000_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_cost_only_their_connection(cloud, name):
    answer = raw(cloud, HOSTILE[name], half_close=True)
    assert answer == b"" or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 501")), answer[:200]
    assert b"panic" not in answer
    assert cloud.client("sts").get_caller_identity()["Account"] == "000000000000"


def test_a_body_beyond_the_limit_is_refused_unread(cloud):
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AmazonSQS.SendMessage\r\nContent-Length: 99999999999\r\n\r\n"
    assert raw(cloud, head).startswith(b"HTTP/1.1 413")


def test_half_a_request_and_a_half_closed_socket(cloud):
    head = post([b"X-Amz-Target: AmazonSQS.ListQueues"], b"{}")[:-1]
    assert raw(cloud, head, half_close=True)[:9] in (b"", b"HTTP/1.1 ")
    assert cloud.client("sts").get_caller_identity()


def test_thousands_of_idle_connections_slow_nobody(cloud):
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    idle = [socket.create_connection(("127.0.0.1", cloud.port)) for _ in range(min(10_000, most - 200))]
    for connection in idle[::2]:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: loc")
    try:
        assert cloud.client("sts").get_caller_identity()["Account"] == "000000000000"
        assert resident_mib(cloud.process.pid) < 300
    finally:
        for connection in idle:
            connection.close()


def resident_mib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        [line] = [line for line in status if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


def test_control_endpoints_refuse_web_pages(cloud):
    for header in [b"Origin: http://evil.example", b"Sec-Fetch-Site: cross-site", b"Host: evil.example"]:
        host = b"" if header.startswith(b"Host") else b"Host: localhost\r\n"
        request = b"POST /_nephele/reset HTTP/1.1\r\n" + host + header + b"\r\nContent-Length: 0\r\n\r\n"
        assert raw(cloud, request).startswith(b"HTTP/1.1 403"), header


def test_whose_body_was_not_read_is_told_to_go(cloud):
    """What a client sends next that got its answer early is not known: body, or request."""

    def ask(method, path, headers, body=b""):
        lines = [b"%s %s HTTP/1.1" % (method, path), b"Host: localhost", b"Expect: 100-continue", *headers]
        return raw(cloud, b"\r\n".join(lines) + b"\r\n\r\n" + body).lower()

    assert b"connection: close" in ask(b"PUT", b"/nowhere/empty", [b"Content-Length: 0"])
    # Nobody signed it, so nobody wants its body.
    refused = ask(b"PUT", b"/nowhere/large", [b"Content-Length: 1000000", b"Authorization: AWS4-HMAC-SHA256 Credential=test"])
    assert refused.startswith(b"http/1.1 400") and b"connection: close" in refused
    # One that sends all of it first gets its answer as well, and not a reset.
    large = b"PUT /nowhere/large HTTP/1.1\r\nHost: localhost\r\nContent-Length: 30000000\r\n\r\n" + bytes(30_000_000)
    assert b"<code>nosuchbucket</code>" in raw(cloud, large).lower()
    told = ask(b"POST", b"/", [b"Content-Length: 2", b"X-Amz-Target: AmazonSQS.ListQueues"], b"{}")
    assert told.startswith(b"http/1.1 100 continue") and b"connection: close" not in told
