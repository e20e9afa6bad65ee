"""A real browser: a form's upload, pages of other origins, a presigned PUT from a page, a website."""

import html
import json

import pytest
from browser import Browser, Pages
from botocore.exceptions import ClientError
from test_s3_browser import everybody_reads


@pytest.fixture
def pages():
    pages = Pages()
    yield pages
    pages.close()


@pytest.fixture
def browser(tmp_path):
    browser = Browser(tmp_path / "browser", ["app.example", "evil.example"])
    yield browser
    browser.close()


@pytest.fixture
def films(cloud):
    s3 = cloud.client("s3", signature_version="s3v4")
    s3.create_bucket(Bucket="films")
    return s3


def let_in(s3, origin, **more):
    rule = {"AllowedOrigins": [origin], "AllowedMethods": ["GET", "PUT", "POST"], **more}
    s3.put_bucket_cors(Bucket="films", CORSConfiguration={"CORSRules": [rule]})


def body(s3, key):
    return s3.get_object(Bucket="films", Key=key)["Body"].read()


def there(s3):
    return [item["Key"] for item in s3.list_objects_v2(Bucket="films").get("Contents", [])]


def upload(made):
    """A page with a form, as the user guide shows it."""
    hidden = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">\n'
        for name, value in made["fields"].items()
    )
    return f"""<!doctype html><meta charset="utf-8"><form action="{html.escape(made["url"])}" method="post" enctype="multipart/form-data">
{hidden}<input type="file" name="file"><input type="submit" name="submit" value="Upload"></form>"""


def test_a_form_uploads_and_leads_somewhere(films, pages, browser, tmp_path):
    origin = pages.origin("app.example")
    let_in(films, origin)
    done = f"{origin}/done"
    made = films.generate_presigned_post(
        "films",
        "in/${filename}",
        Fields={"success_action_redirect": done, "x-amz-meta-year": "1968"},
        Conditions=[["starts-with", "$x-amz-meta-year", ""], {"success_action_redirect": done}],
    )
    pages.pages |= {"/": upload(made), "/done": "<!doctype html>Thank you."}
    reel = tmp_path / "über \"reel\" 1.bin"
    reel.write_bytes(bytes(range(256)) * 4_096)
    browser.open(origin)
    browser.choose("input[type=file]", reel)
    browser.click("input[type=submit]")
    assert browser.text() == "Thank you."
    told = browser.run("Object.fromEntries(new URL(location).searchParams)")
    found = films.head_object(Bucket="films", Key=f"in/{reel.name}")
    assert told == {"bucket": "films", "key": f"in/{reel.name}", "etag": found["ETag"]}
    assert found["Metadata"] == {"year": "1968"}
    assert body(films, f"in/{reel.name}") == reel.read_bytes()

    # The same form on a page of somebody else, who may know the keys that a cloud begins with.
    browser.open(pages.origin("evil.example"))
    reel = reel.rename(tmp_path / "evil.bin")
    browser.choose("input[type=file]", reel)
    browser.click("input[type=submit]")
    assert "does not answer web pages from elsewhere" in browser.text()
    assert len(there(films)) == 1


# What a page's program is told: the status, the text, and the headers that it may see; or that it is told nothing.
FETCH = """(async () => {
  try {
    const answer = await fetch(URL_, OPTIONS);
    return [answer.status, await answer.text(), Object.fromEntries(answer.headers)];
  } catch (error) {
    return String(error);
  }
})()"""


def fetch(browser, url, **options):
    return browser.run(FETCH.replace("URL_", json.dumps(url)).replace("OPTIONS", json.dumps(options)))


def test_pages_of_other_origins(films, pages, browser):
    films.put_object(Bucket="films", Key="first.txt", Body=b"It begins.", Metadata={"year": "1968"})
    pages.pages["/"] = "<!doctype html>"
    let_in(
        films,
        pages.origin("app.example"),
        AllowedHeaders=["x-amz-meta-*", "content-type"],
        ExposeHeaders=["ETag", "x-amz-meta-year"],
    )
    get = films.generate_presigned_url("get_object", Params={"Bucket": "films", "Key": "first.txt"})
    put = films.generate_presigned_url("put_object", Params={"Bucket": "films", "Key": "new.txt"})
    meant = films.generate_presigned_url(
        "put_object", Params={"Bucket": "films", "Key": "new.txt", "Metadata": {"genre": "noir"}}
    )
    remove = films.generate_presigned_url("delete_object", Params={"Bucket": "films", "Key": "first.txt"})
    nothing = "TypeError: Failed to fetch"

    browser.open(pages.origin("app.example"))
    status, text, headers = fetch(browser, get)
    assert (status, text, headers["x-amz-meta-year"]) == (200, "It begins.", "1968")
    assert headers["etag"] == films.head_object(Bucket="films", Key="first.txt")["ETag"]
    # There, but not exposed.
    assert "x-amz-request-id" not in headers and "accept-ranges" not in headers
    # A range needs no preflight; a PUT does, and headers of its own as well.
    assert fetch(browser, get, headers={"range": "bytes=3-8"})[:2] == [206, "begins"]
    status, _, headers = fetch(browser, put, method="PUT", body="It goes on.")
    assert status == 200 and headers["etag"] == films.head_object(Bucket="films", Key="new.txt")["ETag"]
    assert fetch(browser, meant, method="PUT", body="It ends.", headers={"x-amz-meta-genre": "noir"})[0] == 200
    assert films.get_object(Bucket="films", Key="new.txt")["Metadata"] == {"genre": "noir"}
    # A page is told of errors, too.
    assert fetch(browser, get.replace("first.txt", "other.txt"))[0] == 403
    # No rule names this method, this header.
    assert fetch(browser, remove, method="DELETE") == nothing
    assert fetch(browser, get, headers={"x-other": "1"}) == nothing

    browser.open(pages.origin("evil.example"))
    assert fetch(browser, get) == nothing
    assert fetch(browser, put, method="PUT", body="It is over.") == nothing
    # What needs no preflight arrives, and is refused there.
    post = films.generate_presigned_post("films", "evil.txt")
    send = """(async () => {
      const form = new FormData();
      for (const [name, value] of Object.entries(FIELDS)) form.append(name, value);
      form.append("file", new Blob(["x"]), "x.txt");
      return (await fetch(URL_, {method: "POST", body: form, mode: "no-cors"})).type;
    })()"""
    send = send.replace("FIELDS", json.dumps(post["fields"])).replace("URL_", json.dumps(post["url"]))
    assert browser.run(send) == "opaque"
    assert there(films) == ["first.txt", "new.txt"]
    assert body(films, "new.txt") == b"It ends."

    # Without rules nobody is let in any more.
    films.delete_bucket_cors(Bucket="films")
    browser.open(pages.origin("app.example"))
    assert fetch(browser, get, cache="reload") == nothing
    with pytest.raises(ClientError):
        films.get_bucket_cors(Bucket="films")


def test_a_website(cloud, films, browser):
    def put(key, text, kind="text/html"):
        films.put_object(Bucket="films", Key=key, Body=text.encode(), ContentType=kind)

    put("index.html", '<!doctype html><title>Films</title><link rel="stylesheet" href="/style.css"><a href="new">New</a>')
    put("style.css", "a { color: rgb(1, 2, 3) }", "text/css")
    put("new/index.html", "<!doctype html><title>New</title><script src='program.js'></script><body></body>")
    put("new/program.js", "addEventListener('load', () => document.body.textContent = 'It runs.')", "text/javascript")
    put("oops.html", "<!doctype html><title>Oops</title>")
    films.put_bucket_website(
        Bucket="films",
        WebsiteConfiguration={
            "IndexDocument": {"Suffix": "index.html"},
            "ErrorDocument": {"Key": "oops.html"},
            "RoutingRules": [
                {"Condition": {"KeyPrefixEquals": "old/"}, "Redirect": {"ReplaceKeyPrefixWith": "new/"}},
            ],
        },
    )
    site = f"http://films.s3-website.localhost:{cloud.port}"
    browser.open(f"{site}/")
    assert "AccessDenied" in browser.text(), "nobody is let in yet"
    everybody_reads(films, "films")
    browser.open(f"{site}/")
    assert browser.run("document.title") == "Films"
    assert browser.run("getComputedStyle(document.querySelector('a')).color") == "rgb(1, 2, 3)"
    # The path of a directory leads to the one with a slash, so that what is beside its index is found.
    browser.click("a")
    assert browser.run("location.href") == f"{site}/new/"
    assert browser.text() == "It runs."
    browser.open(f"{site}/old/index.html")
    assert browser.run("location.href") == f"{site}/new/index.html"
    browser.open(f"{site}/none")
    assert browser.run("document.title") == "Oops"
