# Identities that are not one function's own: who pushes, and who builds.

resource "google_service_account" "push" {
  project      = var.project_id
  account_id   = "pubsub-push"
  display_name = "Signs Pub/Sub's pushes to the functions; may invoke them and nothing else"
}

resource "google_service_account" "build" {
  project      = var.project_id
  account_id   = "fn-build"
  display_name = "Builds the functions, in place of the default account with its wide rights"
}

resource "google_project_iam_member" "build" {
  for_each = toset(["roles/logging.logWriter", "roles/artifactregistry.writer", "roles/storage.objectViewer"])
  project  = var.project_id
  role     = each.key
  member   = google_service_account.build.member
}

# The deployer attaches exactly these accounts, not any account of the project.
resource "google_service_account_iam_member" "deployer" {
  for_each = var.deployer == "" ? {} : merge(
    { for name, f in module.function : name => f.account_name },
    { push = google_service_account.push.name, build = google_service_account.build.name },
  )
  service_account_id = each.value
  role               = "roles/iam.serviceAccountUser"
  member             = "serviceAccount:${var.deployer}"
}
