"""`citeproof eval run` and `score`: from questions to scores."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.output import STDOUT, write
from rag.cli.progress import progress_bar
from rag.cli.session import Session

if TYPE_CHECKING:
    from evals.datasets.choice import Chosen
    from evals.items import Dataset
    from evals.judges.judge import Judge
    from evals.runs import Run
    from evals.systems.system import System


CLAIMS = "claims"
# Seconds: a model on a busy CPU takes minutes to read five passages.
_PATIENCE = 900.0


class Judging(StrEnum):
    """Who judges support."""

    BOTH = "both"
    INDEPENDENT = "independent"
    SELF = "self"


@dataclass(frozen=True, slots=True)
class _Naive:
    """What the naive system is to be."""

    url: str | None
    model: str
    temperature: float
    draw: int


def run(
    session: Session,
    name: Annotated[str, typer.Argument(help="Name of a data set's form; see the documentation.")],
    out: Annotated[Path, typer.Option(metavar="RUN", help="Folder of the run.")],
    data: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Where the data set is.")
    ] = None,
    documents: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Documents to ask, where the set brings none."),
    ] = None,
    system: Annotated[
        str,
        typer.Option(
            help="citeproof, naive, the name of answers that came with the set, or claims: then "
            "the set's judged claims measure the judges themselves."
        ),
    ] = "citeproof",
    answers: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Score answers made elsewhere instead.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="Server of the model, for the naive system.")
    ] = None,
    model: Annotated[str, typer.Option(help="Model, for the naive system.")] = "default",
    temperature: Annotated[
        float, typer.Option(min=0, max=2, help="How freely the naive system's model draws words.")
    ] = 0.0,
    draw: Annotated[
        int, typer.Option(min=0, help="Seed of that drawing: another for each repeated run.")
    ] = 0,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Ask a random sample of so many.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the sample and the intervals.")] = 0,
    topic: Annotated[str | None, typer.Option(help="Ask only the items of a topic.")] = None,
    judge: Annotated[
        Judging, typer.Option(help="Who judges support: the independent judge, our verifier.")
    ] = Judging.BOTH,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the scores as JSON to stdout.")
    ] = False,
) -> None:
    """Ask every question of a data set, or take answers made elsewhere, and score the answers.

    A run that was interrupted goes on with the same command: what was answered is kept.
    """
    from dataclasses import replace

    from evals.datasets import choice
    from evals.running import answer_all, select

    chosen = choice.load(name, data, documents)
    asked_of = chosen.dataset if answers is not None else chosen.dataset.asked_of(system)
    wanted = select(asked_of, limit=limit, seed=seed, topic=topic)
    if not wanted.items and not wanted.claims:
        raise typer.BadParameter(f"no item of {name} has the topic {topic!r}")
    if system == CLAIMS or not wanted.items:
        only = replace(wanted, items=())
        begun = _begin(out, only, {"name": CLAIMS}, limit=limit, seed=seed, topic=topic)
    else:
        naive = _Naive(url, model, temperature, draw)
        with _system(session, chosen, system, answers, naive) as answering:
            identity = dict(answering.identity)
            asked = replace(wanted, claims=())
            begun = _begin(out, asked, identity, limit=limit, seed=seed, topic=topic)
            with _progress(session) as told:
                answer_all(begun, answering, told=told)
    begun.seal(_now())
    _score(session, begun, judge, as_json=as_json)


def score(
    session: Session,
    path: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")],
    judge: Annotated[
        Judging, typer.Option(help="Who judges support: the independent judge, our verifier.")
    ] = Judging.BOTH,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the scores as JSON to stdout.")
    ] = False,
) -> None:
    """Score the answers of a run again, without asking anything again."""
    from evals.runs import Run

    _score(session, Run.open(path), judge, as_json=as_json)


def judges(session: Session, judging: Judging = Judging.BOTH) -> "list[Judge]":
    """Return the independent judge, then our own verifier, or the one that is wanted."""
    from evals.judges.aligned import AlignedJudge, Weights
    from evals.judges.own import OwnJudge

    found: list[Judge] = []
    if judging is not Judging.SELF:
        found.append(AlignedJudge(Weights.load()))
    if judging is not Judging.INDEPENDENT:
        found.append(OwnJudge(session.models.verifier(session.settings)))
    return found


def _score(session: Session, begun: "Run", judge: Judging, *, as_json: bool) -> None:
    from evals.evaluate import evaluate
    from evals.report import write_all

    session.tell("Scoring.")
    evaluate(begun, judges(session, judge))
    write_all(begun)
    if as_json:
        write(STDOUT, (begun.path / "scores.json").read_text("utf-8"))
    else:
        write(STDOUT, (begun.path / "report.md").read_text("utf-8"))
    session.tell(f"Written: {begun.path / 'report.html'}")


def _begin(
    out: Path,
    wanted: "Dataset",
    identity: dict[str, str],
    *,
    limit: int | None,
    seed: int,
    topic: str | None,
) -> "Run":
    from evals.runs import Manifest, Run, ids_digest

    ids = [i.id for i in wanted.items] or [c.id for c in wanted.claims]
    manifest = Manifest(
        dataset=wanted.name,
        digest=wanted.digest,
        items=ids_digest(ids),
        count=len(ids),
        seed=seed,
        limit=limit,
        topic=topic,
        system=identity,
        started=_now(),
    )
    return Run.begin(out, wanted, manifest)


@contextmanager
def _system(
    session: Session,
    chosen: "Chosen",
    name: str,
    answers: Path | None,
    naive: _Naive,
) -> "Iterator[System]":
    import hashlib

    from evals.systems.recorded import RecordedSystem

    if answers is not None:
        from evals.answers import read

        found, faults = read(answers)
        for fault in faults:
            session.tell(f"{fault.place}: {fault.reason}")
        if unknown := sorted({a.item for a in found} - {i.id for i in chosen.dataset.items}):
            named = ", ".join(unknown[:5])
            session.tell(f"{len(unknown)} answers are to no item of {chosen.dataset.name}: {named}")
        digest = hashlib.sha256(answers.read_bytes()).hexdigest()
        yield RecordedSystem.of(answers.stem, found, digest)
        return
    if name in chosen.dataset.recorded:
        yield RecordedSystem.of(name, chosen.dataset.recorded[name])
        return
    if name not in ("citeproof", "naive"):
        known = ", ".join(("citeproof", "naive", *chosen.dataset.recorded))
        raise typer.BadParameter(f"there is no system {name!r}: known are {known}")
    if name == "naive" and naive.url is None:
        raise typer.BadParameter("the naive system needs the --url of a server")
    from evals.systems.corpus import indexed

    settings = session.settings
    if session.index is None:
        folder = Path(".citeproof-evals") / f"{chosen.dataset.name}-{chosen.dataset.digest[:12]}"
        settings = settings.model_copy(update={"index": folder})
    session.tell(f"Indexing the corpus in {settings.index}.")
    titles = {passage.id: passage.title for passage in chosen.dataset.passages}
    with indexed(chosen.dataset, chosen.documents, settings, session.models) as index:
        if name == "naive":
            from evals.systems.naive import NaiveSystem
            from rag.chat import ChatClient

            assert naive.url is not None, "checked above"
            client = ChatClient(naive.url, naive.model, timeout=_PATIENCE)
            yield NaiveSystem(index, client, titles, naive.temperature, naive.draw)
            return
        from importlib.metadata import version

        from evals.systems.citeproof import CiteproofSystem
        from rag.assistant import Assistant

        models = session.models
        assistant = Assistant(index, models.writer(settings), models.verifier(settings))
        yield CiteproofSystem(assistant, titles, session.today, version("citeproof"))


@contextmanager
def _progress(session: Session) -> Iterator[Callable[[int, int], None]]:
    with progress_bar(session) as progress:
        task = progress.add_task("Asking", total=None)

        def told(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        yield told


def _now() -> str:
    from datetime import UTC, datetime

    return datetime.now(UTC).isoformat(timespec="seconds")
