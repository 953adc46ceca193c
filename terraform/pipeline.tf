# THE map, read from where Python reads it. Names, subscriptions, grants, schedules and limits all follow from it.

data "google_project" "this" {
  project_id = var.project_id
}

locals {
  map    = yamldecode(file("${path.module}/../shared/pipeline.yaml"))
  engine = local.map.engine
  labels = { app = "tipoff", environment = var.environment }

  # Every phase of every kind of run, with the phase before it.
  phases = merge([
    for kind, run in local.map.runs : {
      for name, phase in run.phases : "${kind}.${name}" => {
        function  = phase.function
        publishes = phase.publishes
        after     = try("${kind}.${phase.after}", null)
      }
    }
  ]...)

  # A phase with all that come before it. HCL has no recursion: each step doubles the reach, up to 32 phases.
  lineage_2  = { for id, phase in local.phases : id => compact([id, phase.after]) }
  lineage_4  = { for id, up in local.lineage_2 : id => distinct(flatten([for u in up : local.lineage_2[u]])) }
  lineage_8  = { for id, up in local.lineage_4 : id => distinct(flatten([for u in up : local.lineage_4[u]])) }
  lineage_16 = { for id, up in local.lineage_8 : id => distinct(flatten([for u in up : local.lineage_8[u]])) }
  lineage    = { for id, up in local.lineage_16 : id => distinct(flatten([for u in up : local.lineage_16[u]])) }

  # Who subscribes to `run` opens runs and asks for their first units; who subscribes to `sweep` publishes what stayed
  # unsent on any topic.
  request_topics  = local.map.request_topics
  schedule_topics = { for n, s in local.map.schedules : n => can(s.run) ? local.request_topics.run : local.request_topics.sweep }

  # What a settling phase says is published by whoever did its last unit. Where it does not go on, the phases after it
  # are ruled on at once, which is told to those who watch. The sweep publishes anything.
  watched = flatten([for f in local.map.functions : f.subscribes if contains(f.subscribes, local.request_topics.sweep)])
  functions = {
    for name, f in local.map.functions : name => {
      subscribes = toset(f.subscribes)
      timeout_s  = f.timeout_s
      publishes = toset(concat(
        [for p in local.phases : p.publishes if p.function == name],
        [for id, p in local.phases : p.publishes if contains(local.watched, p.publishes) && anytrue([for up in local.lineage[id] : local.phases[up].function == name])],
        contains(f.subscribes, local.request_topics.run) ? [local.request_topics.first_units] : [],
        contains(f.subscribes, local.request_topics.sweep) ? concat([for p in local.phases : p.publishes], [local.request_topics.first_units, local.request_topics.run]) : [],
      ))
      writes = toset([for u in f.units : u.writes if can(u.writes)])
      reads = setsubtract(
        concat(flatten([for u in f.units : keys(try(u.reads, {}))]), keys(try(f.reads, {})), keys(try(f.grade_check.reads, {}))),
        [for u in f.units : u.writes if can(u.writes)],
      )
      archives    = anytrue([for u in f.units : can(u.feed) && !can(u.writes)]) # fetches, and keeps the raw bytes
      parses      = anytrue([for u in f.units : can(u.feed) && can(u.writes)])  # reads them back
      uses_models = anytrue([for u in f.units : can(u.model)])
    }
  }
}
