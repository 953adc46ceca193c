output "state_bucket" {
  description = "For the repository's variable STATE_BUCKET, and terraform init -backend-config."
  value       = google_storage_bucket.state.name
}

output "workload_identity_provider" {
  description = "For the repository's variable WORKLOAD_IDENTITY_PROVIDER."
  value       = google_iam_workload_identity_pool_provider.github.name
}

output "deployer" {
  description = "For the repository's variable DEPLOYER."
  value       = google_service_account.deployer.email
}

output "planner" {
  description = "For the repository's variable PLANNER."
  value       = google_service_account.planner.email
}
