# Alert policies. The documentation of each says what it means and how to repair the cause.
# Silence is asked for by PromQL: a condition on the absence of data is never met by a series that had none, as of a
# pipeline that never worked. `or vector(0)` counts such a series as 0.
# There is no public uptime check: the functions admit internal traffic only. Health is what the pipeline does: its
# sweep must be answered every quarter of an hour, and every day a postgame run must settle.

resource "google_monitoring_notification_channel" "email" {
  project      = var.project_id
  display_name = "Tipoff alerts"
  type         = "email"
  user_labels  = local.labels
  labels       = { email_address = var.alert_email }
}

locals {
  services = [for f in module.function : f.service]
  revision = "resource.type=\"cloud_run_revision\" AND (${join(" OR ", [for s in local.services : "resource.labels.service_name=\"${s}\""])})"
  monitor  = one([for name, f in local.functions : module.function[name].service if contains(f.subscribes, local.request_topics.sweep)])

  # Counted log lines. The functions' lines are JSON; `event` names what happened.
  log_metrics = {
    quarantined        = { filter = "${local.revision} AND jsonPayload.event=\"quarantined\"", labels = {} }
    alerts_raised      = { filter = "${local.revision} AND jsonPayload.event=\"alert.raised\"", labels = {} }
    phases_settled     = { filter = "${local.revision} AND jsonPayload.event=\"phase.settled\"", labels = { kind = "jsonPayload.kind", outcome = "jsonPayload.outcome" } }
    scheduler_failures = { filter = "resource.type=\"cloud_scheduler_job\" AND severity>=ERROR", labels = {} }
  }

  alerts = {
    dead_letters = {
      says      = "A message failed ${local.engine.max_attempts} times and lies in the dead letters. `tipoff status` names the unit; after the repair request a new generation."
      severity  = "CRITICAL"
      filter    = "resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=\"${local.dead_letters}\" AND metric.type=\"pubsub.googleapis.com/subscription/num_undelivered_messages\""
      aligner   = "ALIGN_MAX"
      group_by  = []
      above     = 0
      for_s     = 0
      aligned_s = 60
    }
    backlog = {
      says      = "A subscription's oldest message has waited half an hour: its function fails or is too slow. Read its log; messages are kept for 7 days."
      severity  = "ERROR"
      filter    = "resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id!=\"${local.dead_letters}\" AND metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\""
      aligner   = "ALIGN_MAX"
      group_by  = ["resource.label.subscription_id"]
      above     = 1800
      for_s     = 300
      aligned_s = 60
    }
    server_errors = {
      says      = "A function answers 5xx again and again; a few are redeliveries at work. Read its log."
      severity  = "ERROR"
      filter    = "${local.revision} AND metric.type=\"run.googleapis.com/request_count\" AND metric.labels.response_code_class=\"5xx\""
      aligner   = "ALIGN_DELTA"
      group_by  = ["resource.label.service_name"]
      above     = 20
      for_s     = 0
      aligned_s = 900
    }
    quarantined = {
      says      = "Something broke its contract and was put aside, whole, with the reason: `tipoff status` lists it."
      severity  = "WARNING"
      filter    = "resource.type=\"cloud_run_revision\" AND metric.type=\"logging.googleapis.com/user/tipoff/quarantined\""
      aligner   = "ALIGN_DELTA"
      group_by  = []
      above     = 0
      for_s     = 0
      aligned_s = 300
    }
    alerts_raised = {
      says      = "The coverage monitor raised an alert: a phase failed or expired, or grades stay incomplete. `tipoff status` says which command mends it."
      severity  = "ERROR"
      filter    = "resource.type=\"cloud_run_revision\" AND metric.type=\"logging.googleapis.com/user/tipoff/alerts_raised\""
      aligner   = "ALIGN_DELTA"
      group_by  = []
      above     = 0
      for_s     = 0
      aligned_s = 300
    }
    scheduler_failures = {
      says      = "A schedule could not publish its message. The next tick asks again; `tipoff request` asks now."
      severity  = "ERROR"
      filter    = "resource.type=\"cloud_scheduler_job\" AND metric.type=\"logging.googleapis.com/user/tipoff/scheduler_failures\""
      aligner   = "ALIGN_DELTA"
      group_by  = []
      above     = 0
      for_s     = 0
      aligned_s = 300
    }
    sweep_silent = {
      says     = "No sweep was answered for an hour: schedule, topic, function or database is out. Deadlines are not ruled on meanwhile; the next sweep catches up."
      severity = "CRITICAL"
      silent   = "run_googleapis_com:request_count{monitored_resource=\"cloud_run_revision\",service_name=\"${local.monitor}\",response_code_class=\"2xx\"}"
      window_s = 3600
      for_s    = 900 # a new pipeline has its first sweep within a quarter of an hour
    }
    postgame_silent = {
      says     = "No postgame phase settled for 23.5 hours, not even as no_games: `tipoff status` for yesterday, then `tipoff request postgame`. On the first day it comes once, before the first postgame run."
      severity = "CRITICAL"
      silent   = "logging_googleapis_com:user_tipoff_phases_settled{monitored_resource=\"cloud_run_revision\",kind=\"postgame\"}"
      window_s = 84600
      for_s    = 3600
    }
  }
}

resource "google_logging_metric" "this" {
  for_each = local.log_metrics
  project  = var.project_id
  name     = "tipoff/${each.key}"
  filter   = each.value.filter

  label_extractors = { for label, field in each.value.labels : label => "EXTRACT(${field})" }

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"

    dynamic "labels" {
      for_each = each.value.labels
      content {
        key        = labels.key
        value_type = "STRING"
      }
    }
  }
}

# A policy on a metric that was just made is refused: Google says that it takes up to ten minutes.
resource "time_sleep" "metrics" {
  create_duration = "600s"
  triggers        = { metrics = join(" ", sort(keys(local.log_metrics))) }
  depends_on      = [google_logging_metric.this]
}

resource "google_monitoring_alert_policy" "this" {
  for_each              = local.alerts
  project               = var.project_id
  display_name          = "tipoff ${each.key}"
  combiner              = "OR"
  severity              = each.value.severity
  user_labels           = local.labels
  notification_channels = [google_monitoring_notification_channel.email.id]

  conditions {
    display_name = each.key

    dynamic "condition_threshold" {
      for_each = can(each.value.above) ? [each.value] : []
      content {
        filter          = condition_threshold.value.filter
        comparison      = "COMPARISON_GT"
        threshold_value = condition_threshold.value.above
        duration        = "${condition_threshold.value.for_s}s"
        aggregations {
          alignment_period     = "${condition_threshold.value.aligned_s}s"
          per_series_aligner   = condition_threshold.value.aligner
          cross_series_reducer = "REDUCE_SUM"
          group_by_fields      = condition_threshold.value.group_by
        }
      }
    }

    dynamic "condition_prometheus_query_language" {
      for_each = can(each.value.silent) ? [each.value] : []
      content {
        query                     = "(sum(increase(${condition_prometheus_query_language.value.silent}[${condition_prometheus_query_language.value.window_s}s])) or vector(0)) < 1"
        duration                  = "${condition_prometheus_query_language.value.for_s}s"
        evaluation_interval       = "60s"
        disable_metric_validation = true # the metric has no data before the first run
      }
    }
  }

  documentation {
    content   = each.value.says
    mime_type = "text/markdown"
  }

  alert_strategy {
    auto_close = "604800s"
  }
  depends_on = [time_sleep.metrics]
}
