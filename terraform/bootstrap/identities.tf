# Stage `identities`: every account of the pipeline and every right on the project. The main root makes no account and
# grants nothing on the project, so that the deployer needs neither right.

locals {
  map      = yamldecode(file("${path.module}/../../shared/pipeline.yaml"))
  database = "tipoff" # as in ../firestore.tf

  # Functions that run queries, and those that fetch and so need keys.
  queries = toset([
    for name, f in local.map.functions : name
    if anytrue([for u in f.units : can(u.writes) || can(u.reads)]) || can(f.reads) || can(f.grade_check.reads)
  ])
  fetches = toset([for name, f in local.map.functions : name if anytrue([for u in f.units : can(u.feed) && !can(u.writes)])])

  attached = merge(
    { for name, a in google_service_account.function : name => a.name },
    { push = google_service_account.push.name, build = google_service_account.build.name },
    { for a in google_service_account.dashboard : "dashboard" => a.name },
  )
  only_our_database = "resource.type == \"firestore.googleapis.com/Database\" && resource.name == \"projects/${var.project_id}/databases/${local.database}\""
}

resource "google_service_account" "function" {
  for_each     = local.map.functions
  project      = var.project_id
  account_id   = "fn-${replace(each.key, "_", "-")}"
  display_name = "Runs ${each.key}"
  depends_on   = [time_sleep.services]
}

resource "google_service_account" "push" {
  project      = var.project_id
  account_id   = "pubsub-push"
  display_name = "Signs Pub/Sub's pushes to the functions; may invoke them and nothing else"
  depends_on   = [time_sleep.services]
}

resource "google_service_account" "build" {
  project      = var.project_id
  account_id   = "fn-build"
  display_name = "Builds the functions, in place of the default account with its wide rights"
  depends_on   = [time_sleep.services]
}

resource "google_service_account" "dashboard" {
  count        = var.dashboard ? 1 : 0
  project      = var.project_id
  account_id   = "dashboard"
  display_name = "Runs the dashboard: reads, never writes"
  depends_on   = [time_sleep.services]
}

resource "google_service_account" "deployer" {
  project      = var.project_id
  account_id   = "deployer"
  display_name = "Applies the main root, from the protected environment of the repository only"
  depends_on   = [time_sleep.services]
}

resource "google_service_account" "planner" {
  project      = var.project_id
  account_id   = "planner"
  display_name = "Plans and looks for drift: reads only"
  depends_on   = [time_sleep.services]
}

# -- rights on the project: what cannot be granted on one thing --------------------------------------------------------

resource "google_project_iam_member" "state" {
  for_each = google_service_account.function
  project  = var.project_id
  role     = "roles/datastore.user"
  member   = each.value.member

  condition {
    title       = "database ${local.database}"
    description = "Only the database of this pipeline"
    expression  = local.only_our_database
  }
}

resource "google_project_iam_member" "query" {
  for_each = local.queries
  project  = var.project_id
  role     = "roles/bigquery.jobUser"
  member   = google_service_account.function[each.key].member
}

resource "google_project_iam_member" "build" {
  for_each = toset(["roles/logging.logWriter", "roles/artifactregistry.writer", "roles/storage.objectViewer"])
  project  = var.project_id
  role     = each.key
  member   = google_service_account.build.member
}

resource "google_project_iam_member" "dashboard_query" {
  count   = var.dashboard ? 1 : 0
  project = var.project_id
  role    = "roles/bigquery.jobUser"
  member  = google_service_account.dashboard[0].member
}

resource "google_project_iam_member" "dashboard_state" {
  count   = var.dashboard ? 1 : 0
  project = var.project_id
  role    = "roles/datastore.viewer"
  member  = google_service_account.dashboard[0].member

  condition {
    title       = "database ${local.database}"
    description = "Only the database of this pipeline"
    expression  = local.only_our_database
  }
}

# The deployer administers the kinds of things that the main root is made of. It makes no account, sets no policy of an
# account or of the project, and reads no secret: what it can do to others is what these accounts can do.
resource "google_project_iam_member" "deployer" {
  for_each = toset([
    "roles/bigquery.dataOwner",
    "roles/cloudfunctions.admin",
    "roles/cloudscheduler.admin",
    "roles/datastore.owner",
    "roles/logging.configWriter",
    "roles/monitoring.admin",
    "roles/pubsub.admin",
    "roles/run.admin",
    "roles/storage.admin",
  ])
  project = var.project_id
  role    = each.key
  member  = google_service_account.deployer.member
}

# It may attach exactly these accounts to what it makes.
resource "google_service_account_iam_member" "attach" {
  for_each           = local.attached
  service_account_id = each.value
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.deployer.member
}

resource "google_project_iam_member" "planner" {
  for_each = toset(["roles/viewer", "roles/iam.securityReviewer"])
  project  = var.project_id
  role     = each.key
  member   = google_service_account.planner.member
}

resource "google_storage_bucket_iam_member" "state" {
  for_each = {
    deployer = { role = "roles/storage.objectAdmin", member = google_service_account.deployer.member }
    planner  = { role = "roles/storage.objectViewer", member = google_service_account.planner.member }
  }
  bucket = google_storage_bucket.state.name
  role   = each.value.role
  member = each.value.member
}

# Nobody is let in, and no function starts, before Google has spread these grants: minutes, not seconds.
resource "time_sleep" "identities" {
  create_duration = "180s"
  triggers = {
    functions = join(" ", sort(keys(local.map.functions)))
    secrets   = join(" ", sort(keys(local.secrets)))
    dashboard = tostring(var.dashboard)
  }
  depends_on = [
    google_project_iam_member.state, google_project_iam_member.query, google_project_iam_member.build,
    google_project_iam_member.dashboard_query, google_project_iam_member.dashboard_state,
    google_project_iam_member.deployer, google_project_iam_member.planner, google_service_account_iam_member.attach,
    google_service_account_iam_member.deployer, google_service_account_iam_member.planner,
    google_secret_manager_secret_iam_member.fetch, google_storage_bucket_iam_member.state,
    google_project_service_identity.pubsub,
  ]
}
