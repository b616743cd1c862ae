"""Addresses of the pages of a draft, what a page started from, and the buttons of a step."""

import re

from django.urls import reverse


def step_url(draft, slug="informations"):
    return reverse("describing:step", args=[draft.pk, slug])


def review_url(draft):
    return reverse("describing:review", args=[draft.pk])


def started_from(client, url):
    return re.search(r'name="started_from" value="([^"]*)"', client.get(url).content.decode()).group(1)


def page_of(client, draft, slug):
    return client.get(step_url(draft, slug)).content.decode()


def save(client, draft, slug, **data):
    """Post one step with what its page started from, and check that it is saved."""
    url = step_url(draft, slug)
    answer = client.post(url, {"started_from": started_from(client, url), "goto": slug, **data})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return answer


def added(client, draft, slug, path, **data):
    """Press « Ajouter » on a list; the path of the new row."""
    url = step_url(draft, slug)
    answer = client.post(url, {"started_from": started_from(client, url), "add": path, **data})
    return answer.headers["Location"].split("#groupe-")[1]
