//! The services that have service-linked roles, what the roles are called, and AWS's policies on them.
//!
//! From "AWS services that work with IAM" and the services' own pages on their roles. Services that are not in the table have
//! roles on AWS too, and none here.

/// A service's role.
pub struct Linked {
    /// Without `.amazonaws.com`.
    service: &'static str,
    pub role: &'static str,
    /// In the path `/aws-service-role/`.
    pub policy: &'static str,
    /// Whether there may be more than one, told apart by a suffix.
    pub suffix: bool,
}

impl Linked {
    /// By the service's principal: `ecs.amazonaws.com`.
    pub fn of(principal: &str) -> Option<&'static Linked> {
        let service = principal.strip_suffix(".amazonaws.com")?;
        LINKED.iter().find(|linked| linked.service == service)
    }
}

const fn one(service: &'static str, role: &'static str, policy: &'static str) -> Linked {
    Linked { service, role, policy, suffix: false }
}

const fn many(service: &'static str, role: &'static str, policy: &'static str) -> Linked {
    Linked { service, role, policy, suffix: true }
}

#[rustfmt::skip]
static LINKED: &[Linked] = &[
    one("access-analyzer", "AWSServiceRoleForAccessAnalyzer", "AccessAnalyzerServiceRolePolicy"),
    one("apidestinations.events", "AWSServiceRoleForAmazonEventBridgeApiDestinations", "AmazonEventBridgeApiDestinationsServiceRolePolicy"),
    one("appsync", "AWSServiceRoleForAppSync", "AWSAppSyncServiceRolePolicy"),
    many("autoscaling", "AWSServiceRoleForAutoScaling", "AutoScalingServiceRolePolicy"),
    one("backup", "AWSServiceRoleForBackup", "AWSBackupServiceLinkedRolePolicyForBackup"),
    one("batch", "AWSServiceRoleForBatch", "BatchServiceRolePolicy"),
    one("cks.kms", "AWSServiceRoleForKeyManagementServiceCustomKeyStores", "AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy"),
    one("cloudtrail", "AWSServiceRoleForCloudTrail", "CloudTrailServiceRolePolicy"),
    one("cognito-idp", "AWSServiceRoleForAmazonCognitoIdp", "AmazonCognitoIdpServiceRolePolicy"),
    one("compute-optimizer", "AWSServiceRoleForComputeOptimizer", "ComputeOptimizerServiceRolePolicy"),
    one("config", "AWSServiceRoleForConfig", "AWSConfigServiceRolePolicy"),
    one("dynamodb.application-autoscaling", "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable", "AWSApplicationAutoscalingDynamoDBTablePolicy"),
    one("ec2.application-autoscaling", "AWSServiceRoleForApplicationAutoScaling_EC2SpotFleetRequest", "AWSApplicationAutoscalingEC2SpotFleetRequestPolicy"),
    one("ec2fleet", "AWSServiceRoleForEC2Fleet", "AWSEC2FleetServiceRolePolicy"),
    one("ecs", "AWSServiceRoleForECS", "AmazonECSServiceRolePolicy"),
    one("ecs.application-autoscaling", "AWSServiceRoleForApplicationAutoScaling_ECSService", "AWSApplicationAutoscalingECSServicePolicy"),
    one("eks", "AWSServiceRoleForAmazonEKS", "AmazonEKSServiceRolePolicy"),
    one("eks-fargate", "AWSServiceRoleForAmazonEKSForFargate", "AmazonEKSForFargateServiceRolePolicy"),
    one("eks-nodegroup", "AWSServiceRoleForAmazonEKSNodegroup", "AWSServiceRoleForAmazonEKSNodegroup"),
    one("elasticache", "AWSServiceRoleForElastiCache", "ElastiCacheServiceRolePolicy"),
    one("elasticache.application-autoscaling", "AWSServiceRoleForApplicationAutoScaling_ElastiCacheRG", "AWSApplicationAutoscalingElastiCacheRGPolicy"),
    one("elasticbeanstalk", "AWSServiceRoleForElasticBeanstalk", "AWSElasticBeanstalkServiceRolePolicy"),
    one("elasticfilesystem", "AWSServiceRoleForAmazonElasticFileSystem", "AmazonElasticFileSystemServiceRolePolicy"),
    one("elasticloadbalancing", "AWSServiceRoleForElasticLoadBalancing", "AWSElasticLoadBalancingServiceRolePolicy"),
    one("elasticmapreduce", "AWSServiceRoleForEMRCleanup", "AmazonEMRCleanupPolicy"),
    one("email.cognito-idp", "AWSServiceRoleForAmazonCognitoIdpEmailService", "AmazonCognitoIdpEmailServiceRolePolicy"),
    one("es", "AWSServiceRoleForAmazonElasticsearchService", "AmazonElasticsearchServiceRolePolicy"),
    one("events", "AWSServiceRoleForCloudWatchEvents", "CloudWatchEventsServiceRolePolicy"),
    one("fms", "AWSServiceRoleForFMS", "FMSServiceRolePolicy"),
    one("fsx", "AWSServiceRoleForAmazonFSx", "AmazonFSxServiceRolePolicy"),
    one("globalaccelerator", "AWSServiceRoleForGlobalAccelerator", "AWSGlobalAcceleratorSLRPolicy"),
    one("guardduty", "AWSServiceRoleForAmazonGuardDuty", "AmazonGuardDutyServiceRolePolicy"),
    one("imagebuilder", "AWSServiceRoleForImageBuilder", "AWSServiceRoleForImageBuilder"),
    one("inspector2", "AWSServiceRoleForAmazonInspector2", "AmazonInspector2ServiceRolePolicy"),
    one("ipam", "AWSServiceRoleForIPAM", "AWSIPAMServiceRolePolicy"),
    one("kafka", "AWSServiceRoleForKafka", "KafkaServiceRolePolicy"),
    one("kafka.application-autoscaling", "AWSServiceRoleForApplicationAutoScaling_KafkaCluster", "AWSApplicationAutoscalingKafkaClusterPolicy"),
    one("lambda.application-autoscaling", "AWSServiceRoleForApplicationAutoScaling_LambdaConcurrency", "AWSApplicationAutoscalingLambdaConcurrencyPolicy"),
    many("lexv2", "AWSServiceRoleForLexV2Bots", "AmazonLexV2BotPolicy"),
    one("logger.cloudfront", "AWSServiceRoleForCloudFrontLogger", "AWSCloudFrontLogger"),
    one("macie", "AWSServiceRoleForAmazonMacie", "AmazonMacieServiceRolePolicy"),
    one("member.org.stacksets.cloudformation", "AWSServiceRoleForCloudFormationStackSetsOrgMember", "CloudFormationStackSetsOrgMemberServiceRolePolicy"),
    one("mrk.kms", "AWSServiceRoleForKeyManagementServiceMultiRegionKeys", "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy"),
    one("network-firewall", "AWSServiceRoleForNetworkFirewall", "AWSNetworkFirewallServiceRolePolicy"),
    one("observability.aoss", "AWSServiceRoleForAmazonOpenSearchServerless", "AmazonOpenSearchServerlessServiceRolePolicy"),
    one("opensearchservice", "AWSServiceRoleForAmazonOpenSearchService", "AmazonOpenSearchServiceRolePolicy"),
    one("ops.apigateway", "AWSServiceRoleForAPIGateway", "APIGatewayServiceRolePolicy"),
    one("organizations", "AWSServiceRoleForOrganizations", "AWSOrganizationsServiceTrustPolicy"),
    one("ram", "AWSServiceRoleForResourceAccessManager", "AWSResourceAccessManagerServiceRolePolicy"),
    one("rds", "AWSServiceRoleForRDS", "AmazonRDSServiceRolePolicy"),
    one("rds.application-autoscaling", "AWSServiceRoleForApplicationAutoScaling_RDSCluster", "AWSApplicationAutoscalingRDSClusterPolicy"),
    one("redshift", "AWSServiceRoleForRedshift", "AmazonRedshiftServiceLinkedRolePolicy"),
    one("replication.dynamodb", "AWSServiceRoleForDynamoDBReplication", "DynamoDBReplicationServiceRolePolicy"),
    one("replicator.lambda", "AWSServiceRoleForLambdaReplicator", "AWSLambdaReplicator"),
    one("sagemaker.application-autoscaling", "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint", "AWSApplicationAutoscalingSageMakerEndpointPolicy"),
    one("schemas", "AWSServiceRoleForSchemas", "AmazonEventBridgeSchemasServiceRolePolicy"),
    one("securityhub", "AWSServiceRoleForSecurityHub", "AWSSecurityHubServiceRolePolicy"),
    one("shield", "AWSServiceRoleForAWSShield", "AWSShieldServiceRolePolicy"),
    one("spot", "AWSServiceRoleForEC2Spot", "AWSEC2SpotServiceRolePolicy"),
    one("spotfleet", "AWSServiceRoleForEC2SpotFleet", "AWSEC2SpotFleetServiceRolePolicy"),
    one("ssm", "AWSServiceRoleForAmazonSSM", "AmazonSSMServiceRolePolicy"),
    one("sso", "AWSServiceRoleForSSO", "AWSSSOServiceRolePolicy"),
    one("stacksets.cloudformation", "AWSServiceRoleForCloudFormationStackSetsOrgAdmin", "CloudFormationStackSetsOrgAdminServiceRolePolicy"),
    one("support", "AWSServiceRoleForSupport", "AWSSupportServiceRolePolicy"),
    one("transitgateway", "AWSServiceRoleForVPCTransitGateway", "AWSVPCTransitGatewayServiceRolePolicy"),
    one("trustedadvisor", "AWSServiceRoleForTrustedAdvisor", "AWSTrustedAdvisorServiceRolePolicy"),
    one("waf", "AWSServiceRoleForWAFLogging", "WAFLoggingServiceRolePolicy"),
    one("wafv2", "AWSServiceRoleForWAFV2Logging", "WAFV2LoggingServiceRolePolicy"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_a_policy_that_exists() {
        let missing = LINKED.iter().filter(|linked| {
            let arn = format!("arn:aws:iam::aws:policy/aws-service-role/{}", linked.policy);
            identity::aws_managed::find(&arn).is_none()
        });
        assert_eq!(missing.map(|linked| linked.policy).collect::<Vec<_>>(), Vec::<&str>::new());
    }
}
