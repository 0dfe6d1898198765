"""A scored run for people and for machines: HTML, Markdown, CSV, JUnit and JSON."""

from evals.runs import Run

RENDERINGS = ("html", "md", "csv", "junit.xml", "json")


def render(kind: str, run: Run, baseline: Run | None = None, bench: Run | None = None) -> str:
    """Return one rendering, by its suffix.

    Raises:
        RunError: a run was not scored.
    """
    match kind:
        case "html":
            from evals.report.html import to_html

            return to_html(run, baseline, bench)
        case "md":
            from evals.report.tables import to_markdown

            return to_markdown(run, baseline)
        case "csv":
            from evals.report.tables import to_csv

            return to_csv(run)
        case "junit.xml":
            from evals.report.junit import to_junit

            return to_junit(run)
        case "json":
            run.scored()
            return (run.path / "scores.json").read_text("utf-8")
    raise ValueError(f"no rendering {kind!r}")


def write_all(run: Run, baseline: Run | None = None, bench: Run | None = None) -> None:
    """Write every rendering into the run's folder; the JSON is its `scores.json`."""
    for kind in RENDERINGS:
        if kind != "json":
            text = render(kind, run, baseline, bench)
            (run.path / f"report.{kind}").write_text(text, "utf-8")
