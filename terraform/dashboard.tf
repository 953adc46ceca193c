# The dashboard's place: a service that may read everything and change nothing, opened by named people only.
# Without an image there is none of it. Its account is the bootstrap root's (`dashboard = true`).

locals {
  has_dashboard = var.dashboard_image != ""
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
    service_account = local.accounts["dashboard"]
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
  member     = "serviceAccount:${local.accounts["dashboard"]}"
}
