# The warehouse: datasets and tables from the row contracts, the same YAML that Python validates rows with.

locals {
  contracts = "${path.module}/../shared/contracts/tables"

  tables = merge([
    for file in fileset(local.contracts, "*.yaml") : {
      for name, table in yamldecode(file("${local.contracts}/${file}")) :
      "${trimsuffix(file, ".yaml")}.${name}" => merge(table, { dataset = trimsuffix(file, ".yaml"), name = name })
    }
  ]...)

  # As shared/contracts/rows.py: a table with `has_features` has every named feature, each a FLOAT64.
  features = merge(values(yamldecode(file("${path.module}/../shared/contracts/features.yaml")).features)...)

  # As shared/contracts/rows.py: every table also names the run that wrote the row.
  system_columns = { run_id = "STRING required", generation = "INT64 required" }

  # Columns stand in the order of their names: HCL does not keep the YAML's. Nothing reads columns by position.
  schemas = {
    for id, table in local.tables : id => [
      for column, text in merge(
        table.columns,
        { for name, _ in local.features : name => "FLOAT64" if try(table.has_features, false) },
        local.system_columns,
        ) : {
        name = column
        type = trimsuffix(trimprefix(split(" ", text)[0], "ARRAY<"), ">")
        mode = startswith(text, "ARRAY<") ? "REPEATED" : endswith(text, " required") ? "REQUIRED" : "NULLABLE"
      }
    ]
  }
}

resource "google_bigquery_dataset" "this" {
  for_each                   = toset([for table in local.tables : table.dataset])
  project                    = var.project_id
  dataset_id                 = each.key
  location                   = var.region
  labels                     = local.labels
  delete_contents_on_destroy = false
}

# Load jobs arrive here before one MERGE puts them in place; remains of a crash expire after a day. Each function that
# writes has its own, so that none can alter what another has staged.
resource "google_bigquery_dataset" "staging" {
  for_each                    = toset([for name, f in local.functions : name if length(f.writes) > 0])
  project                     = var.project_id
  dataset_id                  = "nba_staging_${each.key}"
  location                    = var.region
  labels                      = local.labels
  default_table_expiration_ms = 86400000
  delete_contents_on_destroy  = true
}

resource "google_bigquery_table" "this" {
  for_each                 = local.tables
  project                  = var.project_id
  dataset_id               = google_bigquery_dataset.this[each.value.dataset].dataset_id
  table_id                 = each.value.name
  description              = each.value.about
  labels                   = local.labels
  schema                   = jsonencode(local.schemas[each.key])
  clustering               = try(each.value.cluster, null)
  require_partition_filter = true
  deletion_protection      = var.protect

  time_partitioning {
    type  = "DAY"
    field = each.value.partition
  }
}

# The last writer of each unit: not rows of a contract, so without a partition. Every write marks the fence of its unit
# (docs/cloud-bigquery.md); one table for all would let units that write at the same moment cancel each other.
resource "google_bigquery_table" "fences" {
  for_each            = toset(flatten([for f in local.functions : f.fences]))
  project             = var.project_id
  dataset_id          = google_bigquery_dataset.this["nba_orchestration"].dataset_id
  table_id            = "fence_${each.key}"
  description         = "The newest claim of this unit that wrote, by run: what an older one sends is refused."
  labels              = local.labels
  clustering          = ["table_name", "run_id"]
  deletion_protection = var.protect
  schema = jsonencode([
    { name = "table_name", type = "STRING", mode = "REQUIRED" },
    { name = "run_id", type = "STRING", mode = "REQUIRED" },
    { name = "unit", type = "STRING", mode = "REQUIRED" },
    { name = "generation", type = "INT64", mode = "REQUIRED" },
    { name = "token", type = "INT64", mode = "REQUIRED" },
  ])
}
