"""Stand-ins for the cloud's side: Terraform, a checkout to deploy, tokens that Google would sign."""
