# Terraform owns a secret and who may read it, never its value: add a version by hand, then give its number to the main
# root. The deployer cannot read them.

locals {
  secrets = {
    odds-api-key = "key of The Odds API"
    proxy        = "address of a proxy, with its password, for sources that refuse the addresses of clouds"
  }
}

resource "google_secret_manager_secret" "this" {
  for_each    = local.secrets
  project     = var.project_id
  secret_id   = each.key
  labels      = { app = "tipoff", environment = var.environment }
  annotations = { about = each.value }

  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }
  depends_on = [time_sleep.services]
}

resource "google_secret_manager_secret_iam_member" "fetch" {
  for_each = {
    for pair in setproduct(keys(local.secrets), local.fetches) : "${pair[0]} ${pair[1]}" => { secret = pair[0], function = pair[1] }
  }
  project   = var.project_id
  secret_id = google_secret_manager_secret.this[each.value.secret].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.function[each.value.function].member
}
