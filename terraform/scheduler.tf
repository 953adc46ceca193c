# The map's schedules. A job's message cannot carry the time it fires at: the attribute `schedule` names it, and
# shared/envelope.py makes the request's id and date from it and the publish time.

resource "google_cloud_scheduler_job" "this" {
  for_each  = local.map.schedules
  project   = var.project_id
  region    = var.region
  name      = each.key
  schedule  = each.value.cron
  time_zone = local.map.time_zone

  pubsub_target {
    topic_name = google_pubsub_topic.this[each.value.topic].id
    data       = base64encode(jsonencode(local.ticks[each.key]))
    attributes = {
      schedule    = each.key
      event_topic = each.value.topic
      type        = local.ticks[each.key].type
      to          = local.ticks[each.key].to
    }
  }

  retry_config {
    retry_count          = 5
    min_backoff_duration = "5s"
    max_backoff_duration = "60s"
    max_retry_duration   = "600s" # a tick later than the quarter hour it belongs to would name the next one
  }
  depends_on = [google_project_service.this]
}

locals {
  openers = { for topic in keys(local.map.topics) : topic => [for f, value in local.functions : f if contains(value.subscribes, topic)] }

  # As shared/contracts/events.py: a schedule with `run` asks for that run, one without for a sweep.
  ticks = {
    for name, schedule in local.map.schedules : name => {
      for field, value in {
        type       = can(schedule.run) ? "run.requested" : "sweep.requested"
        kind       = try(schedule.run, null)
        day_offset = can(schedule.run) ? try(schedule.day_offset, 0) : null
        to         = one(local.openers[schedule.topic])
      } : field => value if value != null
    }
  }
}
