"""Professionnel, exercice professionnel et savoir-faire: the word of the register (RPPS, ADELI).

None of it is edited in the portal (RG_EXP_031), and the level of these data belongs to each situation, never to the
person (roles.md): people read them through a situation that they may read.
"""

import pgtrigger
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Concat

from confidentiality.governed import NATIONAL_ONLY
from ror.history import frozen, register_only, timestamps, touches, tracked
from ror.reference.fields import CodeField, guard_codes
from ror.reference.functions import Normalise
from structures.models.base import Recorded, luhn_check, search_index

# The attribute that carries the code of each type of savoir-faire (J209), with its own value set.
CODE_BY_TYPE = {
    "R04:S": "specialty",
    "R04:C": "competence",
    "R04:CEX": "exclusive_competence",
    "R04:OP": "particular_orientation",
    "R04:CAPA": "capacity",
    "R04:PAC": "pac_qualification",
    "R04:DNQ": "non_qualifying_desc",
    "R04:DEC": "complementary_right",
}
LABELLED = ("R04:SST", "R04:CM", "R04:FQ", "R04:SH")  # types whose value set is not bundled


class RegisterRow(Recorded):
    """What the register says of a person: governed by the nation alone, whatever the perimeter."""

    governance = NATIONAL_ONLY
    policy_category = "person"
    person = "pk"

    class Meta(Recorded.Meta):
        abstract = True

    @classmethod
    def sensitive_rows(cls) -> Q:
        """Someone known only by situations in sensitive units is not known at all."""
        from professionals.models.situation import OperationalSituation

        own = OperationalSituation.objects.filter(practice__professional=OuterRef(cls.person))
        return Q(Exists(own.filter(offer__sensitive_unit__isnull=False))) & ~Q(
            Exists(own.filter(offer__sensitive_unit=None))
        )


@tracked()
@guard_codes
class Professional(RegisterRow):
    """Professionnel: one person, known by the RPPS number, else by the ADELI number (RG_EXP_030).

    `id_nat_ps` is idNat_PS (8 and the RPPS, or 0 and the ADELI), set by the database, unique, never changed.
    """

    id_nat_ps = models.CharField("identifiant national", max_length=12, unique=True, editable=False, db_default="")
    rpps = models.CharField(  # noqa: DJ001  unique, and absent for whoever has an ADELI number only
        "numéro RPPS", max_length=11, null=True, unique=True
    )
    adeli = models.CharField("numéro ADELI", max_length=9, blank=True)
    civility = CodeField(value_set="J207", verbose_name="civilité", null=True, blank=True)

    class Meta(RegisterRow.Meta):
        verbose_name = "professionnel"
        verbose_name_plural = "professionnels"
        ordering = ["id_nat_ps"]
        constraints = [
            luhn_check("professional", "rpps", r"^[0-9]{11}$", unless=Q(rpps=None)),
            models.CheckConstraint(
                condition=Q(adeli="") | Q(adeli__regex=r"^[0-9][0-9AB][0-9A-Z]{7}$"), name="professional_adeli_shape"
            ),
        ]
        triggers = [
            timestamps(),
            register_only(),
            frozen("id_nat_ps", "rpps"),
            pgtrigger.Trigger(
                name="national_identifier",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    NEW.id_nat_ps = CASE
                        WHEN NEW.rpps IS NOT NULL THEN '8' || NEW.rpps
                        WHEN NEW.adeli <> '' THEN '0' || NEW.adeli
                    END;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"Professionnel {self.pk}"


@tracked()
class ProfessionalMailbox(RegisterRow):
    """Boîte aux lettres MSSanté of a professional."""

    person = "professional"

    professional = models.ForeignKey(
        Professional, models.CASCADE, related_name="mailboxes", verbose_name="professionnel"
    )
    address = models.EmailField("adresse MSSanté", max_length=254)

    class Meta(RegisterRow.Meta):
        verbose_name = "boîte de messagerie sécurisée du professionnel"
        verbose_name_plural = "boîtes de messagerie sécurisée des professionnels"
        ordering = ["address", "pk"]
        triggers = [timestamps(), register_only(), touches("professionals_professional", "professional_id")]

    def __str__(self) -> str:
        return "Boîte de messagerie sécurisée"


@tracked(exclude=["search"])
@guard_codes
class Practice(RegisterRow):
    """Exercice professionnel: one profession exercised under one name."""

    person = "professional"

    professional = models.ForeignKey(
        Professional, models.CASCADE, related_name="practices", verbose_name="professionnel"
    )
    profession = CodeField(value_set="J229", verbose_name="profession")
    civility = CodeField(value_set="J208", verbose_name="civilité d'exercice", null=True, blank=True)
    last_name = models.CharField("nom d'exercice", max_length=120)
    first_name = models.CharField("prénom d'exercice", max_length=120, blank=True)
    search = models.GeneratedField(
        expression=Normalise(Concat("last_name", models.Value(" "), "first_name")),
        output_field=models.TextField(),
        db_persist=True,
        editable=False,
    )

    class Meta(RegisterRow.Meta):
        verbose_name = "exercice professionnel"
        verbose_name_plural = "exercices professionnels"
        ordering = ["last_name", "first_name", "pk"]
        indexes = [search_index("practice_search")]
        constraints = [
            models.UniqueConstraint(fields=["professional", "profession"], name="practice_one_per_profession"),
            models.CheckConstraint(condition=~Q(last_name=""), name="practice_last_name_not_empty"),
        ]
        triggers = [timestamps(), register_only(), touches("professionals_professional", "professional_id")]

    def __str__(self) -> str:
        return f"Exercice {self.pk}"


def code_of_its_type() -> Q:
    """The code that goes with the type is there, and no other."""
    fields = [*CODE_BY_TYPE.values()]
    condition = Q(type__in=LABELLED) & ~Q(subspecialty="") & Q(**{f"{name}__isnull": True for name in fields})
    for concept, held in CODE_BY_TYPE.items():
        empty = {f"{name}__isnull": True for name in fields if name != held}
        condition |= Q(type=concept, subspecialty="", **{f"{held}__isnull": False}, **empty)
    return condition


@tracked()
@guard_codes
class Qualification(RegisterRow):
    """Savoir-faire of a practice: its type, and the code of that type's own value set.

    The value set of cross-disciplinary sub-specialties (TRE_R359) is not bundled, and three types of TRE_R04 have none
    in the model: the label of the register is kept.
    """

    person = "practice__professional"

    practice = models.ForeignKey(Practice, models.CASCADE, related_name="qualifications", verbose_name="exercice")
    type = CodeField(value_set="J209", verbose_name="type de savoir-faire")
    specialty = CodeField(value_set="J210", verbose_name="spécialité ordinale", null=True, blank=True)
    competence = CodeField(value_set="J232", verbose_name="compétence", null=True, blank=True)
    exclusive_competence = CodeField(value_set="J211", verbose_name="compétence exclusive", null=True, blank=True)
    particular_orientation = CodeField(value_set="J212", verbose_name="orientation particulière", null=True, blank=True)
    capacity = CodeField(value_set="J213", verbose_name="capacité", null=True, blank=True)
    pac_qualification = CodeField(value_set="J214", verbose_name="qualification PAC", null=True, blank=True)
    non_qualifying_desc = CodeField(value_set="J215", verbose_name="DESC non qualifiant", null=True, blank=True)
    complementary_right = CodeField(
        value_set="J216", verbose_name="droit d'exercice complémentaire", null=True, blank=True
    )
    subspecialty = models.CharField("surspécialité transversale, ou libellé du registre", max_length=200, blank=True)

    class Meta(RegisterRow.Meta):
        verbose_name = "savoir-faire"
        verbose_name_plural = "savoir-faire"
        ordering = ["type", "pk"]
        constraints = [
            models.CheckConstraint(condition=code_of_its_type(), name="qualification_code_of_its_type"),
            models.UniqueConstraint(
                fields=["practice"], condition=Q(type="R04:S"), name="qualification_one_specialty_exercised"
            ),
        ]
        triggers = [timestamps(), register_only(), touches("professionals_practice", "practice_id")]

    def __str__(self) -> str:
        return "Savoir-faire"
