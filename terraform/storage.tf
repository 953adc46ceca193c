# Sources of the functions, raw bytes of the feeds, artefacts of the models. Names are global: they carry the project.

locals {
  bucket_kinds = {
    source  = "zips of the functions, named by content"
    archive = "raw bytes of every feed, named by content, written once"
    models  = "artefacts and cards of the model registry"
  }
}

resource "google_storage_bucket" "this" {
  for_each                    = local.bucket_kinds
  project                     = var.project_id
  name                        = "${var.project_id}-${each.key}"
  location                    = var.region
  labels                      = local.labels
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.protect

  versioning {
    enabled = true # for rollbacks to an earlier zip and repairs of damaged objects
  }

  soft_delete_policy {
    retention_duration_seconds = 604800
  }

  dynamic "lifecycle_rule" {
    for_each = each.key == "archive" ? { NEARLINE = 90, COLDLINE = 365 } : {}
    content {
      action {
        type          = "SetStorageClass"
        storage_class = lifecycle_rule.key
      }
      condition {
        age = lifecycle_rule.value
      }
    }
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      days_since_noncurrent_time = 90
      with_state                 = "ARCHIVED"
    }
  }
}
