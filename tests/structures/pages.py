"""Addresses of the pages of a draft, and what a page started from."""

import re

from django.urls import reverse


def step_url(draft, slug="informations"):
    return reverse("describing:step", args=[draft.pk, slug])


def review_url(draft):
    return reverse("describing:review", args=[draft.pk])


def started_from(client, url):
    return re.search(r'name="started_from" value="([^"]*)"', client.get(url).content.decode()).group(1)
