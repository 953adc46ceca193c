"""Outages between the official clients and the emulators: a proxy that makes them, and what must hold through them."""
