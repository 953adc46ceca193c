# What the variables refuse: in each run every variable of expect_failures must be refused.
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
  project_id  = "tipoff-test"
  alert_email = "ops@example.org"
  environment = "dev"
}

run "refuses_what_is_malformed" {
  command = plan
  variables {
    project_id           = "Tipoff"
    region               = "US"
    environment          = "staging"
    alert_email          = "a@example.org, b@example.org"
    dist_dir             = "envs"
    python_runtime       = "python39"
    odds_api_key_version = "latest"
    proxy_version        = "latest"
    dashboard_image      = "us-docker.pkg.dev/p/r/dashboard:latest"
    dashboard_viewers    = ["allUsers"]
    releases             = [{ commit = "abc123", at = "", map_hash = "", zips = {}, codes = {} }]
  }
  expect_failures = [
    var.project_id, var.region, var.environment, var.alert_email, var.dist_dir, var.python_runtime,
    var.odds_api_key_version, var.proxy_version, var.dashboard_image, var.dashboard_viewers,
    var.releases,
  ]
}

run "refuses_an_unprotected_prod" {
  command = plan
  variables {
    environment = "prod"
    protect     = false
  }
  expect_failures = [var.protect]
}
