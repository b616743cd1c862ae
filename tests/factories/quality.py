"""Invented anomalies."""

import factory

from ror.quality.models import ACCURACY, Anomaly
from tests.factories.structures import GeographicEntityFactory, RereadFactory


class AnomalyFactory(RereadFactory):
    """A category that differs from the register's, waiting to be treated.

    Usage: `AnomalyFactory(geographic_entity=entity)`, `AnomalyFactory(offer=offer)`.
    """

    class Meta:
        model = Anomaly

    offer = None
    geographic_entity = factory.Maybe(
        "offer", factory.SelfAttribute("offer.geographic_entity"), factory.SubFactory(GeographicEntityFactory)
    )
    rule = "CO4"
    theme_id = ACCURACY
    element_path = factory.Sequence(lambda rank: f"donnee_{rank}")
