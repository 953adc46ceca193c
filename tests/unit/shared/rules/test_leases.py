"""Claims: one owner at a time, tokens that only rise."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.rules.leases import Claim, first_claim, next_claim, released

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - zone below
LEASES = st.integers(1, 3600)


@given(now=MOMENTS, lease_s=LEASES)
def test_the_first_claim_has_the_lowest_token(now: datetime, lease_s: int) -> None:
    """Without a claim before it: token 1, valid for the lease."""
    assert first_claim("a", now, lease_s) == Claim("a", 1, now + timedelta(seconds=lease_s))


@given(now=MOMENTS, lease_s=LEASES, waited_s=st.integers(0, 7200), token=st.integers(1, 1000))
def test_a_claim_is_granted_again_exactly_when_the_lease_is_over(
    now: datetime, lease_s: int, waited_s: int, token: int
) -> None:
    """Before its end no other owner gets it; from its end on the next owner does, with the next token and a whole lease."""
    held = Claim("a", token, now + timedelta(seconds=lease_s))
    later = now + timedelta(seconds=waited_s)
    following = next_claim(held, "b", later, lease_s)
    if waited_s < lease_s:
        assert following is None
    else:
        assert following == Claim("b", token + 1, later + timedelta(seconds=lease_s))


@given(now=MOMENTS, lease_s=LEASES, token=st.integers(1, 1000))
def test_a_claim_given_back_is_free_at_once(now: datetime, lease_s: int, token: int) -> None:
    """After giving back, the next claim is granted in the same instant, and its token is still higher."""
    back = released(Claim("a", token, now + timedelta(seconds=lease_s)), now)
    following = next_claim(back, "b", now, lease_s)
    assert following is not None
    assert following.token == token + 1


@given(now=MOMENTS, steps=st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 90), st.booleans()), max_size=30))
def test_tokens_rise_and_two_claims_never_overlap(now: datetime, steps: list[tuple[str, int, bool]]) -> None:
    """Over any history of asking, waiting and giving back: another owner's grant begins when its predecessor has ended."""
    held, granted_at = first_claim("a", now, 60), now
    for owner, wait_s, gives_back in steps:
        now += timedelta(seconds=wait_s)
        if gives_back and now < held.expires_at:
            held = released(held, now)
        following = next_claim(held, owner, now, 60)
        if following is not None:
            assert following.token == held.token + 1
            assert granted_at <= held.expires_at
            assert held.expires_at <= now or owner == held.owner
            held, granted_at = following, now
