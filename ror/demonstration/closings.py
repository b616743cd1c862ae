"""The closings of the portraits, made as everyone's are: what is below closes, its available beds become 0."""

from ror.demonstration.offers import Published
from ror.demonstration.organizations import Organizations
from ror.demonstration.portraits import portrait_of
from ror.demonstration.rows import Said, day
from structures import closing
from structures.models import GeographicEntity, InternalOrganization, Offer

REASON = "load_demonstration: what closes"


def close_all(
    entities: dict[str, GeographicEntity],
    organizations: Organizations,
    published: list[Published],
    *,
    author: str,
    channel: str,
) -> None:
    """Close what the portraits of these establishments close: an `organization` or an `offer`, by its key."""
    offers = {(each.slug, each.code): each.offer for each in published}
    for slug in entities:
        for said in portrait_of(slug).closings:
            closing.close(
                _thing(slug, said, organizations, offers),
                said["type"],
                day(said["day"]),
                reopening_date=day(said.get("reopening")),
                author=author,
                channel=channel,
            )


def _thing(
    slug: str, said: Said, organizations: Organizations, offers: dict[tuple[str, str], Offer]
) -> InternalOrganization | Offer:
    if "offer" in said:
        return offers[slug, said["offer"]]
    identifier = organizations[slug, said["organization"]]
    return InternalOrganization.objects.trusted(REASON).get(identifier=identifier)
