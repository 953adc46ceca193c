terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50" # the version whose schema the offline checks prove
    }
    time = {
      source  = "hashicorp/time"
      version = "~> 0.13"
    }
  }

  # terraform init -backend-config="bucket=…" (an output of the bootstrap root) -backend-config="prefix=dev or prod"
  backend "gcs" {}
}

provider "google" {
  project = var.project_id
  region  = var.region
}
