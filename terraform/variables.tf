variable "project_id" {
  description = "Project of all resources. Each environment has its own project, so names carry no suffix."
  type        = string
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id is 6 to 30 lower-case letters, digits and hyphens, and starts with a letter."
  }
}

variable "region" {
  description = "Region of the functions and of every store: nothing crosses regions. Firestore's can never be changed."
  type        = string
  default     = "us-east1"
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region is a Google Cloud region such as us-east1, not a multi-region."
  }
}

variable "environment" {
  description = "dev or prod; labels every resource."
  type        = string
  validation {
    condition     = contains(["dev", "prod"], var.environment)
    error_message = "environment is dev or prod."
  }
}

variable "protect" {
  description = "Whether tables, database and buckets refuse to be destroyed. Always true in prod."
  type        = bool
  default     = true
  validation {
    condition     = var.protect || var.environment != "prod"
    error_message = "prod is always protected: set protect = true."
  }
}

variable "alert_email" {
  description = "Address that alerts are sent to."
  type        = string
  validation {
    condition     = can(regex("^[^@ ]+@[^@ ]+\\.[^@ ]+$", var.alert_email))
    error_message = "alert_email is one e-mail address."
  }
}

variable "dist_dir" {
  description = "Folder of <function>.zip files, built by `make package`."
  type        = string
  default     = "../dist"
  validation {
    condition     = length(fileset(var.dist_dir, "*.zip")) > 0
    error_message = "dist_dir holds no zip files: run `make package` first."
  }
}

variable "releases" {
  description = "Releases to record, the newest first. `tipoff deploy` gives it; nothing is made of it but an output."
  type = list(object({
    commit   = string
    at       = string
    map_hash = string
    zips     = map(string)
    codes    = map(string)
  }))
  default = []
  validation {
    condition     = alltrue([for r in var.releases : can(regex("^[0-9a-f]{40}$", r.commit))])
    error_message = "each release names the full hash of its commit."
  }
}

variable "python_runtime" {
  description = "Runtime of every function; the pins are resolved for 3.11 and newer, the tests run on 3.11."
  type        = string
  default     = "python311"
  validation {
    condition     = contains(["python311", "python312", "python313"], var.python_runtime)
    error_message = "python_runtime is python311, python312 or python313."
  }
}

variable "odds_api_key_version" {
  description = "Version number of the secret odds-api-key to use, or empty to run without that source. Never latest."
  type        = string
  default     = ""
  validation {
    condition     = can(regex("^([1-9][0-9]*)?$", var.odds_api_key_version))
    error_message = "odds_api_key_version is a version number (or empty): `latest` would change without a deploy."
  }
}

variable "proxy_version" {
  description = "Version number of the secret proxy to use, or empty to ask every source directly. Never latest."
  type        = string
  default     = ""
  validation {
    condition     = can(regex("^([1-9][0-9]*)?$", var.proxy_version))
    error_message = "proxy_version is a version number (or empty): `latest` would change without a deploy."
  }
}

variable "dashboard_image" {
  description = "Container image of the dashboard, by digest; empty leaves the dashboard out."
  type        = string
  default     = ""
  validation {
    condition     = var.dashboard_image == "" || can(regex("@sha256:[0-9a-f]{64}$", var.dashboard_image))
    error_message = "dashboard_image is named by digest (…@sha256:…), so that what runs is what was built."
  }
}

variable "dashboard_viewers" {
  description = "Who may open the dashboard, as IAM members (user:… or group:…). Nobody in general."
  type        = set(string)
  default     = []
  validation {
    condition     = alltrue([for m in var.dashboard_viewers : can(regex("^(user|group|serviceAccount):[^@ ]+@[^@ ]+$", m))])
    error_message = "dashboard_viewers are user:, group: or serviceAccount: members; the public is not one."
  }
}
