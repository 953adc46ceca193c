"""The two families of errors; the type alone decides what happens to a message.

TipoffError
├── Retryable              redeliver with back-off; after the last attempt the dead letter
│   ├── SourceUnavailable      a feed did not answer, refused, or asked us to slow down
│   │   └── NotThereYet            the site has not published it, or throttles with the same answer
│   ├── StoreUnavailable       state, queue or warehouse did not answer
│   ├── LeaseHeld              another worker holds the claim
│   └── NotDeployed            a newer map asks for it than this instance runs
└── Permanent              quarantine with the reason, acknowledge
    ├── ContractError          bytes, event or rows that break their contract
    │   ├── CreditsUsedUp          no further paid request: the account or the run's budget is used up
    │   └── RequestRefused         the site refuses every request like it until a person changes the settings
    ├── UnknownUnit            not in the manifest
    ├── StaleGeneration        a newer generation exists; must not write
    ├── Fenced                 a newer claim on the same work was granted
    ├── Conflict               a second, different result for the same completion
    └── Unportable             SQL to which the two warehouses would give different answers
UserError                  a person's mistake at the command line: one line, exit code 2
├── HomeInUse                  another process has the home open
├── FileDamaged                a file of a home is not what we wrote
└── FileUnusable               the disk is full or may not be written; the file may be whole
"""


class TipoffError(Exception):
    """Base of our errors; the message says what to do next, if anything can be done."""


class Retryable(TipoffError):
    """Nothing is wrong with the message: try again later."""


class SourceUnavailable(Retryable):
    """A feed did not answer, refused, or asked us to slow down."""


class NotThereYet(SourceUnavailable):
    """The site has not published what was asked for, or throttles us with the same answer."""


class StoreUnavailable(Retryable):
    """State, queue or warehouse did not answer."""


class LeaseHeld(Retryable):
    """Another worker holds the claim on this work; retry after its lease."""


class NotDeployed(Retryable):
    """A newer map asks for the unit than this instance runs: a newer instance will do it."""


class Permanent(TipoffError):
    """No retry can help: quarantine and acknowledge."""


class ContractError(Permanent):
    """Bytes, an event or rows break their contract."""


class CreditsUsedUp(ContractError):
    """No further paid request: the site refuses them, or the run's budget does not allow them."""


class RequestRefused(ContractError):
    """The site refuses every request like this one until a person changes the settings; the message says which."""


class UnknownUnit(Permanent):
    """The unit or phase is not in the run's manifest."""


class StaleGeneration(Permanent):
    """A newer `generation` of the run has written; this one must not."""

    def __init__(self, what: str, generation: int) -> None:
        super().__init__(f"{what}: generation {generation} has written already")
        self.generation = generation


class Fenced(Permanent):
    """A newer claim on the same work, with this `token`, has written; this worker must not."""

    def __init__(self, what: str, token: int) -> None:
        super().__init__(f"{what}: a newer claim (token {token}) has written already")
        self.token = token


class Conflict(Permanent):
    """The same completion was recorded before with a different result."""


class Unportable(Permanent):
    """The SQL would silently give another answer on the other warehouse."""


class UserError(TipoffError):
    """A person's mistake: shown as one line, exit code 2."""


class HomeInUse(UserError):
    """Another process has the home, or its warehouse, open."""


class FileDamaged(UserError):
    """A file of a home is not what we wrote."""

    def __init__(self, path: object, why: object) -> None:
        super().__init__(
            f"{path} is damaged ({why}); restore the home from a copy, or move it away and run again: everything in it"
            " is then fetched, trained and predicted anew, and what a live source no longer offers is lost"
        )


class FileUnusable(UserError):
    """The disk is full or may not be written; the file may be whole."""

    def __init__(self, path: object, why: object) -> None:
        super().__init__(
            f"{path} cannot be used ({why}); nothing in it is lost: free the disk or its rights, run again"
        )
