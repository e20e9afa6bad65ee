"""Terraform with the aws provider, against a cloud. Needs terraform on PATH and the provider in a local mirror."""

import glob
import os
import pathlib
import shutil
import subprocess

import pytest

PROVIDER = """
terraform {
  required_providers { aws = { source = "hashicorp/aws" } }
}

provider "aws" {
  region                  = "us-east-1"
  access_key              = "test"
  secret_key              = "test"
  skip_metadata_api_check = true
  s3_use_path_style       = PATH_STYLE
  endpoints {
ENDPOINTS
  }
}
"""

# Terraform's implied local mirrors, and mirrors that administrators keep under /opt.
MIRRORS = ["~/.terraform.d/plugins", "/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins", "/opt/*"]


def mirror():
    for pattern in MIRRORS:
        for folder in glob.glob(os.path.expanduser(pattern)):
            if (pathlib.Path(folder) / "registry.terraform.io/hashicorp/aws").is_dir():
                return folder
    return None


class Terraform:
    """A directory with a configuration that uses these services, STS among them. The test is skipped where it cannot run.
    Without `paths`, buckets are in front of the host.
    """

    def __init__(self, cloud, directory, services, configuration, paths=True):
        folder = mirror()
        if shutil.which("terraform") is None or folder is None:
            pytest.skip("terraform is not on PATH, or no local mirror has the aws provider")
        self.directory = directory
        self.environment = cloud.environment() | {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
        self.environment.pop("AWS_ENDPOINT_URL")
        self.environment.pop("TF_CLI_CONFIG_FILE", None)
        endpoints = "\n".join(f'    {service} = "{cloud.endpoint}"' for service in [*services, "sts"])
        provider = PROVIDER.replace("ENDPOINTS", endpoints).replace("PATH_STYLE", "true" if paths else "false")
        self.write(provider, "provider.tf")
        self.write(configuration)
        self("init", f"-plugin-dir={folder}")

    def write(self, text, name="main.tf"):
        (self.directory / name).write_text(text)

    def __call__(self, command, *arguments):
        """What a command prints. It must succeed."""
        command = ["terraform", command, "-no-color", *arguments]
        done = subprocess.run(
            command, cwd=self.directory, env=self.environment, capture_output=True, text=True, timeout=900
        )
        assert done.returncode == 0, done.stdout[-5_000:] + done.stderr
        return done.stdout

    def apply(self, *arguments):
        """And finds nothing to change afterwards."""
        self("apply", "-auto-approve", *arguments)
        # 0: no changes; 2 would be changes.
        self("plan", "-detailed-exitcode")

    def destroy(self, *arguments):
        self("destroy", "-auto-approve", *arguments)
