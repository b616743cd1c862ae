"""What two offers that become one leave behind here: what was wrong in the closed one stays with it."""

from confidentiality.viewer import Viewer
from ror.quality.models import Anomaly
from structures.models import Offer
from structures.uniting import remainder


@remainder
def anomalies_left(viewer: Viewer, closed: Offer) -> str:
    """How many open anomalies, that the viewer may know of, stay with the closed offer."""
    count = Anomaly.objects.visible_to(viewer).open().filter(offer=closed.pk).count()
    return f"Anomalies ouvertes qui restent avec l'offre fermée, à terminer : {count}" if count else ""
