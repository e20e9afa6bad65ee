"""Terraform's resources and data of S3: apply, a second plan without changes, the same for changes, an import, destroy."""

import json

from terraform import Terraform

CONFIGURATION = """
data "aws_canonical_user_id" "me" {}

resource "aws_s3_bucket" "copied" {
  for_each      = toset(["near", "far"])
  bucket        = "replicated-${each.key}"
  force_destroy = true
}

resource "aws_s3_bucket_versioning" "copied" {
  for_each = aws_s3_bucket.copied
  bucket   = each.value.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_iam_role" "copier" {
  name = "copier"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "s3.amazonaws.com" } }]
  })
}

resource "aws_s3_bucket_replication_configuration" "copied" {
  depends_on = [aws_s3_bucket_versioning.copied]
  bucket     = aws_s3_bucket.copied["near"].id
  role       = aws_iam_role.copier.arn
  rule {
    id       = "all"
    priority = 1
    status   = "Enabled"
    filter {
      and {
        prefix = "kept/"
        tags   = { keep = "yes" }
      }
    }
    delete_marker_replication {
      status = "Disabled"
    }
    destination {
      bucket        = aws_s3_bucket.copied["far"].arn
      storage_class = "STANDARD_IA"
      replication_time {
        status = "Enabled"
        time {
          minutes = 15
        }
      }
      metrics {
        status = "Enabled"
        event_threshold {
          minutes = 15
        }
      }
    }
  }
}

resource "aws_kms_key" "films" {
  deletion_window_in_days = 7
}

resource "aws_s3_bucket" "films" {
  bucket        = "films"
  force_destroy = true
  tags          = { team = "a" }
}

resource "aws_s3_bucket" "logs" {
  bucket        = "logs"
  force_destroy = true
}

# Its name is made up.
resource "aws_s3_bucket" "site" {
  bucket_prefix = "site-"
  force_destroy = true
}

resource "aws_s3_bucket" "vault" {
  bucket              = "vault"
  object_lock_enabled = true
  force_destroy       = true
}

resource "aws_s3_bucket_versioning" "films" {
  bucket = aws_s3_bucket.films.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "films" {
  bucket = aws_s3_bucket.films.id
  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.films.arn
    }
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

# Terraform looks at the rules for 50 seconds after it has put them; so they are not changed later.
resource "aws_s3_bucket_lifecycle_configuration" "films" {
  # Versions of others are expired only where there are versions.
  depends_on = [aws_s3_bucket_versioning.films]
  bucket     = aws_s3_bucket.films.id

  rule {
    id     = "everything"
    status = "Enabled"
    filter {}
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
    expiration {
      expired_object_delete_marker = true
    }
  }

  rule {
    id     = "drafts"
    status = "Enabled"
    filter {
      prefix = "drafts/"
    }
    transition {
      days          = 30
      storage_class = "STANDARD_IA"
    }
    transition {
      days          = 90
      storage_class = "GLACIER"
    }
    expiration {
      days = 365
    }
  }

  rule {
    id     = "tagged"
    status = "Enabled"
    filter {
      tag {
        key   = "keep"
        value = "no"
      }
    }
    expiration {
      date = "2040-01-01T00:00:00Z"
    }
  }

  rule {
    id     = "large"
    status = "Disabled"
    filter {
      and {
        prefix                   = "raw/"
        object_size_greater_than = 131072
        object_size_less_than    = 1073741824
        tags = {
          kind  = "raw"
          grade = "b"
        }
      }
    }
    noncurrent_version_transition {
      noncurrent_days = 30
      storage_class   = "GLACIER_IR"
    }
    noncurrent_version_expiration {
      noncurrent_days           = 90
      newer_noncurrent_versions = 3
    }
  }

  rule {
    id     = "small"
    status = "Enabled"
    filter {
      object_size_less_than = 1000
    }
    transition {
      days          = 0
      storage_class = "INTELLIGENT_TIERING"
    }
  }
}

data "aws_iam_policy_document" "logs" {
  statement {
    sid       = "Deliver"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.logs.arn}/*"]
    principals {
      type        = "Service"
      identifiers = ["logging.s3.amazonaws.com", "s3.amazonaws.com"]
    }
    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = [aws_s3_bucket.films.arn]
    }
  }
}

resource "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket.logs.id
  policy = data.aws_iam_policy_document.logs.json
}

resource "aws_s3_bucket_logging" "films" {
  bucket        = aws_s3_bucket.films.id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "films/"
  target_object_key_format {
    partitioned_prefix {
      partition_date_source = "EventTime"
    }
  }
}

resource "aws_s3_bucket_public_access_block" "site" {
  bucket                  = aws_s3_bucket.site.id
  block_public_acls       = false
  block_public_policy     = true
  ignore_public_acls      = false
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "site" {
  bucket = aws_s3_bucket.site.id
  rule {
    object_ownership = "BucketOwnerPreferred"
  }
}

resource "aws_s3_bucket_acl" "site" {
  depends_on = [aws_s3_bucket_ownership_controls.site, aws_s3_bucket_public_access_block.site]
  bucket     = aws_s3_bucket.site.id
  acl        = "public-read"
}

resource "aws_s3_bucket_ownership_controls" "films" {
  bucket = aws_s3_bucket.films.id
  rule {
    object_ownership = "ObjectWriter"
  }
}

resource "aws_s3_bucket_acl" "films" {
  depends_on = [aws_s3_bucket_ownership_controls.films]
  bucket     = aws_s3_bucket.films.id
  access_control_policy {
    owner {
      id = data.aws_canonical_user_id.me.id
    }
    grant {
      permission = "FULL_CONTROL"
      grantee {
        type = "CanonicalUser"
        id   = data.aws_canonical_user_id.me.id
      }
    }
    grant {
      permission = "READ_ACP"
      grantee {
        type = "Group"
        uri  = "http://acs.amazonaws.com/groups/s3/LogDelivery"
      }
    }
  }
}

resource "aws_s3_bucket_cors_configuration" "site" {
  bucket = aws_s3_bucket.site.id
  cors_rule {
    id              = "app"
    allowed_headers = ["*"]
    allowed_methods = ["PUT", "POST"]
    allowed_origins = ["https://app.example"]
    expose_headers  = ["ETag"]
    max_age_seconds = 3000
  }
  cors_rule {
    allowed_methods = ["GET"]
    allowed_origins = ["*"]
  }
}

resource "aws_s3_bucket_website_configuration" "site" {
  bucket = aws_s3_bucket.site.id
  index_document {
    suffix = "index.html"
  }
  error_document {
    key = "oops.html"
  }
  routing_rule {
    condition {
      key_prefix_equals = "docs/"
    }
    redirect {
      replace_key_prefix_with = "documents/"
    }
  }
  routing_rule {
    condition {
      http_error_code_returned_equals = "404"
    }
    redirect {
      host_name          = "elsewhere.example"
      http_redirect_code = "302"
      protocol           = "https"
      replace_key_with   = "lost"
    }
  }
}

# Terraform looks at a queue for 25 seconds after it has made one.
data "aws_sqs_queue" "events" {
  name = "events"
}

resource "aws_s3_bucket_notification" "films" {
  bucket = aws_s3_bucket.films.id
  queue {
    id            = "uploads"
    queue_arn     = data.aws_sqs_queue.events.arn
    events        = ["s3:ObjectCreated:*", "s3:ObjectRemoved:Delete"]
    filter_prefix = "in/"
    filter_suffix = ".mov"
  }
  queue {
    queue_arn = data.aws_sqs_queue.events.arn
    events    = ["s3:ObjectTagging:Put"]
  }
}

resource "aws_s3_bucket_request_payment_configuration" "films" {
  bucket = aws_s3_bucket.films.id
  payer  = "Requester"
}

resource "aws_s3_bucket_accelerate_configuration" "films" {
  bucket = aws_s3_bucket.films.id
  status = "Enabled"
}

resource "aws_s3_bucket_intelligent_tiering_configuration" "films" {
  bucket = aws_s3_bucket.films.id
  name   = "cold"
  filter {
    prefix = "old/"
    tags   = { kind = "raw" }
  }
  tiering {
    access_tier = "ARCHIVE_ACCESS"
    days        = 125
  }
  tiering {
    access_tier = "DEEP_ARCHIVE_ACCESS"
    days        = 180
  }
}

resource "aws_s3_bucket_inventory" "films" {
  bucket                   = aws_s3_bucket.films.id
  name                     = "all"
  included_object_versions = "All"
  optional_fields          = ["Size", "ETag", "StorageClass"]
  schedule {
    frequency = "Weekly"
  }
  filter {
    prefix = "raw/"
  }
  destination {
    bucket {
      format     = "CSV"
      bucket_arn = aws_s3_bucket.logs.arn
      prefix     = "inventory"
      account_id = "000000000000"
    }
  }
}

resource "aws_s3_bucket_analytics_configuration" "films" {
  bucket = aws_s3_bucket.films.id
  name   = "classes"
  filter {
    prefix = "raw/"
    tags   = { kind = "raw" }
  }
  storage_class_analysis {
    data_export {
      destination {
        s3_bucket_destination {
          bucket_arn = aws_s3_bucket.logs.arn
          prefix     = "analytics"
        }
      }
    }
  }
}

resource "aws_s3_bucket_metric" "films" {
  bucket = aws_s3_bucket.films.id
  name   = "raw"
  filter {
    prefix = "raw/"
    tags   = { kind = "raw" }
  }
}

resource "aws_s3_bucket_object_lock_configuration" "vault" {
  bucket = aws_s3_bucket.vault.id
  rule {
    default_retention {
      mode = "GOVERNANCE"
      days = 5
    }
  }
}

resource "aws_s3_object" "deed" {
  depends_on                    = [aws_s3_bucket_object_lock_configuration.vault]
  bucket                        = aws_s3_bucket.vault.id
  key                           = "deed"
  content                       = "mine"
  force_destroy                 = true
  object_lock_legal_hold_status = "ON"
  object_lock_mode              = "GOVERNANCE"
  object_lock_retain_until_date = "2040-01-01T00:00:00Z"
}

resource "aws_s3_object" "first" {
  depends_on             = [aws_s3_bucket_versioning.films]
  bucket                 = aws_s3_bucket.films.id
  key                    = "in/first film.txt"
  content                = "It begins."
  content_type           = "text/plain"
  content_language       = "en"
  cache_control          = "max-age=60"
  storage_class          = "STANDARD_IA"
  checksum_algorithm     = "SHA256"
  metadata               = { year = "1968" }
  tags                   = { genre = "western", "a key" = "a value +1" }
}

resource "aws_s3_object" "reel" {
  depends_on         = [aws_s3_bucket_versioning.films]
  bucket             = aws_s3_bucket.films.id
  key                = "in/reel.bin"
  source             = "${path.module}/reel.bin"
  source_hash        = filemd5("${path.module}/reel.bin")
  kms_key_id         = aws_kms_key.films.arn
  bucket_key_enabled = true
}

resource "aws_s3_object" "page" {
  bucket       = aws_s3_bucket.site.id
  key          = "index.html"
  source       = "${path.module}/index.html"
  etag         = filemd5("${path.module}/index.html")
  content_type = "text/html"
}

# The old name of the same; it always sends an ACL.
resource "aws_s3_bucket_object" "old" {
  depends_on       = [aws_s3_bucket_ownership_controls.site]
  bucket           = aws_s3_bucket.site.id
  key              = "old.txt"
  content_base64   = "SXQgYmVnaW5zLg=="
  website_redirect = "/index.html"
}

resource "aws_s3_object_copy" "copy" {
  bucket             = aws_s3_bucket.site.id
  key                = "copies/first film.txt"
  source             = "${aws_s3_bucket.films.id}/${aws_s3_object.first.key}"
  request_payer      = "requester"
  metadata_directive = "REPLACE"
  content_type       = "text/x-film"
  metadata           = { copied = "yes" }
  tagging_directive  = "REPLACE"
  tags               = { genre = "copy" }
  grant {
    uri         = "http://acs.amazonaws.com/groups/global/AllUsers"
    type        = "Group"
    permissions = ["READ"]
  }
  depends_on = [aws_s3_bucket_acl.site]
}
"""

# Names under which a part of what is there is looked at again, beside the resources.
ADDITIONS = """
data "aws_s3_bucket" "films" {
  bucket = aws_s3_bucket.films.id
}

data "aws_s3_object" "first" {
  bucket        = aws_s3_bucket.films.id
  key           = aws_s3_object.first.key
  range         = "bytes=0-1"
  checksum_mode = "ENABLED"
}

data "aws_s3_objects" "site" {
  depends_on = [aws_s3_object_copy.copy]
  bucket     = aws_s3_bucket.site.id
  delimiter  = "/"
}

data "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket_policy.logs.bucket
}

output "looked_up" {
  value = {
    region   = data.aws_s3_bucket.films.region
    domain   = data.aws_s3_bucket.films.bucket_domain_name
    begin    = data.aws_s3_object.first.body
    length   = data.aws_s3_object.first.content_length
    tags     = data.aws_s3_object.first.tags
    metadata = data.aws_s3_object.first.metadata
    version  = data.aws_s3_object.first.version_id == aws_s3_object.first.version_id
    sealed   = data.aws_s3_object.first.sse_kms_key_id == aws_kms_key.films.arn
    keys     = data.aws_s3_objects.site.keys
    folders  = data.aws_s3_objects.site.common_prefixes
    policy   = jsondecode(data.aws_s3_bucket_policy.logs.policy).Statement[0].Sid
    site     = aws_s3_bucket_website_configuration.site.website_endpoint == "${aws_s3_bucket.site.id}.s3-website-us-east-1.amazonaws.com"
    etag     = aws_s3_object_copy.copy.etag
    me       = data.aws_canonical_user_id.me.id
  }
}

# A bucket that somebody made without Terraform.
import {
  to = aws_s3_bucket.found
  id = "found"
}

resource "aws_s3_bucket" "found" {
  bucket        = "found"
  force_destroy = true
  tags          = { made = "by hand" }
}

import {
  to = aws_s3_bucket_versioning.found
  id = "found"
}

resource "aws_s3_bucket_versioning" "found" {
  bucket = aws_s3_bucket.found.id
  versioning_configuration {
    status = "Enabled"
  }
}

import {
  to = aws_s3_bucket_cors_configuration.found
  id = "found"
}

resource "aws_s3_bucket_cors_configuration" "found" {
  bucket = aws_s3_bucket.found.id
  cors_rule {
    allowed_methods = ["GET"]
    allowed_origins = ["*"]
  }
}
"""

CHANGES = [
    ('tags          = { team = "a" }', 'tags          = { team = "b", more = "yes" }'),
    ('status = "Enabled"\n  }\n}\n\nresource "aws_s3_bucket_server', 'status = "Suspended"\n  }\n}\n\nresource "aws_s3_bucket_server'),
    ("    bucket_key_enabled = true\n", "    bucket_key_enabled = false\n"),
    ('sid       = "Deliver"', 'sid       = "DeliverLogs"'),
    ('partition_date_source = "EventTime"', 'partition_date_source = "DeliveryTime"'),
    ("block_public_policy     = true", "block_public_policy     = false"),
    ('object_ownership = "BucketOwnerPreferred"', 'object_ownership = "ObjectWriter"'),
    ('acl        = "public-read"', 'acl        = "authenticated-read"'),
    ('permission = "READ_ACP"', 'permission = "WRITE"'),
    ("max_age_seconds = 3000", "max_age_seconds = 600"),
    ('replace_key_prefix_with = "documents/"', 'replace_key_prefix_with = "papers/"'),
    ('filter_suffix = ".mov"', 'filter_suffix = ".avi"'),
    ('payer  = "Requester"', 'payer  = "BucketOwner"'),
    ('status = "Enabled"\n}\n', 'status = "Suspended"\n}\n'),
    ("days        = 125", "days        = 130"),
    ('prefix = "kept/"', 'prefix = "all/"'),
    ('frequency = "Weekly"', 'frequency = "Daily"'),
    ('prefix     = "analytics"', 'prefix     = "classes"'),
    ('name   = "raw"\n  filter {\n    prefix = "raw/"', 'name   = "raw"\n  filter {\n    prefix = "rough/"'),
    ("      days = 5", "      years = 1"),
    ('object_lock_legal_hold_status = "ON"', 'object_lock_legal_hold_status = "OFF"'),
    ('content                = "It begins."', 'content                = "It begins again."'),
    ('genre = "western"', 'genre = "noir"'),
    ('metadata           = { copied = "yes" }', 'metadata           = { copied = "again" }'),
    ('content_base64   = "SXQgYmVnaW5zLg=="', 'content_base64   = "SXQgZW5kcy4="'),
]


def queue_for(cloud, bucket):
    """A queue that takes what the bucket tells."""
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName="events")["QueueUrl"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": "arn:aws:sqs:us-east-1:000000000000:events",
        "Condition": {"ArnEquals": {"aws:SourceArn": f"arn:aws:s3:::{bucket}"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


def test_buckets_from_plan_to_destroy(cloud, tmp_path):
    s3 = cloud.client("s3")
    queue_for(cloud, "films")
    (tmp_path / "reel.bin").write_bytes(bytes(range(256)) * 40_000)
    (tmp_path / "index.html").write_text("<h1>Films</h1>")
    terraform = Terraform(cloud, tmp_path, ["s3", "kms", "sqs", "iam"], CONFIGURATION)
    terraform.apply()
    # What Terraform made is true.
    assert s3.get_object(Bucket="films", Key="in/first film.txt")["ServerSideEncryption"] == "aws:kms"
    assert s3.get_object(Bucket="films", Key="in/reel.bin")["Body"].read() == bytes(range(256)) * 40_000
    [site] = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"] if bucket["Name"].startswith("site-")]
    assert s3.get_object(Bucket=site, Key="old.txt")["WebsiteRedirectLocation"] == "/index.html"
    # Something of before, and something that changed behind its back.
    s3.create_bucket(Bucket="found")
    s3.put_bucket_tagging(Bucket="found", Tagging={"TagSet": [{"Key": "made", "Value": "by hand"}]})
    s3.put_bucket_versioning(Bucket="found", VersioningConfiguration={"Status": "Enabled"})
    rules = [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]
    s3.put_bucket_cors(Bucket="found", CORSConfiguration={"CORSRules": rules})
    s3.put_object(Bucket="found", Key="a", Body=b"a")
    s3.delete_bucket_website(Bucket=site)

    configuration = CONFIGURATION
    for before, after in CHANGES:
        assert configuration.count(before) == 1, before
        configuration = configuration.replace(before, after)
    terraform.write(configuration + ADDITIONS)
    terraform.apply()
    looked_up = json.loads(terraform("output", "-json", "looked_up"))
    owner = s3.list_buckets()["Owner"]["ID"]
    assert looked_up == {
        "region": "us-east-1",
        "domain": "films.s3.amazonaws.com",
        "begin": "It",
        "length": 2,
        "tags": {"genre": "noir", "a key": "a value +1"},
        "metadata": {"year": "1968"},
        "version": True,
        "sealed": True,
        "keys": ["index.html", "old.txt"],
        "folders": ["copies/"],
        "policy": "DeliverLogs",
        "site": True,
        "etag": s3.head_object(Bucket=site, Key="copies/first film.txt")["ETag"].strip('"'),
        "me": owner,
    }
    assert s3.get_bucket_website(Bucket=site)["IndexDocument"] == {"Suffix": "index.html"}
    terraform.destroy("-refresh=false")
    assert s3.list_buckets()["Buckets"] == []
