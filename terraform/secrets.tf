# Terraform owns the secret and who may read it, never its value: add a version by hand, then set its number.

resource "google_secret_manager_secret" "odds_api_key" {
  project   = var.project_id
  secret_id = "odds-api-key"
  labels    = local.labels

  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }
  depends_on = [google_project_service.this]
}

locals {
  # Environment variable -> secret and version, for the functions that fetch.
  secrets = var.odds_api_key_version == "" ? {} : {
    TIPOFF_ODDS_API_KEY = {
      id      = google_secret_manager_secret.odds_api_key.secret_id
      version = var.odds_api_key_version
    }
  }
}
