"""The whole schema, asked by machine: nothing outside it comes back, and nothing breaks."""

import os
from collections.abc import Iterator
from copy import deepcopy
from itertools import count
from typing import Any

import pytest
import schemathesis
from fakes import WordHashEmbedder
from hypothesis import HealthCheck
from hypothesis import settings as bounded
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance
from serving import NOW, QuotingAssistant, ingest, live, make_index, settings

from api.app import api_document, create_app
from api.caller import Permission
from api.keys import Keys, Terms
from index.index import Index

# Enough to notice what breaks; `make test-slow` asks far more.
EXAMPLES = int(os.environ.get("SCHEMA_EXAMPLES", "10"))
QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture]

# No schema can say that a question needs words, or that a cursor is one of ours.
BEYOND = [positive_data_acceptance, negative_data_rejection, not_a_server_error]


def wrong_requests_are_refused(context: Any, response: Any, case: Case) -> bool | None:
    """The same check, but for headers, as everybody on the way may add some, and for refusals of
    what is too long to be read at all."""
    if response.status_code == 413:
        return None
    components = case.meta.components if case.meta else {}
    header = components.get(ParameterLocation.HEADER)
    if header is not None and header.mode.is_negative:
        return None
    return negative_data_rejection(context, response, case)


def nothing_breaks(context: Any, response: Any, case: Case) -> bool | None:
    """The same check, but for what a server says while a job writes the index."""
    if response.status_code == 503 and response.json().get("code") == "index_busy":
        return None
    return not_a_server_error(context, response, case)


MORE = [wrong_requests_are_refused, nothing_breaks]

schema = schemathesis.openapi.from_dict(deepcopy(api_document()))


class Server:
    """A server, and what opens everything of a site of its own."""

    def __init__(self, url: str, keys: Keys) -> None:
        self._url = url
        self._keys = keys
        self._sites = count()

    def site(self) -> dict[str, Any]:
        terms = Terms(
            "sk", f"site{next(self._sites)}", scopes=frozenset(Permission), per_minute=10**9
        )
        token = self._keys.create(terms, NOW).token
        return {"base_url": self._url, "headers": {"Authorization": f"Bearer {token}"}}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("schema")
    make_index(folder).close()
    with Index.open(folder / "index", WordHashEmbedder()) as index:
        app = create_app(
            QuotingAssistant(index),
            settings(folder, site_per_minute=10**9),
            ingest=ingest(folder / "index"),
        )
        with live(app) as url:
            yield Server(url, app.state.services.admission.keys)


@pytest.fixture(scope="module")
def asked(server: Server) -> dict[str, Any]:
    return server.site()


@schema.parametrize()
@bounded(max_examples=EXAMPLES, deadline=None, suppress_health_check=QUIET)
def test_every_operation_keeps_to_the_schema(case: Case, asked: dict[str, Any]) -> None:
    case.call_and_validate(**asked, excluded_checks=BEYOND, additional_checks=MORE)


def test_operations_in_sequence_keep_to_the_schema(server: Server) -> None:
    # Documents appear when their jobs are done; a sequence must be the same when it is repeated.
    at_once = schema.exclude(path_regex="^/v1/(documents|jobs)")

    class Sequences(at_once.as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            self.asked = server.site()

        def validate_response(self, response: Any, case: Case, **more: Any) -> None:
            case.validate_response(response, excluded_checks=BEYOND, additional_checks=MORE)

        def get_call_kwargs(self, case: Case) -> dict[str, Any]:
            return self.asked

    Sequences.run(
        settings=bounded(
            max_examples=EXAMPLES, stateful_step_count=6, deadline=None, suppress_health_check=QUIET
        )
    )
