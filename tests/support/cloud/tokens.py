"""Keys that sign tokens as Google would, and where they are published."""

from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import crypt, jwt


class Signer:
    """A key pair with an id, as Google has several."""

    def __init__(self, key_id: str) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        self.signer = crypt.RSASigner.from_string(private, key_id)
        self.public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def token(self, claims: Mapping[str, Any], **header: Any) -> str:
        """The claims, signed."""
        return jwt.encode(self.signer, claims, header=header).decode()


GOOGLE = Signer("google-1")


class Published:
    """Certificates as published, counting how often they were asked for."""

    def __init__(self, age_s: float = 600) -> None:
        self.certificates = {"google-1": GOOGLE.public.decode()}
        self.age_s = age_s
        self.asked = 0

    def __call__(self) -> tuple[Mapping[str, str], float]:
        self.asked += 1
        return self.certificates, self.age_s
