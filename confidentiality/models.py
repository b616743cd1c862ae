"""Perimeters, roles and assignments: the only stored truth of who may do what, where, and until when."""

from collections import defaultdict
from collections.abc import Collection

from django.conf import settings
from django.contrib.auth.models import Permission
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import F, Q
from django.utils import timezone
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from confidentiality import viewer
from confidentiality.journal import AccessRecord
from ror.history import tracked

# UNION and not UNION ALL: it ends even if a circle were ever written.
ORGANIZATIONS_BELOW = """
WITH RECURSIVE below (root, id) AS (
    SELECT id, id FROM confidentiality_perimeter WHERE id = ANY(%s)
    UNION
    SELECT below.root, perimeter.id
    FROM below JOIN confidentiality_perimeter AS perimeter ON perimeter.parent_id = below.id
)
SELECT root, id FROM below
"""


class Perimeter(models.Model):
    """Périmètre: the only object that rights point at. Structures point to theirs one-to-one.

    `code` is the official code of a region or department, « FR » for the nation, and the national identifier
    (idNat_Struct, identifiantOI) of a structure. `parent` makes the tree of internal organisations (pôle > structure
    interne > unité fonctionnelle): `structures` keeps it in the database, nothing else writes it.
    """

    class Kind(models.TextChoices):
        NATION = viewer.NATION, "France entière"
        REGION = viewer.REGION, "Région"
        DEPARTMENT = viewer.DEPARTMENT, "Département"
        LEGAL_ENTITY = viewer.LEGAL_ENTITY, "Entité juridique"
        GEOGRAPHIC_ENTITY = viewer.GEOGRAPHIC_ENTITY, "Établissement (entité géographique)"
        INTERNAL_ORGANIZATION = viewer.INTERNAL_ORGANIZATION, "Organisation interne"

    kind = models.CharField("nature", max_length=24, choices=Kind)
    code = models.CharField("code", max_length=32)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="below",
        editable=False,
        verbose_name="périmètre supérieur",
    )

    class Meta:
        verbose_name = "périmètre"
        verbose_name_plural = "périmètres"
        ordering = ["kind", "code"]
        default_permissions = ()
        permissions = [
            ("describe_offer", "Décrire les offres"),
            ("publish_offer", "Publier les offres"),
            ("answer_crisis_questions", "Répondre aux questions de gestion de crise"),
            ("manage_accounts", "Gérer les comptes et les rôles"),
            ("enter_admin", "Entrer dans l'administration"),
            ("administer_reference", "Gérer les nomenclatures et les territoires"),
            ("read_registers", "Consulter les registres"),
            ("correct_record", "Corriger une fiche depuis l'administration"),
            ("read_journal", "Lire le journal des consultations"),
            ("answer_persons", "Répondre aux demandes des personnes"),
            ("report_capacity", "Mettre à jour les lits et places"),
            ("review_offer", "Relire les offres soumises par les établissements"),
            ("set_region_rules", "Régler ce que la région demande"),
            ("follow_population", "Suivre qui doit se décrire, et relancer"),
            ("export_lists", "Emporter les listes de l'administration"),
            ("import_lists", "Importer des tableurs depuis l'administration"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["kind", "code"], name="perimeter_kind_code_unique"),
            models.CheckConstraint(condition=Q(kind__in=viewer.KINDS), name="perimeter_kind_known"),
            models.CheckConstraint(
                condition=Q(parent=None) | Q(kind=viewer.INTERNAL_ORGANIZATION),
                name="perimeter_parent_only_inside_organizations",
            ),
        ]

    def __str__(self) -> str:
        if self.kind == self.Kind.NATION:
            return self.get_kind_display()
        return f"{self.get_kind_display()} {self.code}"

    @property
    def key(self) -> str | int | None:
        """What a governed row compares with: the code of a territory, the id of a structure's perimeter.

        A row compares with its nearest internal organisation only; those below an assignment are resolved by `Viewer`.
        """
        if self.kind == self.Kind.NATION:
            return None
        if self.kind in (self.Kind.REGION, self.Kind.DEPARTMENT):
            return self.code
        return self.pk


# Roles that are never given without an end (roles.md).
DATED_ROLES = frozenset({"crisis", "mandated"})


class Role(models.Model):
    """Rôle of the access policy, loaded from the bundled table (roles.md); never edited here."""

    code = models.CharField("code", max_length=40, primary_key=True)
    number = models.PositiveSmallIntegerField("numéro", unique=True)
    label = models.CharField("libellé", max_length=120)
    profile = models.CharField("profil d'accès", max_length=8)
    perimeter_kinds = ArrayField(models.CharField(max_length=24), verbose_name="natures de périmètre")
    writes = models.TextField("écrit")
    basis = models.TextField("source")
    rank = models.PositiveSmallIntegerField("rang", default=0)
    permissions = models.ManyToManyField(Permission, verbose_name="droits", blank=True)

    class Meta:
        verbose_name = "rôle"
        verbose_name_plural = "rôles"
        ordering = ["number"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.label


class AssignmentQuerySet(models.QuerySet):
    def in_force(self) -> "AssignmentQuerySet":
        """Those that give rights now: started, not ended. Expiry takes effect by itself."""
        now = timezone.now()
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=now), starts_at__lte=now)


@tracked()
class Assignment(models.Model):
    """Affectation: one role given to one person on one perimeter, by whom, why, from when to when."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="assignments", verbose_name="personne"
    )
    role = models.ForeignKey(Role, models.PROTECT, verbose_name="rôle")
    perimeter = models.ForeignKey(Perimeter, models.PROTECT, related_name="assignments", verbose_name="périmètre")
    starts_at = models.DateTimeField("commence le", default=timezone.now)
    ends_at = models.DateTimeField("prend fin le", null=True, blank=True)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False, verbose_name="donnée par"
    )
    reason = models.CharField("motif", max_length=300)
    created_at = models.DateTimeField("enregistrée le", auto_now_add=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = "affectation"
        verbose_name_plural = "affectations"
        ordering = ["user", "role", "perimeter"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")), name="assignment_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(given_by=None) | ~Q(given_by=F("user")), name="assignment_given_by_never_oneself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} : {self.role}, {self.perimeter}"

    def clean(self) -> None:
        super().clean()
        if self.role_id and self.perimeter_id and self.perimeter.kind not in self.role.perimeter_kinds:
            raise ValidationError(
                {"perimeter": f"Le rôle « {self.role} » ne se donne pas sur ce périmètre. Choisissez-en un autre."}
            )
        if self.role_id in DATED_ROLES and self.ends_at is None:
            raise ValidationError({"ends_at": "Ce rôle demande une date de fin. Indiquez-la."})


class PerimeterUserPermission(UserObjectPermissionBase):
    """What guardian reads: a view of the assignments in force times the permissions of their role.

    Nothing can write it, and its rows expire by themselves.
    """

    id = models.BigIntegerField(primary_key=True)
    permission = models.ForeignKey(Permission, models.DO_NOTHING)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING)
    content_object = models.ForeignKey(Perimeter, models.DO_NOTHING)

    class Meta:
        managed = False
        db_table = "confidentiality_permission_in_force"
        default_permissions = ()

    @property
    def assignment_id(self) -> int:
        """The assignment that gives the permission: the view makes its ids from both."""
        return self.pk >> 16


class PerimeterGroupPermission(GroupObjectPermissionBase):
    """Groups give no right: an empty view, so that guardian has no other table to read or to write."""

    id = models.BigIntegerField(primary_key=True)
    permission = models.ForeignKey(Permission, models.DO_NOTHING)
    group = models.ForeignKey("auth.Group", models.DO_NOTHING)
    content_object = models.ForeignKey(Perimeter, models.DO_NOTHING)

    class Meta:
        managed = False
        db_table = "confidentiality_group_permission_none"
        default_permissions = ()


def organizations_below(roots: Collection[int]) -> dict[int, frozenset[int]]:
    """For each of these perimeters of internal organisations, itself and all those below it, in one query."""
    below: dict[int, set[int]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(ORGANIZATIONS_BELOW, [list(roots)])
        for root, perimeter in cursor.fetchall():
            below[root].add(perimeter)
    return {root: frozenset(perimeters) for root, perimeters in below.items()}


__all__ = [
    "AccessRecord",
    "Assignment",
    "AssignmentQuerySet",
    "Perimeter",
    "PerimeterGroupPermission",
    "PerimeterUserPermission",
    "Role",
    "organizations_below",
]
