"""Invented accounts, and the assignments that give them their rights."""

import datetime
from typing import Any

import factory
from django.utils import timezone

from confidentiality.models import Assignment, Perimeter
from ror.accounts.models import User
from structures.models import GeographicEntity, LegalEntity
from tests.factories.structures import GeographicEntityFactory, WrittenFactory, territory

PASSWORD = "un mot de passe de test"


class UserFactory(factory.django.DjangoModelFactory):
    """An account without any right. Its password is `PASSWORD`.

    Usage: `UserFactory(email="camille@example.org")`.
    """

    class Meta:
        model = User

    email = factory.Sequence(lambda rank: f"personne{rank}@example.org")
    first_name = "Camille"
    last_name = factory.Sequence(lambda rank: f"Exemple {rank}")
    password = PASSWORD

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return model_class.objects.create_user(*args, **kwargs)


class AssignmentFactory(WrittenFactory):
    """A role, given by its code, in force since yesterday and without end.

    Usage: `AssignmentFactory(user=user, role="regulation", perimeter=territory("department", "35"))`.
    """

    class Meta:
        model = Assignment

    user = factory.SubFactory(UserFactory)
    role = "describer"
    perimeter = factory.LazyFunction(lambda: GeographicEntityFactory().perimeter)
    starts_at = factory.LazyFunction(lambda: timezone.now() - datetime.timedelta(days=1))
    reason = "pour les tests"

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return super()._create(model_class, *args, role_id=kwargs.pop("role"), **kwargs)


# Accounts with an assignment in force.


def holder(role: str, perimeter: Perimeter, **account: Any) -> User:
    """An account that holds one role: `holder("health_professional", territory("nation"))`."""
    user = UserFactory(**account)
    AssignmentFactory(user=user, role=role, perimeter=perimeter)
    return user


def describer(entity: GeographicEntity, **account: Any) -> User:
    """A describer of one establishment."""
    return holder("describer", entity.perimeter, **account)


def referent(entity: GeographicEntity | LegalEntity, **account: Any) -> User:
    """A référent of an establishment, or of a legal entity with all its establishments."""
    return holder("referent", entity.perimeter, **account)


def administrator(**account: Any) -> User:
    """A national administrator."""
    return holder("national_administrator", territory("nation"), **account)
