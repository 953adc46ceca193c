"""Sign tokens as Google does: the Pub/Sub emulator pushes without a token."""

from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import crypt, jwt


class Signer:
    """A key pair with its id."""

    def __init__(self, key_id: str) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        self.signer = crypt.RSASigner.from_string(private, key_id)  # type: ignore[no-untyped-call]
        self.public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def token(self, claims: Mapping[str, Any], **header: Any) -> str:
        """The claims, signed."""
        signed: bytes = jwt.encode(self.signer, claims, header=header)  # type: ignore[no-untyped-call]
        return signed.decode()
