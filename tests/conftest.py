"""What every test stands on: real PostgreSQL and Redis, the owner's log-in, and roles to step into."""

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.db.backends.signals import connection_created
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped] # it ships no types

from patients.context import acting_as, working_on
from patients.models import User

KILLS = "test_kills.py"
"""Has a demo of its own."""


def _see_everything(connection: Any, **_: object) -> None:
    """Let the owner, as whom tests run, see every row; a role stepped into sees what its policies allow."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.maintaining', 'on', false) WHERE current_user = 'iph_owner'")


connection_created.connect(_see_everything)


def pytest_configure() -> None:
    """Leave out what costs time and is not asked about: slow hashes of passwords, a look at every static file for each client, the
    search for garbage among tests that are only being collected.

    The demo, and whoever asks about hashing, has the real ones.
    """
    gc.disable()
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    django_settings.WHITENOISE_AUTOREFRESH = True


def pytest_collection_finish() -> None:
    """Look for garbage from now on, and never again among the tests themselves: twenty thousand live as long as the run."""
    gc.collect()
    gc.freeze()
    gc.enable()


class Together(LoadScopeScheduling):  # type: ignore[misc] # the same
    """Hands tests out to several processes in whole units, so that what tests share is made once and they do not meet each other.

    The house's own, by path: xdist's `loadgroup` writes its groups into an attribute that pytest 9.2 no longer reads.
    """

    def _split_scope(self, nodeid: str) -> str:
        """Return the unit of a test: its module, or all that looks at the one demo."""
        return unit(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Hand out by our units, however xdist was asked to."""
    config.option.loadscopereorder = False
    return Together(config, log)


def unit(nodeid: str) -> str:
    """Return with which other tests one stays together: those of one demo, those of one stage of faults, those of a module."""
    module = nodeid.partition("::")[0]
    shares_the_demo = module.startswith(("tests/browser/", "tests/journeys/")) and not module.endswith(KILLS)
    if module.startswith("tests/faults/"):
        return "faults"
    return "demo" if shares_the_demo else module


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no process waits for it at the end."""
    items.sort(key=lambda item: (unit(item.nodeid) not in ("demo", "faults"), not unit(item.nodeid).endswith(KILLS)))


# The first example reads the catalogue's tables, and the machine may be busy: no deadline. The same examples at each run.
settings.register_profile("house", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("house")


@contextmanager
def _role(name: str) -> Iterator[None]:
    """Step into a role within a transaction; a failing body rolls back to before it."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL ROLE {connection.ops.quote_name(name)}")
        yield
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


@pytest.fixture
def as_web(db: None) -> Callable[[User], AbstractContextManager[None]]:
    """Run a block with the web's log-in, acting as a person."""

    @contextmanager
    def step(user: User) -> Iterator[None]:
        with _role("iph_web"), acting_as(user.pk):
            yield

    return step


@pytest.fixture
def as_worker(db: None) -> Callable[[Iterable[UUID] | str], AbstractContextManager[None]]:
    """Run a block with the worker's log-in, on these patients or `ALL`."""

    @contextmanager
    def step(patients: Iterable[UUID] | str) -> Iterator[None]:
        with _role("iph_worker"), working_on(patients):
            yield

    return step


@pytest.fixture
def as_role(db: None) -> Callable[[str], AbstractContextManager[None]]:
    """Run a block with a role's log-in and no context at all."""
    return _role
