variable "project_id" { type = string }
variable "project_number" { type = string }
variable "region" { type = string }
variable "labels" { type = map(string) }

variable "name" {
  description = "The function's name in the map."
  type        = string
}

variable "zip" {
  description = "Path of the function's zip."
  type        = string
}

variable "source_bucket" { type = string }
variable "runtime" { type = string }
variable "account" { type = string }
variable "build_account" { type = string }
variable "memory" { type = string }

variable "timeout_s" {
  description = "How long a message may be worked on; below the ack deadline, so that nobody works on it twice at once."
  type        = number
  validation {
    condition     = var.timeout_s >= 1 && var.timeout_s < var.ack_deadline_s
    error_message = "timeout_s is below ack_deadline_s, which Pub/Sub grants up to 600 s."
  }
}

variable "max_instances" { type = number }
variable "environment" { type = map(string) }

variable "secrets" {
  description = "Environment variable -> secret and version."
  type        = map(object({ id = string, version = string }))
}

variable "topics" {
  description = "Topics subscribed to: name -> id."
  type        = map(string)
}

variable "publishes" {
  description = "Topics published to: name -> id."
  type        = map(string)
}

variable "dead_letters" { type = string }
variable "pubsub_agent" { type = string }
variable "push_account" { type = string }
variable "backoff_min_s" { type = number }
variable "backoff_max_s" { type = number }

variable "ack_deadline_s" {
  type = number
  validation {
    condition     = var.ack_deadline_s >= 10 && var.ack_deadline_s <= 600
    error_message = "ack_deadline_s is 10 to 600 s, as Pub/Sub grants."
  }
}

variable "max_attempts" { type = number }

variable "tables_read" {
  description = "dataset.table -> table id."
  type        = map(string)
}

variable "tables_written" {
  description = "dataset.table -> table id."
  type        = map(string)
}

variable "staging" {
  description = "Dataset for load jobs, null for a function that writes no rows."
  type        = string
}

variable "bucket_roles" {
  description = "What -> bucket and role."
  type        = map(object({ bucket = string, role = string }))
}
