"""One machine: the runtime, the service, its schedules, and replay."""
