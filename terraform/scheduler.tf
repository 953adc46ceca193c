# The map's schedules. A job's message cannot carry the time at which it fires, so it only names its schedule. From that
# and the publish time the receiving function derives the tick, and the message that the local scheduler would send.

resource "google_cloud_scheduler_job" "this" {
  for_each  = local.map.schedules
  project   = var.project_id
  region    = var.region
  name      = each.key
  schedule  = each.value.cron
  time_zone = local.map.time_zone

  pubsub_target {
    topic_name = google_pubsub_topic.this[local.schedule_topics[each.key]].id
    data       = base64encode(jsonencode({ schedule = each.key }))
    attributes = {
      schedule    = each.key
      event_topic = local.schedule_topics[each.key]
      type        = can(each.value.run) ? "run.requested" : "sweep.requested"
      to          = one([for name, f in local.functions : name if contains(f.subscribes, local.schedule_topics[each.key])])
    }
  }

  retry_config {
    retry_count          = 5
    min_backoff_duration = "5s"
    max_backoff_duration = "60s"
    max_retry_duration   = "600s" # well before the next tick: a later message would be taken for that one
  }
  depends_on = [module.function, google_monitoring_alert_policy.this] # the first tick finds what works, and is watched
}
