# What follows from the map and the variables, as planned and as applied.
# The provider is mocked: with the real one, too, nothing is asked of Google.

mock_provider "google" {
  mock_resource "google_pubsub_topic" {
    defaults = {
      id = "projects/tipoff-test/topics/mock"
    }
  }
  mock_data "google_project" {
    defaults = {
      number = "123456789012"
    }
  }
}

mock_provider "time" {}

variables {
  project_id           = "tipoff-test"
  alert_email          = "ops@example.org"
  environment          = "dev"
  protect              = false
  odds_api_key_version = ""
  proxy_version        = ""
}

run "everything_in_the_map_is_made" {
  command = apply

  assert {
    condition     = toset(keys(output.functions)) == toset(keys(local.map.functions))
    error_message = "A function of the map is not deployed, or one is deployed that the map does not have."
  }
  assert {
    condition     = toset(keys(output.topics)) == toset(keys(local.map.topics))
    error_message = "Topics and map differ."
  }
  assert {
    condition     = toset(keys(output.subscriptions)) == toset(flatten([for name, f in local.map.functions : [for t in f.subscribes : "${t}.${name}"]]))
    error_message = "Each function has one subscription per topic it listens to."
  }
  assert {
    condition     = toset(keys(google_cloud_scheduler_job.this)) == toset(keys(local.map.schedules))
    error_message = "Schedules and map differ."
  }
  assert {
    condition     = alltrue([for id, up in local.lineage : alltrue([for u in up : local.phases[u].after == null || contains(up, coalesce(local.phases[u].after, "-"))])])
    error_message = "A chain of phases is longer than the lineage reaches: double it once more in pipeline.tf."
  }
  assert {
    condition     = google_cloud_scheduler_job.this["pregame"].time_zone == "America/New_York"
    error_message = "Schedules are kept in New York's time."
  }
  assert {
    condition     = length(local.secrets) == 0
    error_message = "A secret without a version would stop the first instance: no function names it."
  }
  assert {
    condition     = output.dashboard == null
    error_message = "Without an image there is no dashboard."
  }
}

run "options_add_only_what_they_say" {
  command = plan
  plan_options {
    refresh = false
  }
  variables {
    odds_api_key_version = "7"
    proxy_version        = "1"
    dashboard_image      = "us-docker.pkg.dev/p/r/dashboard@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    dashboard_viewers    = ["group:fans@example.org"]
  }

  assert {
    condition     = local.secrets.TIPOFF_ODDS_API_KEY.version == "7" && [for name, f in local.functions : name if f.archives] == ["scrape"]
    error_message = "The key's version is pinned, and only scrape fetches."
  }
  assert {
    condition     = toset([for g in google_cloud_run_v2_service_iam_member.dashboard : g.member]) == toset(["group:fans@example.org"])
    error_message = "Exactly the named viewers may open the dashboard."
  }
  assert {
    condition     = toset([for g in google_bigquery_dataset_iam_member.dashboard : g.role]) == toset(["roles/bigquery.dataViewer"])
    error_message = "The dashboard reads the warehouse and writes nothing."
  }
  assert {
    condition     = local.secrets.TIPOFF_PROXY.id == "proxy"
    error_message = "A proxy comes by reference to its secret."
  }
}

run "another_region_moves_every_store" {
  command = plan
  plan_options {
    refresh = false
  }
  variables {
    region = "europe-west1"
  }

  assert {
    condition     = toset([for b in google_storage_bucket.this : b.location]) == toset(["europe-west1"])
    error_message = "Buckets follow the region."
  }
  assert {
    condition     = toset([for d in google_bigquery_dataset.this : d.location]) == toset(["europe-west1"])
    error_message = "Datasets follow the region."
  }
  assert {
    condition     = google_firestore_database.this.location_id == "europe-west1"
    error_message = "The database follows the region."
  }
}
