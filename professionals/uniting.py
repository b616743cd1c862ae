"""What two offers that become one leave behind here: a professional's situation never changes offer (RG_EXP_031)."""

from confidentiality.viewer import Viewer
from professionals.models import OperationalSituation
from structures.models import Offer
from structures.uniting import remainder


@remainder
def situations_left(viewer: Viewer, closed: Offer) -> str:
    """How many professionals, that the viewer may know of, stay in the closed offer."""
    count = OperationalSituation.objects.visible_to(viewer).filter(offer=closed.pk).count()
    if not count:
        return ""
    return f"Professionnels qui restent dans l'offre fermée, à rattacher de nouveau dans l'offre gardée : {count}"
