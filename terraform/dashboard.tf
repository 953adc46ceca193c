# The dashboard's place: a service that may read everything and change nothing, opened by named people only.
# Without an image there is none of it.

locals {
  has_dashboard = var.dashboard_image != ""
}

resource "google_service_account" "dashboard" {
  count        = local.has_dashboard ? 1 : 0
  project      = var.project_id
  account_id   = "dashboard"
  display_name = "Runs the dashboard: reads, never writes"
}

resource "google_cloud_run_v2_service" "dashboard" {
  count               = local.has_dashboard ? 1 : 0
  project             = var.project_id
  location            = var.region
  name                = "dashboard"
  labels              = local.labels
  ingress             = "INGRESS_TRAFFIC_ALL" # people come from outside; IAM lets only named ones in
  deletion_protection = false                 # it holds nothing

  template {
    service_account = google_service_account.dashboard[0].email
    timeout         = "30s"
    labels          = local.labels

    scaling {
      min_instance_count = 0
      max_instance_count = 3
    }

    containers {
      image = var.dashboard_image
      resources {
        limits = { cpu = "1", memory = "512Mi" }
      }
      env {
        name  = "TIPOFF_BACKEND"
        value = "gcp"
      }
      env {
        name  = "TIPOFF_PROJECT"
        value = var.project_id
      }
      env {
        name  = "TIPOFF_DATABASE"
        value = google_firestore_database.this.name
      }
    }
  }
}

resource "google_cloud_run_v2_service_iam_member" "dashboard" {
  for_each = local.has_dashboard ? var.dashboard_viewers : toset([])
  project  = var.project_id
  location = var.region
  name     = google_cloud_run_v2_service.dashboard[0].name
  role     = "roles/run.invoker"
  member   = each.key
}

resource "google_bigquery_dataset_iam_member" "dashboard" {
  for_each   = local.has_dashboard ? google_bigquery_dataset.this : {}
  project    = var.project_id
  dataset_id = each.value.dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = google_service_account.dashboard[0].member
}

resource "google_project_iam_member" "dashboard_query" {
  count   = local.has_dashboard ? 1 : 0
  project = var.project_id
  role    = "roles/bigquery.jobUser"
  member  = google_service_account.dashboard[0].member
}

resource "google_project_iam_member" "dashboard_state" {
  count   = local.has_dashboard ? 1 : 0
  project = var.project_id
  role    = "roles/datastore.viewer"
  member  = google_service_account.dashboard[0].member

  condition {
    title       = "database ${local.database}"
    description = "Only the database of this pipeline"
    expression  = "resource.type == \"firestore.googleapis.com/Database\" && resource.name == \"projects/${var.project_id}/databases/${local.database}\""
  }
}
