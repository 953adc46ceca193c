"""Why a document as a whole gives no rows."""

from shared.errors import ContractError


class Refusal(ContractError):
    """A document is refused under the name of a `rule`: damaged, block_page, error_body, empty_slate and the like."""

    def __init__(self, rule: str, reason: str) -> None:
        super().__init__(reason)
        self.rule = rule
