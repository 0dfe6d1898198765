"""The independent judge, on the model that comes with the installation."""

import json
from pathlib import Path

import numpy as np
import pytest

from evals.judges.aligned import AlignedJudge, Weights, features
from evals.judges.fit import fit
from evals.judges.judge import JudgeFailed
from evals.judges.own import OwnJudge
from evals.judges.tokens import TokenStates
from rag.report import SupportVerdict
from rag.verify.support import Premise, Support

TEXT = "The harbour of Velmar opened in 1911. It has three docks. Its cranes came from Leiden."


@pytest.fixture(scope="module")
def judge() -> AlignedJudge:
    return AlignedJudge(Weights.load())


@pytest.mark.parametrize(
    ("sentence", "supports"),
    [
        ("The harbour of Velmar opened in 1911.", True),
        ("Velmar's harbour has three docks.", True),
        ("The harbour of Velmar opened in 1987.", False),
        ("Zebras graze in the savannah of Kenya.", False),
    ],
)
def test_what_is_said_is_supported_and_the_rest_is_not(
    judge: AlignedJudge, sentence: str, supports: bool
) -> None:
    assert judge.judge(sentence, [Premise(TEXT)]).supports is supports


def test_the_judge_names_the_sets_that_it_was_fitted_on(judge: AlignedJudge) -> None:
    assert judge.fitted_on == {"attributionbench", "expertqa", "wice"}


def test_verdicts_do_not_depend_on_what_was_judged_before(judge: AlignedJudge) -> None:
    first = judge.judge("It has three docks.", [Premise(TEXT)])
    judge.judge("Something else.", [Premise("Anything.")])
    assert judge.judge("It has three docks.", [Premise(TEXT)]) == first


def test_long_texts_are_read_in_windows_and_words_keep_their_place() -> None:
    states = TokenStates().read(" ".join(f"word{n}" for n in range(400)))
    assert len(states.words) == len(states.vectors) == 400
    assert np.linalg.norm(states.vectors, axis=1) == pytest.approx(np.ones(400), abs=1e-3)


@pytest.mark.parametrize(("sentence", "text"), [("", TEXT), ("...", TEXT), ("Gold.", "—")])
def test_nothing_to_compare_is_a_failure(judge: AlignedJudge, sentence: str, text: str) -> None:
    with pytest.raises(JudgeFailed, match="no word"):
        judge.judge(sentence, [Premise(text)])


def test_the_weights_fit_the_features_and_tell_what_they_are_worth(judge: AlignedJudge) -> None:
    found = features("It has three docks.", [TEXT], judge._states)
    assert found.shape == (len(judge.weights.coefficients),)
    assert np.isfinite(found).all()
    assert {a.data for a in judge.agreement} >= {"hagrid", "wice_dev"}
    assert all(0 <= a.balanced_accuracy <= 1 and a.n for a in judge.agreement)


class OneVerdict:
    """A verifier of one opinion."""

    name = "one@1"

    def __init__(self, verdict: SupportVerdict, *findings: str) -> None:
        self.support = Support(verdict, 0.8, findings)

    def verify(self, sentence: str, premises: object) -> Support:
        return self.support


@pytest.mark.parametrize(
    ("verifier", "supports"),
    [
        (OneVerdict(SupportVerdict.SUPPORTS), True),
        (OneVerdict(SupportVerdict.SUPPORTS, "number: 3"), False),
        (OneVerdict(SupportVerdict.PARTLY), False),
        (OneVerdict(SupportVerdict.REFUTES), False),
    ],
)
def test_our_own_verifier_is_named_as_such_and_accepts_what_it_would_show(
    verifier: OneVerdict, supports: bool
) -> None:
    own = OwnJudge(verifier)
    assert own.name == "self:one@1"
    assert own.judge("x", [Premise("x")]).supports is supports


def test_what_our_verifier_could_not_judge_is_a_failure() -> None:
    with pytest.raises(JudgeFailed):
        OwnJudge(OneVerdict(SupportVerdict.COULD_NOT_JUDGE)).judge("x", [Premise("x")])


def test_a_fit_records_how_it_does_on_each_source_left_out(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    things = ["harbour", "bridge", "tunnel", "market", "school", "garden"]
    rows = []
    for source in ("wice_dev", "attrbench_dev_LFQA", "hagrid_public"):
        for _ in range(12):
            thing, other = rng.permutation(things)[:2]
            year = int(rng.integers(1900, 1999))
            premise = f"The {thing} of Velmar opened in {year}."
            rows += [
                {"src": source, "premise": premise, "hypothesis": premise, "label": 1},
                {
                    "src": source,
                    "premise": premise,
                    "hypothesis": f"The {other} burned down in {year + 1}.",
                    "label": 0,
                },
            ]
    pairs = tmp_path / "pairs.jsonl"
    pairs.write_text("".join(json.dumps(row) + "\n" for row in rows))
    records = fit(pairs, tmp_path / "weights.json")
    assert [r["data"] for r in records] == ["hagrid", "attrbench_dev_LFQA", "wice_dev"]
    assert all(r["auroc"] > 0.95 for r in records)
    weights = Weights.load(tmp_path / "weights.json")
    assert AlignedJudge(weights).judge("The harbour opened.", [Premise(TEXT)]).score > 0.5
