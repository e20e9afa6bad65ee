//! What must hold of a job whatever comes between: updates while it works, an end of the process at any point of it.
#![allow(clippy::unwrap_used)]

use super::{
    end, records,
    records::{JobKeys, JobRecord},
    schedule,
};
use kernel::{AccountId, Caller, Cx, Region, Result, store::Rows, timers::Due};
use s3_api as s3;
use s3control_api::*;
use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};
use testkit::Cloud;
use wire::Input;

const TAG: fn() -> JobOperation = || JobOperation {
    s3_put_object_tagging: Some(S3SetObjectTaggingOperation {
        tag_set: Some(vec![S3Tag { key: "seen".to_owned(), value: "yes".to_owned() }]),
    }),
    ..JobOperation::default()
};

struct World {
    cloud: Cloud,
}

impl World {
    /// A bucket of objects that a role may do everything with.
    fn new(cloud: fn(&[&'static kernel::Service], u64) -> Cloud, seed: u64, objects: usize, class: &str) -> World {
        let mut world =
            World { cloud: cloud(&[&crate::SERVICE, &crate::control::SERVICE, &iam::SERVICE, &sts::SERVICE], seed) };
        world.call(s3::CreateBucketInput { bucket: "films".to_owned(), ..Default::default() }).unwrap();
        for number in 0..objects {
            let input = s3::PutObjectInput {
                bucket: "films".to_owned(),
                key: format!("{number:04}"),
                storage_class: Some(class.into()),
                ..Default::default()
            };
            world.call(input).unwrap();
        }
        let trust = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"batchoperations.s3.amazonaws.com"}}}"#;
        let all = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
        world.query("CreateRole", &[("RoleName", "worker"), ("AssumeRolePolicyDocument", trust)]);
        world.query("PutRolePolicy", &[("RoleName", "worker"), ("PolicyName", "all"), ("PolicyDocument", all)]);
        world
    }

    fn query(&mut self, operation: &str, members: &[(&str, &str)]) {
        let mut body = format!("Action={operation}&Version=2010-05-08");
        for (name, value) in members {
            body += &format!("&{name}={}", crate::lifecycle::escaped(value));
        }
        let request = http::Request::post("/").header("content-type", "application/x-www-form-urlencoded");
        let credentials = testkit::Credentials {
            access_key: "test".into(),
            secret: "test".into(),
            token: None,
            region: "us-east-1".into(),
            service: "iam".into(),
        };
        let request = request.body(body.into_bytes()).unwrap();
        let answer = self.cloud.send_signed(request, &credentials, std::time::Duration::ZERO).take().unwrap();
        assert_eq!(answer.status(), 200);
    }

    /// The service's own context, of its timers.
    fn cx(&self) -> Cx {
        Cx::background(self.cloud.kernel(), &s3control_api::MODEL, AccountId::DEFAULT, Region::DEFAULT)
    }

    fn root(&self) -> Cx {
        self.cx().acting(Caller::root(AccountId::DEFAULT, "test"), Region::DEFAULT, None)
    }

    fn call<I: Input>(&mut self, input: I) -> Result<I::Output> {
        let root = self.root();
        self.cloud.run(async move { root.call(input).await })
    }

    fn create(&mut self, operation: JobOperation, token: &str, priority: i32) -> String {
        let generator = S3JobManifestGenerator { source_bucket: "arn:aws:s3:::films".to_owned(), ..Default::default() };
        let input = CreateJobInput {
            account_id: AccountId::DEFAULT.to_string(),
            confirmation_required: Some(false),
            operation,
            client_request_token: token.to_owned(),
            priority,
            role_arn: "arn:aws:iam::000000000000:role/worker".to_owned(),
            manifest_generator: Some(JobManifestGenerator::S3JobManifestGenerator(generator)),
            ..Default::default()
        };
        self.call(input).unwrap().job_id.unwrap()
    }

    fn tick(&mut self) {
        let tick = tick(self.cx());
        self.cloud.run(tick).unwrap();
    }

    fn job(&mut self, id: &str) -> JobRecord {
        let (cx, id) = (self.cx(), id.to_owned());
        self.cloud.run(async move { records::find(&cx, &id).await }).unwrap()
    }

    fn tick_until(&mut self, id: &str, done: impl Fn(&JobStatus) -> bool) -> JobRecord {
        for _ in 0..200 {
            let job = self.job(id);
            if done(&job.status()) {
                return job;
            }
            self.tick();
        }
        panic!("the job does not come to it: {:?}", self.job(id));
    }

    fn tagged(&mut self, objects: usize) -> u64 {
        let tagged = |number: usize| {
            let input = s3::GetObjectTaggingInput {
                bucket: "films".to_owned(),
                key: format!("{number:04}"),
                ..Default::default()
            };
            self.call(input).unwrap().tag_set.len() as u64
        };
        (0..objects).map(tagged).sum()
    }
}

fn tick(cx: Cx) -> impl Future<Output = Result<()>> {
    let due = Due { at: cx.now(), id: Vec::new(), payload: Default::default() };
    (schedule::TIMER.run)(cx, due)
}

/// Both at once.
async fn together<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> (A, B) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut of_a, mut of_b) = (None, None);
    poll_fn(|cx| {
        if of_a.is_none()
            && let Poll::Ready(result) = a.as_mut().poll(cx)
        {
            of_a = Some(result);
        }
        if of_b.is_none()
            && let Poll::Ready(result) = b.as_mut().poll(cx)
        {
            of_b = Some(result);
        }
        match (of_a.take(), of_b.take()) {
            (Some(a), Some(b)) => Poll::Ready((a, b)),
            (a, b) => {
                (of_a, of_b) = (a, b);
                Poll::Pending
            }
        }
    })
    .await
}

/// As far as it comes in so many turns; then it is no more.
async fn cut_short(future: impl Future, mut turns: usize) {
    let mut future = pin!(future);
    poll_fn(|cx| {
        turns -= 1;
        match future.as_mut().poll(cx) {
            Poll::Pending if turns > 0 => Poll::Pending,
            _ => Poll::Ready(()),
        }
    })
    .await;
}

#[test]
fn a_job_that_is_cancelled_at_work_counts_what_it_did() {
    let mut cancelled = 0;
    for seed in 0..16 {
        let mut world = World::new(Cloud::interleaved, seed, 8, "STANDARD");
        let id = world.create(TAG(), "one", 1);
        world.tick_until(&id, |status| *status == JobStatus::Active);
        let cancel = UpdateJobStatusInput {
            account_id: AccountId::DEFAULT.to_string(),
            job_id: id.clone(),
            requested_job_status: RequestedJobStatus::Cancelled,
            status_update_reason: None,
        };
        let raise =
            UpdateJobPriorityInput { account_id: AccountId::DEFAULT.to_string(), job_id: id.clone(), priority: 7 };
        let (cx, root) = (world.cx(), world.root());
        let (ticked, (asked, raised)) =
            world.cloud.run(async move { together(tick(cx), together(root.call(cancel), root.call(raise))).await });
        ticked.unwrap();
        raised.unwrap();
        let job = world.tick_until(&id, end::is_terminal);
        assert_eq!(job.priority, 7, "seed {seed}");
        assert_eq!(job.succeeded, world.tagged(8), "seed {seed}");
        // Unless it came too late.
        assert_eq!(job.status() == JobStatus::Cancelled, asked.is_ok(), "seed {seed}");
        cancelled += u32::from(asked.is_ok());
    }
    assert!(cancelled > 0, "no seed cancels in time");
}

#[test]
fn a_process_that_ends_anywhere_does_a_slice_again_at_most() {
    let restore = || JobOperation {
        s3_initiate_restore_object: Some(S3InitiateRestoreObjectOperation {
            expiration_in_days: Some(1),
            glacier_job_tier: Some(S3GlacierJobTier::Bulk),
        }),
        ..JobOperation::default()
    };
    for (seed, turns) in (1..240).step_by(13).enumerate() {
        let mut world = World::new(Cloud::interleaved, seed as u64, 5, "GLACIER");
        let id = world.create(restore(), "one", 1);
        for _ in 0..12 {
            let cx = world.cx();
            world.cloud.run(async move { cut_short(tick(cx), turns).await });
        }
        let job = world.tick_until(&id, end::is_terminal);
        let told = (job.status(), job.total, job.succeeded, job.failed);
        assert_eq!(told, (JobStatus::Complete, 5, 5, 0), "after {turns} turns");
        let (cx, tasks) = (world.cx(), JobKeys::of(&world.cx()).tasks(&id));
        assert_eq!(world.cloud.run(async move { cx.read().count(&tasks).await }).unwrap(), 0);
    }
}

#[test]
fn a_job_of_higher_priority_goes_first() {
    let mut world = World::new(Cloud::new, 1, 1_300, "STANDARD");
    let low = world.create(TAG(), "low", 1);
    world.tick_until(&low, |status| *status == JobStatus::Active);
    world.tick();
    assert_eq!(world.job(&low).succeeded, 250);
    let high = world.create(TAG(), "high", 2);
    world.tick_until(&high, |status| *status == JobStatus::Ready);
    let before = world.job(&low).succeeded;
    world.tick();
    let statuses = |world: &mut World| [world.job(&low).status, world.job(&high).status];
    assert_eq!(statuses(&mut world), ["Pausing", "Active"]);
    world.tick();
    assert_eq!(statuses(&mut world), ["Paused", "Active"]);
    world.tick_until(&high, end::is_terminal);
    assert_eq!(world.job(&low).succeeded, before);
    assert_eq!(world.tick_until(&low, end::is_terminal).succeeded, 1_300);
}

#[test]
fn a_job_that_fails_too_often_is_given_up() {
    let mut world = World::new(Cloud::new, 1, 1_300, "STANDARD");
    let replicate =
        JobOperation { s3_replicate_object: Some(S3ReplicateObjectOperation {}), ..JobOperation::default() };
    let id = world.create(replicate, "one", 1);
    let job = world.tick_until(&id, end::is_terminal);
    assert_eq!((job.status(), job.total, job.failed), (JobStatus::Failed, 1_300, 1_000));
    assert_eq!(job.failure_code, "TaskFailureRateExceeded");
}
