"""S3 Batch Operations as clients use them: boto3, the AWS CLI, and a job that goes on after kill -9.

Both clients put the account before the endpoint's host (`000000000000.localhost`), as AWS has it. The cloud as their proxy
spares them the look-up of that name, which not every machine's resolver knows.
"""

import csv
import hashlib
import io
import json
import subprocess

import pytest
from botocore.exceptions import ClientError
from waiting import until

ACCOUNT = "000000000000"
TRUST = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "batchoperations.s3.amazonaws.com"},
        "Action": "sts:AssumeRole",
    },
}
LISTS = "arn:aws:s3:::lists"
REPORT = {"Bucket": LISTS, "Format": "Report_CSV_20180820", "Enabled": True, "Prefix": "reports", "ReportScope": "AllTasks"}
TAG = {"S3PutObjectTagging": {"TagSet": [{"Key": "seen", "Value": "yes"}]}}


def worker(cloud, *statements):
    """A role that jobs work under."""
    iam = cloud.client("iam")
    role = iam.create_role(RoleName="worker", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    allow(cloud, {"Action": "s3:*", "Resource": "*"}, *statements)
    return role


def allow(cloud, *statements):
    statements = [{"Effect": "Allow"} | statement for statement in statements]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    cloud.client("iam").put_role_policy(RoleName="worker", PolicyName="work", PolicyDocument=document)


class Jobs:
    def __init__(self, cloud, role):
        self.cloud = cloud
        self.role = role

    @property
    def client(self):
        return self.cloud.client("s3control", proxies={"http": self.cloud.endpoint})

    def create(self, operation, **more):
        more = {"Report": REPORT, "ConfirmationRequired": False, "Priority": 1} | more
        return self.client.create_job(AccountId=ACCOUNT, Operation=operation, RoleArn=self.role, **more)["JobId"]

    def progress(self, job):
        found = self.client.describe_job(AccountId=ACCOUNT, JobId=job)["Job"]
        return found["Status"], found["ProgressSummary"].get("NumberOfTasksSucceeded")

    def has_ended(self, job):
        return self.progress(job)[0] in ("Complete", "Failed", "Cancelled")

    def ended(self, job):
        until(lambda: self.has_ended(job), lambda: f"the job does not end: {self.progress(job)}")
        return self.client.describe_job(AccountId=ACCOUNT, JobId=job)["Job"]

    def report(self, job):
        """The rows of a job's report, whose digests are right."""
        s3 = self.cloud.client("s3")
        read = lambda key: s3.get_object(Bucket="lists", Key=key)["Body"].read()
        manifest = read(f"reports/job-{job}/manifest.json")
        assert read(f"reports/job-{job}/manifest.json.md5").decode() == hashlib.md5(manifest).hexdigest()
        rows = []
        for file in json.loads(manifest)["Results"]:
            data = read(file["Key"])
            assert file["MD5Checksum"] == hashlib.md5(data).hexdigest()
            found = list(csv.reader(io.StringIO(data.decode())))
            assert {row[3] for row in found} == {file["TaskExecutionStatus"]}
            rows += found
        return rows


def manifest(s3, rows, key="films.csv", fields=("Bucket", "Key")):
    etag = s3.put_object(Bucket="lists", Key=key, Body="\n".join(rows))["ETag"]
    return {
        "Spec": {"Format": "S3BatchOperations_CSV_20180820", "Fields": list(fields)},
        "Location": {"ObjectArn": f"{LISTS}/{key}", "ETag": etag.strip('"')},
    }


@pytest.fixture
def s3(cloud):
    s3 = cloud.client("s3")
    for bucket in ("films", "lists", "copies"):
        s3.create_bucket(Bucket=bucket)
    return s3


def test_a_copy_needs_what_its_role_may(cloud, s3):
    jobs = Jobs(cloud, worker(cloud))
    s3.put_object(Bucket="films", Key="a b.txt", Body=b"It begins.", Metadata={"year": "1968"})
    # Whose key policy leaves it to IAM.
    key = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
    copy = {
        "S3PutObjectCopy": {
            "TargetResource": "arn:aws:s3:::copies",
            "TargetKeyPrefix": "old",
            "SSEAwsKmsKeyId": key,
            "BucketKeyEnabled": True,
            "NewObjectTagging": [{"Key": "by", "Value": "job"}],
        }
    }
    listed = manifest(s3, ["films,a%20b.txt"])
    job = jobs.create(copy, Manifest=listed)
    assert jobs.ended(job)["ProgressSummary"]["NumberOfTasksFailed"] == 1
    [row] = jobs.report(job)
    assert row[:6] == ["films", "a%20b.txt", "", "failed", "403", "AccessDenied"]
    assert "kms:GenerateDataKey" in row[6]

    allow(cloud, {"Action": ["s3:*", "kms:GenerateDataKey", "kms:Decrypt"], "Resource": "*"})
    job = jobs.create(copy, Manifest=listed)
    assert jobs.ended(job)["Status"] == "Complete"
    assert jobs.report(job) == [["films", "a%20b.txt", "", "succeeded", "200", "", "Successful"]]
    found = s3.get_object(Bucket="copies", Key="old/a b.txt")
    assert (found["Body"].read(), found["Metadata"], found["TagCount"]) == (b"It begins.", {"year": "1968"}, 1)
    assert (found["ServerSideEncryption"], found["SSEKMSKeyId"]) == ("aws:kms", key)


def test_objects_get_another_key_where_they_are(cloud, s3):
    jobs = Jobs(cloud, worker(cloud, {"Action": "kms:*", "Resource": "*"}))
    key = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
    s3.put_object(Bucket="films", Key="a", Body=b"It begins.")
    before = s3.head_object(Bucket="films", Key="a")
    update = {"S3UpdateObjectEncryption": {"ObjectEncryption": {"SSEKMS": {"KMSKeyArn": key, "BucketKeyEnabled": True}}}}
    job = jobs.create(update, Manifest=manifest(s3, ["films,a"]))
    assert jobs.ended(job)["Status"] == "Complete"
    assert [row[3] for row in jobs.report(job)] == ["succeeded"], jobs.report(job)
    found = s3.get_object(Bucket="films", Key="a")
    assert (found["SSEKMSKeyId"], found["LastModified"], found["Body"].read()) == (key, before["LastModified"], b"It begins.")


def test_an_inventory_is_a_manifest(cloud, s3):
    jobs = Jobs(cloud, worker(cloud))
    s3.put_bucket_versioning(Bucket="films", VersioningConfiguration={"Status": "Enabled"})
    for body in (b"one", b"two"):
        s3.put_object(Bucket="films", Key="a,b c.txt", Body=body)
    s3.put_bucket_policy(Bucket="lists", Policy=json.dumps({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "s3:PutObject", "Resource": f"{LISTS}/*"}}))
    s3.put_bucket_inventory_configuration(Bucket="films", Id="all", InventoryConfiguration={
        "Id": "all", "IsEnabled": True, "IncludedObjectVersions": "All", "Schedule": {"Frequency": "Daily"},
        "Destination": {"S3BucketDestination": {"Format": "CSV", "Bucket": LISTS}}})
    cloud.advance("1d")
    [delivered] = [found for found in s3.list_objects_v2(Bucket="lists")["Contents"] if found["Key"].endswith("manifest.json")]
    location = {"ObjectArn": f"{LISTS}/{delivered['Key']}", "ETag": delivered["ETag"]}
    job = jobs.create(TAG, Manifest={"Spec": {"Format": "S3InventoryReport_CSV_20161130"}, "Location": location})
    assert jobs.ended(job)["ProgressSummary"]["NumberOfTasksSucceeded"] == 2
    for version in s3.list_object_versions(Bucket="films")["Versions"]:
        named = {"Bucket": "films", "Key": version["Key"], "VersionId": version["VersionId"]}
        assert s3.get_object_tagging(**named)["TagSet"] == [{"Key": "seen", "Value": "yes"}]


def test_errors_are_the_models(cloud, s3):
    jobs = Jobs(cloud, worker(cloud))
    client = jobs.client
    with pytest.raises(client.exceptions.NotFoundException):
        client.describe_job(AccountId=ACCOUNT, JobId="none-such")
    listed = manifest(s3, ["films,a"])
    job = jobs.create(TAG, Manifest=listed, ClientRequestToken="one", Tags=[{"Key": "team", "Value": "red"}])
    assert client.get_job_tagging(AccountId=ACCOUNT, JobId=job)["Tags"] == [{"Key": "team", "Value": "red"}]
    with pytest.raises(client.exceptions.IdempotencyException):
        jobs.create(TAG, Manifest=listed, ClientRequestToken="one", Priority=7)
    jobs.ended(job)
    with pytest.raises(client.exceptions.JobStatusException):
        client.update_job_status(AccountId=ACCOUNT, JobId=job, RequestedJobStatus="Ready")
    with pytest.raises(ClientError) as refused:
        jobs.create({"LambdaInvoke": {"FunctionArn": "f"}}, Manifest=listed)
    assert refused.value.response["Error"]["Code"] == "NotImplemented"
    pages = client.get_paginator("list_jobs") if client.can_paginate("list_jobs") else None
    found = pages.paginate(AccountId=ACCOUNT).build_full_result() if pages else client.list_jobs(AccountId=ACCOUNT)
    assert [(listed["JobId"], listed["Operation"]) for listed in found["Jobs"]] == [(job, "S3PutObjectTagging")]


def test_the_cli(cloud, s3):
    """As the user guide does it ("Creating an S3 Batch Operations job", "Updating job status")."""
    role = worker(cloud)
    s3.put_object(Bucket="films", Key="a", Body=b"x")
    listed = manifest(s3, ["films,a"])

    def aws(*arguments):
        command = ["aws", "--endpoint-url", cloud.endpoint, "--output", "json", "s3control", *arguments, "--account-id", ACCOUNT]
        environment = cloud.environment() | {"HTTP_PROXY": cloud.endpoint}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    job = aws("create-job", "--operation", json.dumps(TAG), "--manifest", json.dumps(listed), "--report", json.dumps(REPORT),
              "--priority", "42", "--role-arn", role, "--description", "tags", "--client-request-token", "one")["JobId"]
    cloud.advance("10s")
    described = aws("describe-job", "--job-id", job)["Job"]
    assert (described["Status"], described["Priority"], described["Description"]) == ("Suspended", 42, "tags")
    assert aws("update-job-priority", "--job-id", job, "--priority", "7") == {"JobId": job, "Priority": 7}
    ready = aws("update-job-status", "--job-id", job, "--requested-job-status", "Ready", "--status-update-reason", "looks right")
    assert (ready["Status"], ready["StatusUpdateReason"]) == ("Ready", "looks right")
    cloud.advance("10s")
    assert [found["Status"] for found in aws("list-jobs", "--job-statuses", "Complete")["Jobs"]] == ["Complete"]
    assert s3.get_object_tagging(Bucket="films", Key="a")["TagSet"]
    aws("put-job-tagging", "--job-id", job, "--tags", "Key=team,Value=red")
    assert aws("get-job-tagging", "--job-id", job)["Tags"] == [{"Key": "team", "Value": "red"}]


def test_a_job_goes_on_after_kill(durable):
    """However often the process ends: every task is done, counted and reported once."""
    many = 4_000
    s3 = durable.client("s3")
    for bucket in ("films", "lists"):
        s3.create_bucket(Bucket=bucket)
    for name in ("a", "b", "c"):
        s3.put_object(Bucket="films", Key=name, Body=b"x")
    jobs = Jobs(durable, worker(durable))
    # The same three objects over and over: what matters are the tasks.
    rows = [f"films,{'abc'[number % 3]},{number}" for number in range(many)]
    job = jobs.create(TAG, Manifest=manifest(s3, rows, fields=("Bucket", "Key", "Ignore")))
    killed = 0
    while not jobs.has_ended(job):
        before = jobs.progress(job)
        durable.kill()
        durable.start()
        killed += 1
        goes_on = lambda: jobs.progress(job) != before or jobs.has_ended(job)  # noqa: E731
        until(goes_on, lambda: f"nothing is done after a restart: {before}")
    assert killed > 1
    found = jobs.ended(job)
    assert found["Status"] == "Complete"
    assert {name: found["ProgressSummary"][name] for name in ("TotalNumberOfTasks", "NumberOfTasksSucceeded")} == {
        "TotalNumberOfTasks": many, "NumberOfTasksSucceeded": many}
    assert len(jobs.report(job)) == many
