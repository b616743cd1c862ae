"""The anomalies of the portraits: what someone reported about a published offer."""

from ror.demonstration.offers import Published
from ror.demonstration.portraits import portrait_of
from ror.demonstration.rows import day
from ror.quality.models import Anomaly

CODES = ("theme", "status", "proposed_action")
TEXTS = ("rule", "description", "element_path")


def add_all(published: list[Published]) -> None:
    """Write the anomalies of these offers."""
    for each in published:
        for said in portrait_of(each.slug).anomalies:
            if said["offer"] != each.code:
                continue
            Anomaly.objects.create(
                geographic_entity_id=each.offer.geographic_entity_id,
                offer=each.offer,
                deadline=day(said["deadline"]),
                **{f"{name}_id": said[name] for name in CODES},
                **{name: said[name] for name in TEXTS},
            )
