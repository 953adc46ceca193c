# Stage `services`: the APIs that the main root asks, and the service agents that it grants something to.

resource "google_project_service" "this" {
  for_each = toset([
    "artifactregistry", "bigquery", "cloudbuild", "cloudfunctions", "cloudscheduler", "firestore", "logging", "monitoring",
    "pubsub", "run", "secretmanager",
  ])
  project            = var.project_id
  service            = "${each.key}.googleapis.com"
  disable_on_destroy = false
  depends_on         = [time_sleep.bootstrap]
}

resource "time_sleep" "services" {
  create_duration = "90s"
  triggers        = { services = join(" ", sort(keys(google_project_service.this))) }
  depends_on      = [google_project_service.this]
}

# Pub/Sub's own account, which moves dead letters, exists only once it is asked for: a grant to it before that fails.
resource "google_project_service_identity" "pubsub" {
  provider   = google-beta
  project    = var.project_id
  service    = "pubsub.googleapis.com"
  depends_on = [time_sleep.services]
}
