"""Terraform, deploys, packages and runbooks: what would run in the cloud, checked without one."""
