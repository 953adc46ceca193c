"""A function's HTTP side: request in, status out, with authentication and the envelope's formats."""
