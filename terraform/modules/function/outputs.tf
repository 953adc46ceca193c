output "uri" {
  description = "Address of the function."
  value       = google_cloudfunctions2_function.this.service_config[0].uri
}

output "service" {
  description = "Name of the Cloud Run service behind the function."
  value       = google_cloudfunctions2_function.this.name
}

output "account" {
  description = "E-mail of the function's account."
  value       = var.account
}

output "code_hash" {
  description = "sha256 of the zip."
  value       = local.code_hash
}

output "subscriptions" {
  description = "Full names of the push subscriptions, by `topic.function`."
  value       = { for s in google_pubsub_subscription.this : s.name => s.id }
}
