output "releases" {
  description = "What was deployed, the newest first: kept here so that a rollback finds it. Written by `tipoff deploy`."
  value       = var.releases
}

output "map_hash" {
  description = "Of shared/pipeline.yaml as deployed: the hash that every row's completion carries."
  value       = substr(filesha256("${path.module}/../shared/pipeline.yaml"), 0, 16)
}

output "project" {
  description = "The project."
  value       = var.project_id
}

output "functions" {
  description = "Per function: its address, its account, and the hash of the zip it runs."
  value = {
    for name, f in module.function : name => { uri = f.uri, account = f.account, code_hash = f.code_hash }
  }
}

output "topics" {
  description = "Full names of the map's topics."
  value       = { for name, topic in google_pubsub_topic.this : name => topic.id }
}

output "subscriptions" {
  description = "Full names of the push subscriptions, by `topic.function`."
  value       = merge([for f in module.function : f.subscriptions]...)
}

output "dead_letters" {
  description = "The subscription that keeps dead letters for a person."
  value       = google_pubsub_subscription.dead_letters.id
}

output "database" {
  description = "The Firestore database."
  value       = google_firestore_database.this.name
}

output "datasets" {
  description = "The warehouse's datasets."
  value       = sort([for d in google_bigquery_dataset.this : d.dataset_id])
}

output "buckets" {
  description = "Buckets by what they hold."
  value       = { for kind, bucket in google_storage_bucket.this : kind => bucket.name }
}

output "dashboard" {
  description = "The dashboard's address, null while it has no image."
  value       = one(google_cloud_run_v2_service.dashboard[*].uri)
}
