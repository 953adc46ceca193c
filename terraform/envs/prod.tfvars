# Give project_id and alert_email by -var or TF_VAR_…: they are yours.
environment = "prod"
protect     = true
