"""One thing changed, only its own resources change: what a deploy touches follows from what a commit touched."""

import re
from collections.abc import Callable

import yaml

from shared.map.loader import pipeline_map
from tests.support.cloud.workspace import Workspace


def changed(root: Workspace, name: str, edit: Callable[[Workspace], object]) -> dict[str, str]:
    """The planned changes after an edit of a copy."""
    found = root.copy(f"meta-{name}")
    edit(found)
    return found.changes()


def edit_map(change: Callable[[dict], object]) -> Callable[[Workspace], None]:
    """An edit of the map."""

    def edit(found: Workspace) -> None:
        text = yaml.safe_load(found.map_file.read_text("utf-8"))
        change(text)
        found.map_file.write_text(yaml.safe_dump(text, sort_keys=False), "utf-8")

    return edit


def test_one_source_changed_updates_one_function(main_root: Workspace) -> None:
    """Another zip is another object and an update of its function; nothing else moves."""

    def edit(found: Workspace) -> None:
        (found.folder / "dist" / "grade.zip").write_text("the code of grade, mended", "utf-8")

    assert changed(main_root, "zip", edit) == {
        'module.function["grade"].google_storage_bucket_object.source': "replace",
        'module.function["grade"].google_cloudfunctions2_function.this': "update",
    }


def test_same_bytes_change_nothing(main_root: Workspace) -> None:
    """A zip written anew with the same bytes deploys nothing."""

    def edit(found: Workspace) -> None:
        for zip_file in (found.folder / "dist").glob("*.zip"):
            zip_file.write_bytes(zip_file.read_bytes())

    assert changed(main_root, "same", edit) == {}


def test_one_unit_added_adds_its_grants(main_root: Workspace) -> None:
    """A unit of an existing function brings its fence and the rights on what it reads and writes, and nothing more."""
    unit = {
        "query": "x.sql",
        "reads": {"nba_raw.nbac_player_list": 0},
        "writes": "nba_analytics.upcoming_team_game_context",
    }

    def add(text: dict) -> None:
        text["functions"]["precompute"]["units"]["another"] = unit

    grants = 'module.function["precompute"].google_bigquery_table_iam_member'
    was_read = f'{grants}.read["nba_analytics.upcoming_team_game_context"]'
    assert changed(main_root, "unit", edit_map(add)) == {
        f'{grants}.read["nba_raw.nbac_player_list"]': "create",
        f'{grants}.write["nba_analytics.upcoming_team_game_context"]': "create",
        was_read: "delete",  # a writer reads what it writes
        'google_bigquery_table.fences["another"]': "create",
        f'{grants}.write["nba_orchestration.fence_another"]': "create",
        'module.function["precompute"].time_sleep.grants': "replace",  # until the new ones have spread
    }


def test_one_function_removed_removes_only_its_own(main_root: Workspace) -> None:
    """Without a function its module goes; what is shared stays, but for what counts the functions."""

    def remove(text: dict) -> None:
        del text["functions"]["phase3_to_grading"]
        for run in text["runs"].values():
            run["phases"].pop("grading_gate", None)
        text["runs"]["postgame"]["phases"]["grade"]["after"] = "player"

    found = changed(main_root, "removed", edit_map(remove))
    module = 'module.function["phase3_to_grading"].'
    own = {a: did for a, did in found.items() if a.startswith(module)}
    assert set(own.values()) == {"delete"}
    assert len(own) >= 10
    others = {re.sub(r"(metric|policy)\.this.*", r"\1", a): did for a, did in found.items() if a not in own}
    assert others == {
        "google_logging_metric": "update",  # their filters name the services
        "google_monitoring_alert_policy": "update",
        'module.function["coverage_monitor"].google_pubsub_topic_iam_member.publish["nba-grading-trigger"]': "delete",
        'module.function["coverage_monitor"].time_sleep.grants': "replace",
    }


def test_one_schedule_moved_updates_one_job(main_root: Workspace) -> None:
    """Another cron line is an update of its job."""

    def move(text: dict) -> None:
        text["schedules"]["postgame"]["cron"] = "15 6 * * *"

    assert changed(main_root, "cron", edit_map(move)) == {'google_cloud_scheduler_job.this["postgame"]': "update"}


def test_more_attempts_update_every_subscription(main_root: Workspace) -> None:
    """The engine's limits reach each subscription, and the alert that quotes them."""

    def raise_it(text: dict) -> None:
        text["engine"]["max_attempts"] = 9

    found = changed(main_root, "attempts", edit_map(raise_it))
    subscriptions = {a for a in found if ".google_pubsub_subscription.this" in a}
    assert len(subscriptions) == sum(len(f.subscribes) for f in pipeline_map().functions.values())
    assert set(found) - subscriptions == {'google_monitoring_alert_policy.this["dead_letters"]'}
    assert set(found.values()) == {"update"}


def test_one_column_added_updates_one_table(main_root: Workspace) -> None:
    """A new column is an update of its table, never a replacement."""

    def edit(found: Workspace) -> None:
        path = found.folder / "shared" / "contracts" / "tables" / "nba_raw.yaml"
        text = yaml.safe_load(path.read_text("utf-8"))
        text["nbac_schedule"]["columns"]["arena"] = "STRING"
        path.write_text(yaml.safe_dump(text, sort_keys=False), "utf-8")

    assert changed(main_root, "column", edit) == {'google_bigquery_table.this["nba_raw.nbac_schedule"]': "update"}


def test_another_topic_reaches_grants_and_alerts(main_root: Workspace) -> None:
    """A renamed topic moves its subscriptions and grants with it; no function is touched."""

    def rename(found: Workspace) -> None:
        text = found.map_file.read_text("utf-8")
        found.map_file.write_text(text.replace("nba-grading-trigger", "nba-grading-wanted"), "utf-8")

    found = changed(main_root, "topic", rename)
    assert found.pop('google_pubsub_topic.this["nba-grading-trigger"]') == "delete"
    assert found.pop('google_pubsub_topic.this["nba-grading-wanted"]') == "create"
    kinds = {re.search(r"(google_\w+|time_sleep)\.", a).group(1) for a in found}
    assert kinds == {
        "google_pubsub_subscription",
        "google_pubsub_subscription_iam_member",
        "google_pubsub_topic_iam_member",
        "time_sleep",
    }
