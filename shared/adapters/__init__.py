"""The twins of the ports: local ones, cloud ones, and those that serve both."""
