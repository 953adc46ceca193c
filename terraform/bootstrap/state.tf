# Stage `bootstrap`: the APIs that this root asks, and the bucket of the main root's state.

resource "google_project_service" "bootstrap" {
  for_each = toset([
    "billingbudgets", "cloudbilling", "cloudresourcemanager", "iam", "iamcredentials", "storage", "sts",
  ])
  project            = var.project_id
  service            = "${each.key}.googleapis.com"
  disable_on_destroy = false # other things in the project may use it
}

# An API answers a while after it is enabled.
resource "time_sleep" "bootstrap" {
  create_duration = "90s"
  triggers        = { services = join(" ", sort(keys(google_project_service.bootstrap))) }
  depends_on      = [google_project_service.bootstrap]
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
  depends_on = [time_sleep.bootstrap]
}

data "google_project" "this" {
  project_id = var.project_id
  depends_on = [time_sleep.bootstrap]
}
