"""HTTP for a function: a request in, a status out, with authentication and the formats of the envelope."""
