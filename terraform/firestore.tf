# The state of the completion protocol. A document is its JSON in `body`, beside `state`, which queries use, and
# `expire_at`. Looking for a state ordered by name is served by the automatic index of `state`: no composite index.

locals {
  database = "tipoff"

  # The collections of shared/protocol/engine.py; tests/infra compares this with the code.
  collections = toset([
    "alerts", "claims", "completions", "credits", "manifests", "quarantine", "requests", "runs", "smoke", "verdicts", "waiting",
  ])
  # Fields without queries. An index on a whole JSON text costs storage; one on a rising time is a hot spot.
  unindexed = { for pair in setproduct(local.collections, ["body", "write"]) : "${pair[0]}.${pair[1]}" => pair }
}

resource "google_firestore_database" "this" {
  project                           = var.project_id
  name                              = local.database
  location_id                       = var.region
  type                              = "FIRESTORE_NATIVE"
  concurrency_mode                  = "OPTIMISTIC"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  delete_protection_state           = var.protect ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"
  deletion_policy                   = "DELETE" # the default silently keeps the database
}

resource "google_firestore_field" "expiry" {
  for_each   = local.collections
  project    = var.project_id
  database   = google_firestore_database.this.name
  collection = each.key
  field      = "expire_at"

  ttl_config {}
  index_config {}
}

resource "google_firestore_field" "unindexed" {
  for_each   = local.unindexed
  project    = var.project_id
  database   = google_firestore_database.this.name
  collection = each.value[0]
  field      = each.value[1]

  index_config {}
}

resource "google_firestore_backup_schedule" "weekly" {
  project   = var.project_id
  database  = google_firestore_database.this.name
  retention = "2592000s" # 30 days; within 7 days point-in-time recovery is finer

  weekly_recurrence {
    day = "MONDAY"
  }
}
