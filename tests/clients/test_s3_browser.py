"""What browsers do with S3: forms, pages of other origins, websites; and events, which nobody asks for."""

import html
import json
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError
from web import curl, until_the_next_second


@pytest.fixture
def s3(cloud):
    # Without it boto3 presigns as it did before 2014, which AWS takes for old buckets only.
    return cloud.client("s3", signature_version="s3v4")


@pytest.fixture
def films(s3):
    s3.create_bucket(Bucket="films")
    return "films"


def everybody_reads(s3, bucket):
    s3.delete_public_access_block(Bucket=bucket)
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    lists = {"Effect": "Allow", "Principal": "*", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}"}
    policy = {"Version": "2012-10-17", "Statement": [statement, lists]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def fetch(method, url, data=None, headers=None):
    """A request as it is: errors and redirects are answers."""
    request = urllib.request.Request(url, data=data, method=method, headers=headers or {})
    try:
        answer = urllib.request.build_opener(_Stay).open(request, timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return Answer(answer.status, answer.headers, answer.read())


def form(fields, file=b"It begins.", filename="first.txt", boundary="boundary-of-a-test"):
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items()]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n'
    head += "Content-Type: application/octet-stream\r\n\r\n"
    body = "".join(parts).encode() + head.encode() + file + f"\r\n--{boundary}--\r\n".encode()
    return body, {"content-type": f"multipart/form-data; boundary={boundary}"}


def post(url, fields, **file):
    body, headers = form(fields, **file)
    return fetch("POST", url, body, headers)


# Presigned URLs and forms


def test_presigned_urls_get_and_put(s3, films):
    url = s3.generate_presigned_url("put_object", Params={"Bucket": films, "Key": "a b.txt"}, ExpiresIn=60)
    assert fetch("PUT", url, b"It begins.").status == 200
    url = s3.generate_presigned_url(
        "get_object", Params={"Bucket": films, "Key": "a b.txt", "ResponseContentType": "text/x-film"}, ExpiresIn=60
    )
    answer = fetch("GET", url)
    assert (answer.status, answer.text, answer.headers["content-type"]) == (200, "It begins.", "text/x-film")
    assert fetch("GET", url.replace("a%20b", "other")).status == 403


def test_presigned_urls_expire_on_the_clouds_clock(cloud, s3, films):
    s3.put_object(Bucket=films, Key="first.txt", Body=b"It begins.")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": films, "Key": "first.txt"}, ExpiresIn=3_600)
    until_the_next_second()
    cloud.advance("30m")
    assert fetch("GET", url).status == 200
    cloud.advance("31m")
    assert fetch("GET", url).status == 403


def test_a_presigned_form_uploads(s3, films):
    made = s3.generate_presigned_post(
        films,
        "in/${filename}",
        Fields={"Content-Type": "text/plain", "x-amz-meta-year": "1968", "success_action_status": "201",
                "tagging": "<Tagging><TagSet><Tag><Key>genre</Key><Value>film noir</Value></Tag></TagSet></Tagging>"},
        Conditions=[
            ["starts-with", "$Content-Type", "text/"],
            ["starts-with", "$x-amz-meta-year", ""],
            ["starts-with", "$tagging", ""],
            {"success_action_status": "201"},
            ["content-length-range", 2, 1_000],
        ],
        ExpiresIn=60,
    )
    answer = post(made["url"], made["fields"], filename="C:\\films\\first.txt")
    assert answer.status == 201, answer.text
    assert "<Key>in/first.txt</Key>" in answer.text and "<Bucket>films</Bucket>" in answer.text
    found = s3.get_object(Bucket=films, Key="in/first.txt")
    assert found["Body"].read() == b"It begins."
    assert (found["ContentType"], found["Metadata"]) == ("text/plain", {"year": "1968"})
    tags = s3.get_object_tagging(Bucket=films, Key="in/first.txt")["TagSet"]
    assert tags == [{"Key": "genre", "Value": "film noir"}]

    # What the policy does not allow is refused, and nothing is left of it.
    def refused(fields, **file):
        answer = post(made["url"], {**made["fields"], **fields}, **file)
        return answer.status, html.unescape(answer.text)

    status, why = refused({"Content-Type": "image/png"})
    assert status == 403 and 'Policy Condition failed: ["starts-with", "$Content-Type", "text/"]' in why
    status, why = refused({"x-amz-meta-month": "May"})
    assert status == 403 and "Extra input fields: x-amz-meta-month" in why
    status, why = refused({"key": "out/${filename}"})
    assert status == 403 and "Invalid according to Policy" in why
    status, why = refused({}, file=b"x" * 1_001, filename="large.txt")
    assert status == 400 and "<Code>EntityTooLarge</Code>" in why and "<MaxSizeAllowed>1000</MaxSizeAllowed>" in why
    status, why = refused({}, file=b"x", filename="small.txt")
    assert status == 400 and "<Code>EntityTooSmall</Code>" in why and "<MinSizeAllowed>2</MinSizeAllowed>" in why
    status, why = refused({"x-amz-signature": "0" * 64})
    assert status == 403 and "<Code>SignatureDoesNotMatch</Code>" in why
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=films)["Contents"]] == ["in/first.txt"]


def test_a_form_expires(cloud, s3, films):
    made = s3.generate_presigned_post(films, "first.txt", ExpiresIn=3_600)
    assert post(made["url"], made["fields"]).status == 204
    until_the_next_second()
    cloud.advance("61m")
    answer = post(made["url"], made["fields"])
    assert answer.status == 403 and "Policy expired" in answer.text
    made = s3.generate_presigned_post(films, "second.txt", ExpiresIn=3_600)
    assert post(made["url"], made["fields"]).status == 204, "signed after the clock was moved"


def test_a_form_leads_somewhere(s3, films):
    back = "https://app.example/done?a=1"
    made = s3.generate_presigned_post(
        films, "a b.txt", Fields={"success_action_redirect": back}, Conditions=[{"success_action_redirect": back}]
    )
    answer = post(made["url"], made["fields"])
    assert answer.status == 303
    assert answer.headers["location"].startswith(back + "&bucket=films&key=a+b.txt&etag=%22")


def test_forms_that_are_none(cloud, s3, films):
    url = f"{cloud.endpoint}/{films}"
    kind = {"content-type": "multipart/form-data; boundary=b"}
    answer = fetch("POST", url, b"nothing", kind)
    assert answer.status == 400 and "<Code>MalformedPOSTRequest</Code>" in answer.text
    answer = post(url, {"acl": "private"})
    assert answer.status == 400 and "must contain a field named 'key'" in answer.text
    only = b'--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n--b--\r\n'
    answer = fetch("POST", url, only, kind)
    assert answer.status == 400 and "POST requires exactly one file upload per request." in answer.text
    answer = post(url, {"key": "k", "x-ignore": "x" * 21_000})
    assert answer.status == 400 and "<Code>MaxPostPreDataLengthExceededError</Code>" in answer.text
    assert post(f"{url}/key", {"key": "k"}).status == 405
    assert post(f"{cloud.endpoint}/nowhere", {"key": "k"}).status == 404
    # Nobody may write, until everybody may.
    assert post(url, {"key": "k"}).status == 403
    s3.delete_public_access_block(Bucket=films)
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::films/drop/*"}
    s3.put_bucket_policy(Bucket=films, Policy=json.dumps({"Version": "2012-10-17", "Statement": statement}))
    assert post(url, {"key": "k"}).status == 403
    assert post(url, {"key": "drop/k"}).status == 204


def test_curl_sends_a_large_form(cloud, s3, films, tmp_path):
    large = tmp_path / "large.bin"
    block = bytes(range(256)) * 4_096 + b"\r\n--------------------"
    large.write_bytes(block * 40)
    made = s3.generate_presigned_post(films, "in/${filename}")
    fields = [word for name, value in made["fields"].items() for word in ("-F", f"{name}={value}")]
    assert curl(*fields, "-F", f"file=@{large}", "-F", "submit=Upload", made["url"])[0] == 204
    assert s3.get_object(Bucket=films, Key="in/large.bin")["Body"].read() == block * 40


# Pages of other origins

RULES = {
    "CORSRules": [
        {
            "AllowedOrigins": ["https://app.example"],
            "AllowedMethods": ["GET", "PUT", "POST"],
            "AllowedHeaders": ["*"],
            "ExposeHeaders": ["ETag"],
            "MaxAgeSeconds": 600,
        }
    ]
}


def test_pages_of_other_origins(cloud, s3, films):
    s3.put_bucket_cors(Bucket=films, CORSConfiguration=RULES)
    assert s3.get_bucket_cors(Bucket=films)["CORSRules"] == RULES["CORSRules"]
    url = f"{cloud.endpoint}/{films}/first.txt"
    asks = {"origin": "https://app.example", "access-control-request-method": "PUT"}
    answer = fetch("OPTIONS", url, headers={**asks, "access-control-request-headers": "content-type,x-amz-date"})
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "https://app.example"
    assert answer.headers["access-control-allow-headers"] == "content-type, x-amz-date"
    assert fetch("OPTIONS", url, headers={**asks, "origin": "https://evil.example"}).status == 403

    put = s3.generate_presigned_url("put_object", Params={"Bucket": films, "Key": "first.txt"})
    answer = fetch("PUT", put, b"It begins.", {"origin": "https://app.example", "sec-fetch-site": "cross-site"})
    assert answer.status == 200
    assert answer.headers["access-control-expose-headers"] == "ETag"
    # Everybody knows the keys that a cloud begins with, so pages that no rule names can sign; they are not let in.
    assert fetch("PUT", put, b"It ends.", {"origin": "https://evil.example"}).status == 403
    assert fetch("PUT", put, b"It ends.", {"origin": "null"}).status == 403
    remove = s3.generate_presigned_url("delete_object", Params={"Bucket": films, "Key": "first.txt"})
    assert fetch("DELETE", remove, headers={"origin": "https://app.example"}).status == 403
    assert s3.get_object(Bucket=films, Key="first.txt")["Body"].read() == b"It begins."
    made = s3.generate_presigned_post(films, "second.txt")
    body, headers = form(made["fields"])
    assert fetch("POST", made["url"], body, {**headers, "origin": "https://evil.example"}).status == 403
    assert fetch("POST", made["url"], body, {**headers, "origin": "https://app.example"}).status == 204


# Websites


def test_a_website(cloud, s3, films):
    s3.put_object(Bucket=films, Key="index.html", Body=b"<h1>Films</h1>", ContentType="text/html")
    s3.put_object(Bucket=films, Key="new/index.html", Body=b"<h1>New</h1>", ContentType="text/html")
    s3.put_object(Bucket=films, Key="oops.html", Body=b"<h1>Oops</h1>", ContentType="text/html")
    s3.put_bucket_website(
        Bucket=films,
        WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "oops.html"}},
    )
    site = f"http://films.s3-website.localhost:{cloud.port}"
    assert curl(f"{site}/")[0] == 403
    everybody_reads(s3, films)
    assert curl(f"{site}/") == (200, "<h1>Films</h1>")
    assert curl("-L", f"{site}/new") == (200, "<h1>New</h1>")
    assert curl(f"{site}/none") == (404, "<h1>Oops</h1>")
    assert curl("-r", "4-8", f"{site}/") == (206, "Films")
    assert curl("-X", "PUT", "-d", "x", f"{site}/x")[0] == 405
    # A link on somebody's page leads here; a program in it reads nothing.
    assert curl("-H", "sec-fetch-site: cross-site", f"{site}/")[0] == 200
    assert curl("-H", "origin: https://evil.example", f"{site}/")[0] == 403
    elsewhere = "films.s3-website-us-east-1.amazonaws.com"
    assert curl("-H", f"host: {elsewhere}", f"{cloud.endpoint}/") == (200, "<h1>Films</h1>")


def test_a_website_may_ask_for_the_referer(cloud, s3, films):
    s3.put_object(Bucket=films, Key="index.html", Body=b"<h1>Films</h1>")
    s3.put_bucket_website(Bucket=films, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})
    s3.delete_public_access_block(Bucket=films)
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::films/*",
        "Condition": {"StringLike": {"aws:Referer": "http://app.example/*"}, "IpAddress": {"aws:SourceIp": "127.0.0.1"}},
    }
    s3.put_bucket_policy(Bucket=films, Policy=json.dumps({"Version": "2012-10-17", "Statement": statement}))
    site = f"http://films.s3-website.localhost:{cloud.port}/"
    assert curl(site)[0] == 403
    assert curl("-e", "http://app.example/page", site)[0] == 200


# Events


def test_a_queue_is_told_of_uploads(cloud, s3, films):
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:000000000000:jobs"
    wanted = {
        "QueueConfigurations": [
            {
                "QueueArn": arn,
                "Events": ["s3:ObjectCreated:*"],
                "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}]}},
            }
        ]
    }
    with pytest.raises(ClientError) as refused:
        s3.put_bucket_notification_configuration(Bucket=films, NotificationConfiguration=wanted)
    assert refused.value.response["Error"]["Code"] == "InvalidArgument"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::films"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    s3.put_bucket_notification_configuration(Bucket=films, NotificationConfiguration=wanted)
    shown = s3.get_bucket_notification_configuration(Bucket=films)["QueueConfigurations"]
    assert shown[0]["QueueArn"] == arn and shown[0]["Id"]

    def receive():
        [message] = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return json.loads(message["Body"])

    assert receive()["Event"] == "s3:TestEvent"
    s3.put_object(Bucket=films, Key="in/first.txt", Body=b"It begins.")
    [record] = receive()["Records"]
    assert (record["eventName"], record["s3"]["object"]["size"]) == ("ObjectCreated:Put", 10)
    made = s3.generate_presigned_post(films, "in/second.txt")
    assert post(made["url"], made["fields"]).status == 204
    [record] = receive()["Records"]
    assert (record["eventName"], record["s3"]["object"]["key"]) == ("ObjectCreated:Post", "in/second.txt")


# Acceleration


def test_acceleration_is_switched_on(cloud, s3, films):
    s3.put_object(Bucket=films, Key="first.txt", Body=b"It begins.")
    everybody_reads(s3, films)
    host = ["-H", "host: films.s3-accelerate.amazonaws.com", f"{cloud.endpoint}/first.txt"]
    assert curl(*host)[0] == 400
    s3.put_bucket_accelerate_configuration(Bucket=films, AccelerateConfiguration={"Status": "Enabled"})
    assert curl(*host) == (200, "It begins.")
    assert s3.get_bucket_accelerate_configuration(Bucket=films)["Status"] == "Enabled"


