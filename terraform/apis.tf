resource "google_project_service" "this" {
  for_each = toset([
    "artifactregistry", "bigquery", "cloudbuild", "cloudfunctions", "cloudscheduler", "firestore", "iam", "logging",
    "monitoring", "pubsub", "run", "secretmanager", "storage",
  ])
  project            = var.project_id
  service            = "${each.key}.googleapis.com"
  disable_on_destroy = false # other things in the project may use it
}
