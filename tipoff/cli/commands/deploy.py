"""`tipoff deploy`: Plan, apply, check and roll back a release with Terraform."""

from pathlib import Path
from typing import Annotated

import typer

from shared.clock import SystemClock
from tipoff.cli import render
from tipoff.cli.options import AsJson, HelpfulGroup
from tipoff.deploy.checkout import Checkout
from tipoff.deploy.deployment import Deployment, Planned
from tipoff.deploy.releases import Deployed

DRIFT = 5
SHOWN = 60
Environment = Annotated[str, typer.Argument(metavar="ENV", help="dev or prod: a file of terraform/envs.")]
Bucket = Annotated[str, typer.Option("--state-bucket", envvar="STATE_BUCKET", help="Where Terraform's state is kept.")]
Root = Annotated[Path | None, typer.Option("--root", help="The checkout to deploy from.", show_default="this one")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
WithSmoke = Annotated[bool, typer.Option("--smoke/--no-smoke", help="Send a message through every function after it.")]


deploy = typer.Typer(
    cls=HelpfulGroup, help="Plan, apply, check and take back a release. Example: tipoff deploy status prod"
)


@deploy.command()
def plan(env: Environment, bucket: Bucket = "", root: Root = None) -> None:
    """Build the zips, and say what applying them would change.

    Example: tipoff deploy plan dev --state-bucket my-tipoff-state
    """
    _show(_deployment(env, bucket, root).plan(SystemClock().now()))


@deploy.command()
def apply(env: Environment, bucket: Bucket = "", root: Root = None, yes: Yes = False, smoke: WithSmoke = True) -> int:
    """Plan, apply and record the release. Then send a message through every function; exit 1 if one does not answer.

    Example: tipoff deploy apply dev --yes
    """
    deployment = _deployment(env, bucket, root)
    planned = deployment.plan(SystemClock().now())
    return _report(deployment.apply(planned), smoke) if _agreed(planned, yes=yes) else 0


@deploy.command()
def status(env: Environment, bucket: Bucket = "", root: Root = None, as_json: AsJson = False) -> int:
    """Compare what is deployed with what is committed. Exit 5 names every difference.

    Example: tipoff deploy status prod
    """
    state = _deployment(env, bucket, root).status()
    newest = state.deployed.releases[0] if state.deployed and state.deployed.releases else None
    if as_json:
        render.print_json({"commit": state.commit, "release": newest, "drift": state.drift})
    else:
        typer.echo(f"committed {state.commit[:12]}, deployed {newest.name if newest else 'no recorded release'}")
        for line in state.drift:
            typer.echo(f"  {line}")
        typer.echo("drift" if state.drift else "what stands is what is committed")
    return DRIFT if state.drift else 0


@deploy.command()
def rollback(
    env: Environment,
    bucket: Bucket = "",
    root: Root = None,
    to: Annotated[str | None, typer.Option("--to", help="A release or commit, in place of the one before.")] = None,
    yes: Yes = False,
    smoke: WithSmoke = True,
) -> int:
    """Apply the release before this one again. Its commit's tree, map and zips, equal to the byte.

    Example: tipoff deploy rollback prod
    """
    deployment = _deployment(env, bucket, root)
    deployed = deployment.rollback(to, SystemClock().now(), lambda planned: _agreed(planned, yes=yes))
    return _report(deployed, smoke) if deployed else 0


def _deployment(env: str, bucket: str, root: Path | None) -> Deployment:
    return Deployment(Checkout((root or Path(__file__).resolve().parents[3]).resolve()), env, bucket)


def _show(planned: Planned) -> None:
    typer.echo(f"release {planned.release.name}, map {planned.release.map_hash}")
    for change in planned.changes[:SHOWN]:
        typer.echo(f"  {change.does:8}{change.address}")
    if len(planned.changes) > SHOWN:
        typer.echo(f"  and {len(planned.changes) - SHOWN} more")
    typer.echo(f"{len(planned.changes)} changes")


def _agreed(planned: Planned, *, yes: bool) -> bool:
    _show(planned)
    return yes or typer.confirm("Apply?")


def _report(deployed: Deployed, smoke: bool) -> int:
    """Say what stands; with smoke, what the functions answer for themselves."""
    release = deployed.releases[0]
    typer.echo(f"applied {release.name}")
    if not smoke:
        return 0
    from google.cloud.pubsub_v1 import PublisherClient

    from shared.adapters.cloud.firestore import FirestoreState
    from shared.map.loader import pipeline_map
    from tipoff.deploy.smoke import PubSubSmoke, Smoke

    state = FirestoreState(deployed.project, deployed.database)
    wrong = Smoke(pipeline_map(), PubSubSmoke(deployed.project, PublisherClient()), state).run(release)
    for name, what in wrong.items():
        typer.echo(f"  {name}: {what}", err=True)
    typer.echo(f"{len(release.codes) - len(wrong)} of {len(release.codes)} functions answer for the release")
    return 1 if wrong else 0
