locals {
  # Environment variable -> secret and version, for the functions that fetch. The bootstrap root owns the secrets.
  secrets = {
    for variable, s in {
      TIPOFF_ODDS_API_KEY = { id = "odds-api-key", version = var.odds_api_key_version }
      TIPOFF_PROXY        = { id = "proxy", version = var.proxy_version }
    } : variable => s if s.version != ""
  }

  # Trained models load CatBoost, whose library alone is 277 MB.
  memory = { for name, f in local.functions : name => f.uses_models ? "2Gi" : "1Gi" }
}

module "function" {
  source   = "./modules/function"
  for_each = local.functions

  project_id     = var.project_id
  project_number = data.google_project.this.number
  region         = var.region
  labels         = local.labels
  name           = each.key
  zip            = "${var.dist_dir}/${each.key}.zip"
  source_bucket  = google_storage_bucket.this["source"].name
  runtime        = var.python_runtime
  account        = local.accounts[each.key]
  build_account  = "projects/${var.project_id}/serviceAccounts/${local.accounts["fn-build"]}"
  memory         = local.memory[each.key]
  timeout_s      = each.value.timeout_s
  max_instances  = each.value.max_instances
  secrets        = each.value.archives ? local.secrets : {}
  environment = merge({
    TIPOFF_BACKEND  = "gcp"
    TIPOFF_PROJECT  = var.project_id
    TIPOFF_SOURCE   = "nba"
    TIPOFF_DATABASE = google_firestore_database.this.name
    TIPOFF_ARCHIVE  = "gs://${google_storage_bucket.this["archive"].name}"
    TIPOFF_MODELS   = "gs://${google_storage_bucket.this["models"].name}"
    }, length(each.value.writes) > 0 ? { TIPOFF_STAGING = google_bigquery_dataset.staging[each.key].dataset_id } : {}
  )

  topics         = { for t in each.value.subscribes : t => google_pubsub_topic.this[t].id }
  publishes      = { for t in each.value.publishes : t => google_pubsub_topic.this[t].id }
  dead_letters   = google_pubsub_topic.dead_letters.id
  pubsub_agent   = local.pubsub_agent
  push_account   = local.accounts["pubsub-push"]
  ack_deadline_s = local.engine.ack_deadline_s
  backoff_min_s  = local.engine.backoff_min_s
  backoff_max_s  = local.engine.backoff_max_s
  max_attempts   = local.engine.max_attempts
  tables_read    = { for t in each.value.reads : t => google_bigquery_table.this[t].table_id }
  tables_written = merge(
    { for t in local.written[each.key] : t => google_bigquery_table.this[t].table_id },
    { for u in each.value.fences : "nba_orchestration.fence_${u}" => google_bigquery_table.fences[u].table_id },
  )
  staging      = length(each.value.writes) > 0 ? google_bigquery_dataset.staging[each.key].dataset_id : null
  bucket_roles = local.bucket_roles[each.key]
}

locals {
  # A function that writes rows also writes refused rows, and marks the fences of its units.
  quarantine = "nba_orchestration.quarantined_rows"
  written    = { for name, f in local.functions : name => length(f.writes) > 0 ? setunion(f.writes, [local.quarantine]) : [] }

  # The archive is written once: its writer may create and look, not replace or delete. A parsing function keeps long
  # lists of what is missing there.
  bucket_roles = {
    for name, f in local.functions : name => merge(
      f.archives || f.parses ? { "archive creator" = { bucket = google_storage_bucket.this["archive"].name, role = "roles/storage.objectCreator" } } : {},
      f.archives || f.parses ? { "archive viewer" = { bucket = google_storage_bucket.this["archive"].name, role = "roles/storage.objectViewer" } } : {},
      f.uses_models ? { "models viewer" = { bucket = google_storage_bucket.this["models"].name, role = "roles/storage.objectViewer" } } : {},
    )
  }
}
