"""The words of an explanation: of features those of features.yaml, and of what else moves a prediction."""

from shared.contracts.features import FEATURES

BESIDE_FEATURES: dict[str, str] = {
    "without_line": "difference between the forecast without the line and the line",
    "books": "median of all books' lines against this one",
    "price": "the side that the prices favour",
    "lines_like_this": "average error of lines",
    "shape": "from the model's output to the mean of whole points, none below zero",
}


def described(feature: str) -> str:
    """A feature in words; its name where an older artefact knew it by one that is gone."""
    if feature in FEATURES:
        return FEATURES[feature].label
    return BESIDE_FEATURES.get(feature) or feature.replace("_", " ")
