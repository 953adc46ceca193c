variable "project_id" {
  description = "Project of one environment; it exists already and has billing."
  type        = string
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id is 6 to 30 lower-case letters, digits and hyphens, and starts with a letter."
  }
}

variable "region" {
  description = "Region of the state bucket."
  type        = string
  default     = "us-east1"
}

variable "environment" {
  description = "dev or prod: the name of the GitHub environment that may deploy here."
  type        = string
  validation {
    condition     = contains(["dev", "prod"], var.environment)
    error_message = "environment is dev or prod."
  }
}

variable "github_repository" {
  description = "owner/name of the repository whose workflows may deploy."
  type        = string
  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.github_repository))
    error_message = "github_repository is owner/name."
  }
}

variable "github_repository_id" {
  description = "The repository's numeric id: a deleted repository's name can be taken by others, its id cannot."
  type        = string
  validation {
    condition     = can(regex("^[0-9]+$", var.github_repository_id))
    error_message = "github_repository_id is a number; GitHub's API gives it as `id` of the repository."
  }
}

variable "billing_account" {
  description = "Billing account that the budget watches."
  type        = string
  validation {
    condition     = can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.billing_account))
    error_message = "billing_account looks like XXXXXX-XXXXXX-XXXXXX."
  }
}

variable "monthly_budget" {
  description = "Whole units of budget_currency per month, at which mail is sent (docs/cost.md derives it)."
  type        = number
  default     = 50
  validation {
    condition     = var.monthly_budget >= 1 && floor(var.monthly_budget) == var.monthly_budget
    error_message = "monthly_budget is a whole number of at least 1."
  }
}

variable "budget_currency" {
  description = "The billing account's currency."
  type        = string
  default     = "USD"
}

variable "dashboard" {
  description = "Whether the dashboard's account is made, with the right to read the state and to query."
  type        = bool
  default     = false
}
