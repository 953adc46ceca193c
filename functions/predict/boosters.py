"""Gradient-boosted trees of the xgboost package as bytes, loaded once per process and artefact."""

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

_loaded: dict[str, tuple[dict[str, "Booster"], dict[str, Any]]] = {}


@cache
def library() -> Any:
    """The xgboost package; its import takes a second, so only a process that predicts or trains with it imports it."""
    import xgboost

    return xgboost


def pack(boosters: Mapping[str, "Booster"], figures: Mapping[str, Any] | None = None) -> bytes:
    """Several boosters, and further figures of the model, as one artefact; equal models give equal bytes."""
    texts = {name: b64encode(bytes(b.save_raw("ubj"))).decode() for name, b in boosters.items()}
    return json.dumps({"boosters": texts, "figures": figures or {}}, sort_keys=True).encode()


def figures(model: Model) -> dict[str, Any]:
    """The figures of an artefact, besides its boosters."""
    return _opened(model)[1]


def unpack(model: Model) -> dict[str, "Booster"]:
    """The boosters of an artefact by name."""
    return _opened(model)[0]


def _opened(model: Model) -> tuple[dict[str, "Booster"], dict[str, Any]]:
    """An artefact's boosters and figures, read once; ContractError for the format of another version."""
    if model.hash not in _loaded:
        loaded, content = {}, json.loads(model.body)
        if not {"boosters", "figures"} <= content.keys():
            raise ContractError(
                f"model {model.hash[:12]} is of another version of Tipoff: train again with tipoff train"
            )
        for name, text in content["boosters"].items():
            loaded[name] = library().Booster({"nthread": 1})
            loaded[name].load_model(bytearray(b64decode(text)))
        _loaded[model.hash] = loaded, content["figures"]
    return _loaded[model.hash]


def predict(booster: "Booster", features: Floats) -> Floats:
    """Predictions (n,) for features (n, k); NaN is a missing value."""
    if not len(features):
        return np.empty(0)
    predictions = booster.inplace_predict(features.astype(np.float32), strict_shape=False)
    return np.asarray(predictions, dtype=np.float64)


def contributions(booster: "Booster", features: Floats) -> Floats:
    """SHAP values (n, k + 1) by TreeSHAP: what each feature adds; the last column is the base value."""
    matrix = library().DMatrix(features.astype(np.float32))
    return np.asarray(booster.predict(matrix, pred_contribs=True), dtype=np.float64)
