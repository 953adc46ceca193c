# One function and everything that is its alone: source, push subscriptions, grants. Its account is the bootstrap root's.

locals {
  cloud_name = replace(var.name, "_", "-")
  code_hash  = filesha256(var.zip)
  member     = "serviceAccount:${var.account}"
  # The address that Cloud Run derives from names: known before the function exists, so that the function can be told
  # which audience to expect in the tokens of those who call it.
  audience = "https://${local.cloud_name}-${var.project_number}.${var.region}.run.app"
}

resource "google_storage_bucket_object" "source" {
  bucket = var.source_bucket
  name   = "${var.name}/${local.code_hash}.zip" # another content is another object, which is what redeploys
  source = var.zip
}

resource "google_cloudfunctions2_function" "this" {
  project  = var.project_id
  location = var.region
  name     = local.cloud_name
  labels   = merge(var.labels, { zip = substr(local.code_hash, 0, 16) })

  build_config {
    runtime         = var.runtime
    entry_point     = "main"
    service_account = var.build_account

    source {
      storage_source {
        bucket = google_storage_bucket_object.source.bucket
        object = google_storage_bucket_object.source.name
      }
    }
  }

  service_config {
    service_account_email            = var.account
    available_memory                 = var.memory
    available_cpu                    = "1"
    timeout_seconds                  = var.timeout_s
    min_instance_count               = 0
    max_instance_count               = var.max_instances
    max_instance_request_concurrency = 1 # a unit is heavy, and its libraries are not all thread-safe
    ingress_settings                 = "ALLOW_INTERNAL_ONLY"
    all_traffic_on_latest_revision   = true

    # Cloud Run checks a token's signature against IAM before it lets a request in, and takes the signature off;
    # the function checks the rest. True only because nobody but the push account may invoke (see below).
    environment_variables = merge(var.environment, {
      TIPOFF_PUSH_ACCOUNT  = var.push_account
      TIPOFF_PUSH_AUDIENCE = local.audience
      TIPOFF_PUSH_KEYS     = "platform"
    })

    dynamic "secret_environment_variables" {
      for_each = var.secrets
      content {
        key        = secret_environment_variables.key
        project_id = var.project_id
        secret     = secret_environment_variables.value.id
        version    = secret_environment_variables.value.version
      }
    }
  }

  # Its first message finds every table and every right: both stand before it does.
  depends_on = [time_sleep.grants]
}

# A grant works a while after it is made. Other grants, another wait; the function then changes only after it.
resource "time_sleep" "grants" {
  create_duration = "90s"
  triggers = {
    tables = join(" ", concat(sort(keys(var.tables_read)), sort(keys(var.tables_written))))
    topics = join(" ", sort(keys(var.publishes)))
    others = join(" ", concat(sort(keys(var.bucket_roles)), compact([var.staging])))
  }
  depends_on = [
    google_pubsub_topic_iam_member.publish, google_bigquery_table_iam_member.read, google_bigquery_table_iam_member.write,
    google_bigquery_dataset_iam_member.staging, google_storage_bucket_iam_member.this,
  ]
}

# -- who may call it --------------------------------------------------------------------------------------------------

# The right to invoke is granted on the service behind the function, and is lost when that is made anew.
resource "google_cloud_run_v2_service_iam_member" "push" {
  project  = var.project_id
  location = var.region
  name     = google_cloudfunctions2_function.this.name
  role     = "roles/run.invoker"
  member   = "serviceAccount:${var.push_account}"

  lifecycle {
    replace_triggered_by = [google_cloudfunctions2_function.this.id]
  }
}

resource "google_pubsub_subscription" "this" {
  for_each                   = var.topics
  project                    = var.project_id
  name                       = "${each.key}.${var.name}"
  topic                      = each.value
  labels                     = var.labels
  filter                     = "attributes.to = \"${var.name}\""
  ack_deadline_seconds       = var.ack_deadline_s
  message_retention_duration = "604800s"

  expiration_policy {
    ttl = "" # never: by default 31 idle days, a summer, delete it
  }

  retry_policy {
    minimum_backoff = "${var.backoff_min_s}s"
    maximum_backoff = "${var.backoff_max_s}s"
  }

  dead_letter_policy {
    dead_letter_topic     = var.dead_letters
    max_delivery_attempts = var.max_attempts
  }

  push_config {
    push_endpoint = google_cloudfunctions2_function.this.service_config[0].uri
    oidc_token {
      service_account_email = var.push_account
      audience              = local.audience
    }
  }
  depends_on = [google_cloud_run_v2_service_iam_member.push] # a push that is not let in is an attempt lost
}

# Dead-lettering is done by Pub/Sub's own agent, which must be allowed to acknowledge here.
resource "google_pubsub_subscription_iam_member" "agent" {
  for_each     = var.topics
  project      = var.project_id
  subscription = google_pubsub_subscription.this[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = var.pubsub_agent

  lifecycle {
    replace_triggered_by = [google_pubsub_subscription.this[each.key].id]
  }
}

# -- what it may do ---------------------------------------------------------------------------------------------------

resource "google_pubsub_topic_iam_member" "publish" {
  for_each = var.publishes
  project  = var.project_id
  topic    = each.value
  role     = "roles/pubsub.publisher"
  member   = local.member
}

resource "google_bigquery_table_iam_member" "read" {
  for_each   = var.tables_read
  project    = var.project_id
  dataset_id = split(".", each.key)[0]
  table_id   = each.value
  role       = "roles/bigquery.dataViewer"
  member     = local.member
}

resource "google_bigquery_table_iam_member" "write" {
  for_each   = var.tables_written
  project    = var.project_id
  dataset_id = split(".", each.key)[0]
  table_id   = each.value
  role       = "roles/bigquery.dataEditor"
  member     = local.member
}

resource "google_bigquery_dataset_iam_member" "staging" {
  count      = var.staging == null ? 0 : 1
  project    = var.project_id
  dataset_id = var.staging
  role       = "roles/bigquery.dataEditor"
  member     = local.member
}

resource "google_storage_bucket_iam_member" "this" {
  for_each = var.bucket_roles
  bucket   = each.value.bucket
  role     = each.value.role
  member   = local.member
}
