# Done once per project by a person with Owner: where the state lives, who may deploy, and what it may cost.
# Its own state stays with that person (it holds no secrets): terraform init && terraform apply.

terraform {
  required_version = ">= 1.9"
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
    }
  }
}

provider "google" {
  project               = var.project_id
  user_project_override = true # the budget's API asks whose quota it uses
  billing_project       = var.project_id
}

data "google_project" "this" {
  project_id = var.project_id
}

resource "google_project_service" "this" {
  for_each           = toset(["billingbudgets", "cloudbilling", "cloudresourcemanager", "iam", "iamcredentials", "serviceusage", "storage", "sts"])
  project            = var.project_id
  service            = "${each.key}.googleapis.com"
  disable_on_destroy = false
}

resource "google_storage_bucket" "state" {
  project                     = var.project_id
  name                        = "${var.project_id}-terraform-state"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  versioning {
    enabled = true
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      num_newer_versions = 50
      with_state         = "ARCHIVED"
    }
  }
}

# -- GitHub's workflows in place of keys ------------------------------------------------------------------------------

resource "google_iam_workload_identity_pool" "github" {
  project                   = var.project_id
  workload_identity_pool_id = "github"
  display_name              = "GitHub Actions"
  depends_on                = [google_project_service.this]
}

resource "google_iam_workload_identity_pool_provider" "github" {
  project                            = var.project_id
  workload_identity_pool_id          = google_iam_workload_identity_pool.github.workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  display_name                       = "GitHub Actions"

  # Without a condition every workflow on GitHub could exchange its token here. Ids, unlike names, are never reused.
  attribute_condition = "assertion.repository_id == \"${var.github_repository_id}\" && assertion.repository == \"${var.github_repository}\""
  attribute_mapping = {
    "google.subject"        = "assertion.sub"
    "attribute.repository"  = "assertion.repository"
    "attribute.ref"         = "assertion.ref"
    "attribute.environment" = "assertion.environment"
  }

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

locals {
  subject = "principal://iam.googleapis.com/${google_iam_workload_identity_pool.github.name}/subject/repo:${var.github_repository}"

  # What the deployer creates is what it may administer; it can make nobody an owner (see the condition below).
  deployer_roles = toset([
    "roles/bigquery.dataOwner",
    "roles/cloudfunctions.admin",
    "roles/cloudscheduler.admin",
    "roles/datastore.owner",
    "roles/iam.serviceAccountAdmin",
    "roles/logging.configWriter",
    "roles/monitoring.admin",
    "roles/pubsub.admin",
    "roles/run.admin",
    "roles/secretmanager.admin",
    "roles/serviceusage.serviceUsageAdmin",
    "roles/storage.admin",
  ])
  grantable_roles = [
    "roles/artifactregistry.writer", "roles/bigquery.jobUser", "roles/datastore.user", "roles/datastore.viewer",
    "roles/logging.logWriter", "roles/storage.objectViewer",
  ]
  planner_roles = toset(["roles/viewer", "roles/iam.securityReviewer"])
}

resource "google_service_account" "deployer" {
  project      = var.project_id
  account_id   = "deployer"
  display_name = "Applies Terraform, from the protected environment of the repository only"
}

resource "google_service_account" "planner" {
  project      = var.project_id
  account_id   = "planner"
  display_name = "Plans and looks for drift: reads only"
}

# GitHub's subject of a job in an environment names the environment, and the environment admits the main branch only.
resource "google_service_account_iam_member" "deployer" {
  service_account_id = google_service_account.deployer.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "${local.subject}:environment:${var.environment}"
}

resource "google_service_account_iam_member" "planner" {
  service_account_id = google_service_account.planner.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "${local.subject}:ref:refs/heads/main"
}

resource "google_project_iam_member" "deployer" {
  for_each = local.deployer_roles
  project  = var.project_id
  role     = each.key
  member   = google_service_account.deployer.member
}

resource "google_project_iam_member" "deployer_grants" {
  project = var.project_id
  role    = "roles/resourcemanager.projectIamAdmin"
  member  = google_service_account.deployer.member

  condition {
    title       = "only the functions' roles"
    description = "May grant what the functions need, nothing that reaches further"
    expression  = "api.getAttribute(\"iam.googleapis.com/modifiedGrantsByRole\", []).hasOnly([${join(", ", [for r in local.grantable_roles : "\"${r}\""])}])"
  }
}

resource "google_project_iam_member" "planner" {
  for_each = local.planner_roles
  project  = var.project_id
  role     = each.key
  member   = google_service_account.planner.member
}

resource "google_storage_bucket_iam_member" "state" {
  for_each = {
    deployer = { role = "roles/storage.objectAdmin", member = google_service_account.deployer.member }
    planner  = { role = "roles/storage.objectViewer", member = google_service_account.planner.member }
  }
  bucket = google_storage_bucket.state.name
  role   = each.value.role
  member = each.value.member
}

# -- what it may cost -------------------------------------------------------------------------------------------------

resource "google_billing_budget" "monthly" {
  billing_account = var.billing_account
  display_name    = "tipoff ${var.environment}"

  budget_filter {
    projects               = ["projects/${data.google_project.this.number}"]
    calendar_period        = "MONTH"
    credit_types_treatment = "INCLUDE_ALL_CREDITS"
  }

  amount {
    specified_amount {
      currency_code = var.budget_currency
      units         = tostring(var.monthly_budget)
    }
  }

  dynamic "threshold_rules" {
    for_each = [0.5, 0.9, 1.0]
    content {
      threshold_percent = threshold_rules.value
    }
  }

  threshold_rules {
    threshold_percent = 1.0
    spend_basis       = "FORECASTED_SPEND"
  }
  depends_on = [google_project_service.this]
}

output "state_bucket" {
  description = "For the repository's variable STATE_BUCKET, and terraform init -backend-config."
  value       = google_storage_bucket.state.name
}

output "workload_identity_provider" {
  description = "For the repository's variable WORKLOAD_IDENTITY_PROVIDER."
  value       = google_iam_workload_identity_pool_provider.github.name
}

output "deployer" {
  description = "For the repository's variable DEPLOYER, and var.deployer of the main root."
  value       = google_service_account.deployer.email
}

output "planner" {
  description = "For the repository's variable PLANNER."
  value       = google_service_account.planner.email
}
