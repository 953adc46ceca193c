terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50" # the version whose schema the offline checks prove
    }
  }

  # Bucket and prefix come from the bootstrap root: terraform init -backend-config=envs/<environment>.gcs.tfbackend
  backend "gcs" {}
}

provider "google" {
  project = var.project_id
  region  = var.region
}
