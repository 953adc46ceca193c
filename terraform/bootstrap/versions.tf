# Done once per project by a person with Owner, in three stages (docs/first-apply.md): what is asked of Google, who exists,
# who may do what in the whole project, where the state lives, and what it may cost. Its own state stays with that person
# (it holds no secrets). The main root can then be applied by an account that creates no identity and grants nothing on
# the project.

terraform {
  required_version = ">= 1.9"
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
    }
    google-beta = {
      source  = "hashicorp/google-beta"
      version = "~> 6.50"
    }
    time = {
      source  = "hashicorp/time"
      version = "~> 0.13"
    }
  }
}

# Without a quota project of its own: with one, every call would ask an API that nothing has enabled yet.
provider "google" {
  project = var.project_id
}

provider "google-beta" {
  project = var.project_id
}

# The budget's API asks whose quota it uses.
provider "google" {
  alias                 = "billing"
  project               = var.project_id
  user_project_override = true
  billing_project       = var.project_id
}
