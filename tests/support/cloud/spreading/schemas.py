"""Schemas of the two small parts of other providers that we use, in the form that the plugin serves.

From the documentation of hashicorp/time 0.13 (`time_sleep`) and hashicorp/google-beta 6.50
(`google_project_service_identity`).
"""

from typing import Any


def _attribute(kind: Any, *flags: str) -> dict[str, Any]:
    return {"type": kind, **dict.fromkeys(flags, True)}


def _schema(
    name: str, version: str, resource: str, attributes: dict[str, Any], settings: tuple[str, ...]
) -> dict[str, Any]:
    return {
        "source": {"name": f"hashicorp/{name}", "version": version},
        "provider": {"version": 0, "block": {"attributes": {s: _attribute("string", "optional") for s in settings}}},
        "data_source_schemas": {},
        "resource_schemas": {resource: {"version": 0, "block": {"attributes": attributes}}},
    }


TIME = _schema(
    "time",
    "0.13.1",
    "time_sleep",
    {
        "id": _attribute("string", "computed"),
        "create_duration": _attribute("string", "optional"),
        "destroy_duration": _attribute("string", "optional"),
        "triggers": _attribute(["map", "string"], "optional"),
    },
    (),
)
GOOGLE_BETA = _schema(
    "google-beta",
    "6.50.0",
    "google_project_service_identity",
    {
        "id": _attribute("string", "computed", "optional"),
        "project": _attribute("string", "computed", "optional"),
        "service": _attribute("string", "required"),
        "email": _attribute("string", "computed"),
        "member": _attribute("string", "computed"),
    },
    ("project",),
)
