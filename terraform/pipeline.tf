# The map, the file that Python reads. Names, subscriptions, grants, schedules and limits follow from it.

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

  # Who runs, pushes and builds is made by the bootstrap root, under these names.
  accounts = merge(
    { for name in keys(local.map.functions) : name => "fn-${replace(name, "_", "-")}@${var.project_id}.iam.gserviceaccount.com" },
    { for name in ["pubsub-push", "fn-build", "dashboard"] : name => "${name}@${var.project_id}.iam.gserviceaccount.com" },
  )

  # Each phase with all phases before it. HCL has no recursion: each step doubles the reach, up to 32 phases.
  lineage_2  = { for id, phase in local.phases : id => compact([id, phase.after]) }
  lineage_4  = { for id, up in local.lineage_2 : id => distinct(flatten([for u in up : local.lineage_2[u]])) }
  lineage_8  = { for id, up in local.lineage_4 : id => distinct(flatten([for u in up : local.lineage_4[u]])) }
  lineage_16 = { for id, up in local.lineage_8 : id => distinct(flatten([for u in up : local.lineage_8[u]])) }
  lineage    = { for id, up in local.lineage_16 : id => distinct(flatten([for u in up : local.lineage_16[u]])) }

  # A function that subscribes to `run` opens runs and requests their first units; one that subscribes to `sweep`
  # publishes unsent events on any topic.
  request_topics  = local.map.request_topics
  schedule_topics = { for n, s in local.map.schedules : n => can(s.run) ? local.request_topics.run : local.request_topics.sweep }

  # The function that does a phase's last unit publishes that the phase has settled. If the phase does not go on, the
  # phases after it settle at once, so that the function also publishes on their topics where the monitor subscribes.
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
      fences = [for name, u in f.units : name if can(u.writes)]
      reads = setsubtract(
        concat(flatten([for u in f.units : keys(try(u.reads, {}))]), keys(try(f.reads, {})), keys(try(f.grade_check.reads, {}))),
        [for u in f.units : u.writes if can(u.writes)],
      )
      # Two runs may meet in a phase, beside one message more: no push is refused for want of an instance, which would burn
      # one of its attempts.
      max_instances = max(3, 2 * max([for run in local.map.runs : max([for p in run.phases : p.function == name ? length(p.units) : 0]...)]...) + 1)
      archives      = anytrue([for u in f.units : can(u.feed) && !can(u.writes)]) # fetches, and keeps the raw bytes
      parses        = anytrue([for u in f.units : can(u.feed) && can(u.writes)])  # reads them back
      uses_models   = anytrue([for u in f.units : can(u.model)])
    }
  }
}
