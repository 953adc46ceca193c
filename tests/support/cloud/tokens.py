"""A key that signs tokens as Google would, and the place where it is published."""

from collections.abc import Mapping

from tools.emulators.signer import Signer

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
