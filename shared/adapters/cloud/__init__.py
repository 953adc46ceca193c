"""Twins on Google Cloud: Firestore, Pub/Sub, BigQuery and Cloud Storage."""
