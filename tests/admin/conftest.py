"""People who try the doors of the administration."""

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from confidentiality.models import Role
from tests.factories import GeographicEntityFactory, administrator, describer, holder, published_offer, territory

SENSITIVE_NAME = "Unité sensible fictive"


@pytest.fixture(autouse=True)
def _database(db) -> None:
    """Every test here reads the database."""


@pytest.fixture
def hospital():
    return GeographicEntityFactory(health=True)


@pytest.fixture
def offer(hospital):
    """An offer with contacts at the three levels."""
    return published_offer(hospital)


@pytest.fixture
def sensitive_offer(hospital):
    return published_offer(hospital, name=SENSITIVE_NAME, sensitive=True, sensitive_motive="motif fictif")


@pytest.fixture
def national() -> Client:
    """A national administrator: reads everything (P1)."""
    return signed_in(administrator())


@pytest.fixture
def plain() -> Client:
    """Someone who may enter the administration and reads no more than the public (P0)."""
    return signed_in(visitor("P0"))


@pytest.fixture
def stranger() -> Client:
    """The describer of another establishment, who may not enter the administration."""
    return signed_in(describer(GeographicEntityFactory()))


@pytest.fixture
def nobody() -> Client:
    """Someone who never signed in."""
    return Client()


def signed_in(user) -> Client:
    """A browser where `user` has signed in."""
    client = Client()
    client.force_login(user)
    return client


def visitor(profile: str, perimeter=None, *permissions: str):
    """An account that may enter the administration of `perimeter` (the nation), with one access profile."""
    return holder(role_with("enter_admin", *permissions, profile=profile), perimeter or territory("nation"))


def role_with(*permissions: str, profile: str = "P0", rank: int = 10) -> str:
    """The code of a new role, of any perimeter, that gives these permissions and this profile."""
    number = Role.objects.order_by("-number").first().number + 1
    role = Role.objects.create(
        code=f"test{number}",
        number=number,
        label=f"rôle d'essai {number}",
        profile=profile,
        perimeter_kinds=["nation", "region", "department", "legal_entity", "geographic_entity"],
        rank=rank,
    )
    role.permissions.set(Permission.objects.filter(codename__in=permissions))
    return role.code


def page(model, name: str, *arguments) -> str:
    """The address of one screen: `page(Offer, "change", offer.pk)`."""
    arguments = [quote(argument) for argument in arguments]
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=arguments)


def screen_of(model):
    return admin.site.get_model_admin(model)
