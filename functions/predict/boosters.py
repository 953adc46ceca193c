"""Gradient-boosted trees of the xgboost package as bytes: loaded once per process and artefact, predicting in order."""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from functions.predict.distribution import Floats
from shared.contracts.work import Model
from shared.errors import ContractError

if TYPE_CHECKING:
    from xgboost import Booster

_loaded: dict[str, dict[str, "Booster"]] = {}


@cache
def library() -> Any:
    """The xgboost package; a second of import, paid only by a process that predicts or trains with it."""
    import xgboost

    return xgboost


def pack(boosters: Mapping[str, "Booster"], figures: Mapping[str, Any] | None = None) -> bytes:
    """Several boosters, and further figures of the model, as one artefact; the same give the same bytes."""
    texts = {name: b64encode(bytes(b.save_raw("ubj"))).decode() for name, b in boosters.items()}
    return json.dumps({"boosters": texts, "figures": figures or {}}, sort_keys=True).encode()


def figures(model: Model) -> dict[str, Any]:
    """What an artefact holds besides its boosters."""
    found: dict[str, Any] = _parts(model)["figures"]
    return found


def _parts(model: Model) -> dict[str, Any]:
    """An artefact's parts; ContractError if a version of ours wrote it that knew others."""
    parts: dict[str, Any] = json.loads(model.body)
    if not {"boosters", "figures"} <= parts.keys():
        raise ContractError(f"model {model.hash[:12]} is of another version of Tipoff: train again with tipoff train")
    return parts


def unpack(model: Model) -> dict[str, "Booster"]:
    """The boosters of an artefact by name."""
    if model.hash not in _loaded:
        found = {}
        for name, text in _parts(model)["boosters"].items():
            found[name] = library().Booster({"nthread": 1})
            found[name].load_model(bytearray(b64decode(text)))
        _loaded[model.hash] = found
    return _loaded[model.hash]


def predict(booster: "Booster", features: Floats) -> Floats:
    """Predictions (n,) for features (n, k); NaN is a missing value."""
    if not len(features):
        return np.empty(0)
    found = booster.inplace_predict(features.astype(np.float32), strict_shape=False)
    return np.asarray(found, dtype=np.float64)


def contributions(booster: "Booster", features: Floats) -> Floats:
    """SHAP values (n, k + 1) by TreeSHAP: what each feature adds, the last column what all rows share."""
    matrix = library().DMatrix(features.astype(np.float32))
    return np.asarray(booster.predict(matrix, pred_contribs=True), dtype=np.float64)
