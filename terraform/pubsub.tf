# One topic per name in the map, one dead-letter topic for all, and the subscription that keeps what lands there:
# a dead-letter topic without a subscription loses its messages. Names as in shared/adapters/cloud/topology.py.

locals {
  dead_letters = "nba-dead-letters"
  pubsub_agent = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_pubsub_topic" "this" {
  for_each = local.map.topics
  project  = var.project_id
  name     = each.key
  labels   = local.labels

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }
}

resource "google_pubsub_topic" "dead_letters" {
  project = var.project_id
  name    = local.dead_letters
  labels  = local.labels

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }
}

resource "google_pubsub_subscription" "dead_letters" {
  project                    = var.project_id
  name                       = local.dead_letters
  topic                      = google_pubsub_topic.dead_letters.id
  labels                     = local.labels
  ack_deadline_seconds       = local.engine.ack_deadline_s
  message_retention_duration = "604800s"

  expiration_policy {
    ttl = "" # never: by default 31 idle days delete it
  }
}

resource "google_pubsub_topic_iam_member" "dead_letters" {
  project = var.project_id
  topic   = google_pubsub_topic.dead_letters.name
  role    = "roles/pubsub.publisher"
  member  = local.pubsub_agent
}
