"""Deploys against a fake terraform: only commits are deployed, recorded, compared and rolled back byte for byte."""

import json
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.events import Message
from shared.errors import ContractError, StoreUnavailable, UserError
from shared.http.envelope import delivery
from shared.http.smoke import answer, answer_id, asked, smoke_message
from shared.map.loader import pipeline_map
from shared.provenance import shipped_hash
from tests.support.cloud.site import Site, make_site, path_with
from tests.support.scripted_engine import House
from tests.support.twins.memory import MemoryState
from tipoff.cli import main
from tipoff.deploy.deployment import Planned
from tipoff.deploy.releases import MAX_RELEASES, Release, deployed_of, recorded, rollback_target
from tipoff.deploy.smoke import PATIENCE_S, PubSubSmoke, Smoke
from tipoff.deploy.terraform import Change, TerraformFailed, changes_of

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A checkout, with the fake terraform on the PATH."""
    made = make_site(tmp_path)
    monkeypatch.setenv("PATH", path_with(tmp_path))
    monkeypatch.setenv("SITE", str(tmp_path))
    return made


def deploy(site: Site, now: datetime = NOW) -> Release:
    deployment = site.deployment()
    return deployment.apply(deployment.plan(now)).releases[0]


def agreed(_: Planned) -> bool:
    return True


# -- plan and apply -----------------------------------------------------------------------------------------------


def test_a_deploy_records_what_it_is(site: Site) -> None:
    """Commit, time, map and the hash of every zip, in Terraform's own state."""
    first = deploy(site)
    assert (first.commit, first.at) == (site.git("rev-parse", "HEAD"), NOW.isoformat())
    assert set(first.zips) == {"grade", "scrape"}
    assert first.codes["grade"] == shipped_hash("grade")
    deployed = site.deployment().deployed()
    assert deployed is not None
    assert (deployed.releases, deployed.zips, deployed.map_hash) == ((first,), first.zips, first.map_hash)


def test_a_plan_changes_nothing(site: Site) -> None:
    """A plan names what would change and applies nothing."""
    planned = site.deployment().plan(NOW)
    assert [(c.address, c.does) for c in planned.changes] == [
        ("function.grade", "update"),
        ("function.scrape", "update"),
    ]
    assert site.deployment().deployed() is None
    assert site.calls("apply") == []


@pytest.mark.parametrize("path", ["functions/grade/main.py", "shared/new.py", "terraform/x.tf", "requirements.lock"])
def test_what_is_not_committed_is_not_deployed(site: Site, path: str) -> None:
    """A deploy refuses uncommitted changes and names the file; terraform is not run."""
    site.write(path, "changed\n")
    with pytest.raises(UserError, match=path):
        site.deployment().plan(NOW)
    assert not (site.folder / "calls").exists()


def test_what_is_no_part_of_a_deploy_may_be_uncommitted(site: Site) -> None:
    """Neither a draft in docs nor files written by terraform itself stop a deploy."""
    site.write("docs/draft.md", "x")
    site.write("terraform/.terraform.lock.hcl", "x")
    site.write("terraform/.terraform/providers/x", "x")
    assert deploy(site)


def test_state_is_kept_where_it_is_told(site: Site) -> None:
    """Bucket and environment select the state; the environment's variables file is the first one given."""
    site.deployment("my-state").plan(NOW)
    (init,) = site.calls("init")
    assert {"-backend-config=bucket=my-state", "-backend-config=prefix=dev"} < set(init)
    (plan,) = site.calls("plan")
    assert next(a for a in plan if a.startswith("-var-file")) == "-var-file=envs/dev.tfvars"


def test_an_apply_that_did_not_take_is_said(site: Site) -> None:
    """What is deployed after an apply is read back and must be what was planned."""
    site.mark("lies")
    with pytest.raises(UserError, match="not what was planned"):
        deploy(site)


def test_terraforms_error_is_the_message(site: Site) -> None:
    """The end of Terraform's output is in the message."""
    site.mark("fail-plan", "quota exceeded")
    with pytest.raises(TerraformFailed, match="quota exceeded"):
        deploy(site)


def test_an_unknown_environment_is_a_persons_mistake(site: Site) -> None:
    """The error names the known environments."""
    with pytest.raises(UserError, match="terraform/envs has dev"):
        replace(site.deployment(), environment="production").plan(NOW)


# -- status -------------------------------------------------------------------------------------------------------


def test_after_a_deploy_nothing_differs(site: Site) -> None:
    """A status has no difference, and neither locks nor applies."""
    deploy(site)
    assert site.deployment().status().drift == []
    assert "-lock=false" in site.calls("plan")[-1]
    assert len(site.calls("apply")) == 1


def test_every_difference_is_named(site: Site) -> None:
    """Code, map, a resource changed by hand and an uncommitted file: one line each."""
    deploy(site)
    site.commit("functions/grade/main.py", "# mended\n")
    assert [line.split(":")[0] for line in site.deployment().status().drift] == ["code of grade", "update"]
    site.commit("shared/pipeline.yaml", "version: 2\n")
    site.mark("drift", ["google_pubsub_topic.this"])
    site.write("shared/draft.py", "")
    drift = site.deployment().status().drift
    assert [line.split(":")[0] for line in drift] == [
        "code of grade", "code of scrape", "map", "update", "update", "drift", "uncommitted",
    ]  # fmt: skip
    assert "drift: google_pubsub_topic.this" in drift


def test_a_commit_that_deploys_nothing_is_no_drift(site: Site) -> None:
    """Another commit with the same code, map and configuration makes no difference."""
    deploy(site)
    site.commit("docs/x.md", "words")
    assert site.deployment().status().drift == []


# -- rollback -----------------------------------------------------------------------------------------------------


def test_a_rollback_is_the_release_before_to_the_byte(site: Site) -> None:
    """The earlier zips and map are deployed again, recorded as a new release; the checkout is unchanged."""
    first = deploy(site)
    site.commit("shared/pipeline.yaml", "version: 2\n")
    second = deploy(site, LATER)
    rolled_back = site.deployment().rollback(None, LATER + timedelta(hours=1), agreed)
    assert rolled_back is not None
    assert (rolled_back.zips, rolled_back.map_hash) == (first.zips, first.map_hash)
    assert [r.commit for r in rolled_back.releases] == [first.commit, second.commit, first.commit]
    assert site.git("worktree", "list").count("\n") == 0
    assert site.git("status", "--porcelain") == ""
    assert [line.split(":")[0] for line in site.deployment().status().drift][:2] == ["code of grade", "code of scrape"]


def test_a_rollback_can_be_to_any_release(site: Site) -> None:
    """By its commit or its name; for one that is not recorded the error names those that are."""
    first = deploy(site)
    for text in ("# 2\n", "# 3\n"):
        site.commit("functions/grade/main.py", text)
        deploy(site, LATER)
    rolled_back = site.deployment().rollback(first.commit[:7], LATER, agreed)
    assert rolled_back is not None
    assert rolled_back.zips == first.zips
    with pytest.raises(UserError, match=first.name):
        site.deployment().rollback("0000000", LATER, agreed)


def test_what_is_not_agreed_to_is_not_done(site: Site) -> None:
    """A declined rollback changes nothing."""
    deploy(site)
    site.commit("functions/grade/main.py", "# 2\n")
    second = deploy(site, LATER)
    assert site.deployment().rollback(None, LATER, lambda _: False) is None
    deployed = site.deployment().deployed()
    assert deployed is not None
    assert deployed.releases[0] == second
    assert site.git("worktree", "list").count("\n") == 0


def test_other_bytes_are_not_rolled_back_to(site: Site) -> None:
    """If the old commit no longer builds the recorded zips, nothing is applied."""
    deploy(site)
    site.commit("functions/grade/main.py", "# 2\n")
    deploy(site, LATER)
    state = json.loads((site.folder / "state.json").read_text("utf-8"))
    state["releases"]["value"][1]["zips"]["grade"] = "0" * 64
    site.mark("state.json", state)
    with pytest.raises(UserError, match="not what was deployed then: grade"):
        site.deployment().rollback(None, LATER, agreed)
    assert len(site.calls("apply")) == 2


def test_without_an_earlier_release_there_is_no_way_back(site: Site) -> None:
    """With nothing deployed, or only one commit, a rollback is refused."""
    with pytest.raises(UserError, match="no release is recorded"):
        site.deployment().rollback(None, LATER, agreed)
    deploy(site)
    deploy(site, LATER)
    with pytest.raises(UserError, match="no earlier release"):
        site.deployment().rollback(None, LATER, agreed)


# -- pure rules ---------------------------------------------------------------------------------------------------


def release(n: int) -> Release:
    return Release(f"{n:040x}", NOW.isoformat(), "m", {}, {"grade": "c"})


def test_few_releases_are_kept() -> None:
    """The newest releases are kept, newest first."""
    kept = recorded(release(99), [release(n) for n in range(MAX_RELEASES + 5)])
    assert len(kept) == MAX_RELEASES
    assert kept[0]["commit"] == release(99).commit
    assert rollback_target([Release(**k) for k in kept], None).commit == release(0).commit


def test_outputs_of_something_else_are_refused() -> None:
    """The state of another configuration is a ContractError."""
    assert deployed_of({}) is None
    with pytest.raises(ContractError):
        deployed_of({"functions": {"value": {}}})


def test_a_replacement_is_one_change() -> None:
    """Delete and create is a replace; reads and no-ops are left out; drift is named as such."""
    actions = {"a": ["delete", "create"], "b": ["no-op"], "c": ["read"], "d": ["delete"]}
    plan = {
        "resource_changes": [{"address": n, "change": {"actions": a}} for n, a in actions.items()],
        "resource_drift": [{"address": "d"}],
    }
    assert changes_of(plan) == [Change("a", "replace"), Change("d", "delete"), Change("d", "drift")]


# -- smoke --------------------------------------------------------------------------------------------------------


class Line:
    """Events whose functions answer, except the dead ones; its clock advances by waiting."""

    def __init__(self, *dead: str) -> None:
        self.house = House()
        self.dead = dead
        self.waited = 0.0

    def publish(self, messages: list[Message]) -> None:
        for message in messages:
            request = asked(message)
            assert request is not None
            assert message.topic in self.house.map.functions[message.to].subscribes
            if message.to not in self.dead:
                answer(request, message.to, self.house.app)

    def wait(self, seconds: float) -> None:
        self.waited += seconds


def smoke_of(line: Line) -> Smoke:
    return Smoke(pipeline_map(), line, line.house.state, lambda: line.waited, line.wait)


def whole() -> Release:
    codes = {name: shipped_hash(name) for name in pipeline_map().functions}
    return Release("a" * 40, NOW.isoformat(), pipeline_map().hash, {}, codes)


def test_every_function_answers_for_the_release() -> None:
    """All answer with their code and the map: no problem, and no wait."""
    line = Line()
    assert smoke_of(line).run(whole()) == {}
    assert line.waited == 0


def test_a_silent_function_is_named_in_the_end() -> None:
    """The dead function is named after the time limit; the others have no problem."""
    line = Line("grade")
    assert smoke_of(line).run(whole()) == {"grade": "no answer in 180 s"}
    assert line.waited >= PATIENCE_S


def test_a_store_that_is_slow_to_answer_is_asked_again() -> None:
    """A store that is unavailable right after a deploy is read again."""
    line = Line()

    class Slow:
        asked = 0

        def get_many(self, collection: str, ids: list[str]) -> Any:
            self.asked += 1
            if self.asked < 3:
                raise StoreUnavailable("Firestore: 504")
            return line.house.state.get_many(collection, ids)

    slow: Any = Slow()
    assert Smoke(pipeline_map(), line, slow, lambda: line.waited, line.wait).run(whole()) == {}
    assert slow.asked == 3


def test_a_function_that_runs_other_code_is_named() -> None:
    """An answer must come from the code and the map of the release."""
    release = whole()
    line = Line()
    assert "runs code" in smoke_of(line).run(replace(release, codes={**release.codes, "predict": "0" * 16}))["predict"]
    assert "reads map" in smoke_of(Line()).run(replace(release, map_hash="0" * 16))["scrape"]


def test_a_second_release_asks_anew() -> None:
    """Answers of an earlier deploy of the same commit do not count."""
    line = Line()
    smoke_of(line).run(whole())
    again = replace(whole(), at=LATER.isoformat())
    line.dead = ("grade",)
    assert list(smoke_of(line).run(again)) == ["grade"]
    assert isinstance(line.house.state, MemoryState)
    assert answer_id(again.name, "grade") != answer_id(whole().name, "grade")


class Client:
    """Pub/Sub's publisher, recording what it sends; `result` raises its error, if any."""

    def __init__(self, error: Exception | None = None) -> None:
        self.sent: list[tuple[str, bytes, dict[str, Any]]] = []
        self.error = error

    def publish(self, topic: str, data: bytes, **more: Any) -> "Client":
        self.sent.append((topic, data, more))
        return self

    def result(self, timeout: float) -> str:
        if self.error:
            raise self.error
        return "id"


def test_smoke_messages_reach_the_function_that_they_name() -> None:
    """A published message arrives in a push as the same message; subscriptions filter by the attribute `to`."""
    client = Client()
    message = smoke_message("r", "grade", "nba-grading-trigger")
    PubSubSmoke("p", client).publish([message])
    ((topic, data, more),) = client.sent
    assert topic == "projects/p/topics/nba-grading-trigger"
    attributes = {k: v for k, v in more.items() if k != "timeout"}
    pushed = {
        "data": b64encode(data).decode(),
        "attributes": attributes,
        "messageId": "7",
        "publishTime": NOW.isoformat(),
    }
    assert delivery({}, json.dumps({"message": pushed}).encode()).message == message
    with pytest.raises(StoreUnavailable):
        PubSubSmoke("p", Client(TimeoutError())).publish([message])


# -- the command line ---------------------------------------------------------------------------------------------


def tipoff(site: Site, *arguments: str) -> int:
    return main.run(["deploy", *arguments, "--root", str(site.root)])


def test_the_command_line(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """Apply, exit 0; drift, exit 5 and named; rollback, exit 0; mistakes are one line and exit 2."""
    assert tipoff(site, "status", "dev") == 5
    assert tipoff(site, "apply", "dev", "--yes", "--no-smoke") == 0
    assert tipoff(site, "status", "dev") == 0
    site.commit("functions/grade/main.py", "# 2\n")
    assert tipoff(site, "plan", "dev") == 0
    capsys.readouterr()
    assert tipoff(site, "status", "dev", "--json") == 5
    assert json.loads(capsys.readouterr().out)["drift"][0].startswith("code of grade: deployed ")
    assert tipoff(site, "apply", "dev", "-y", "--no-smoke") == 0
    assert tipoff(site, "rollback", "dev", "-y", "--no-smoke") == 0
    assert tipoff(site, "plan", "moon") == 2
    assert tipoff(replace(site, folder=site.folder / "bin"), "plan", "dev") == 2
    assert "is no checkout of Tipoff" in capsys.readouterr().err


def test_unreachable_stores_are_told_in_one_line() -> None:
    """A smoke run without Pub/Sub raises StoreUnavailable."""

    class Nowhere(Line):
        def publish(self, messages: list[Message]) -> None:
            raise StoreUnavailable("Pub/Sub did not take it")

    with pytest.raises(StoreUnavailable):
        smoke_of(Nowhere()).run(whole())
