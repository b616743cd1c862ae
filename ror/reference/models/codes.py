"""Nomenclatures: code systems (TRE), value sets (JDV), concepts, and which concepts belong to which set, and when."""

import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Concat

from ror.reference.functions import Normalise

# Statement level: one bump a statement, whatever the number of rows. The clock keeps the number growing even after the
# table was emptied, so that no process can take an old map for the new one.
BUMP_EDITION = """
    INSERT INTO reference_edition (id, number, bundle_digest)
    VALUES (1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, '')
    ON CONFLICT (id) DO UPDATE
    SET number = greatest(reference_edition.number + 1, excluded.number);
    RETURN NULL;
"""
REFUSE_CHANGE_OF_KEY = """
    RAISE EXCEPTION 'a concept is never deleted and never changes key: close it'
    USING ERRCODE = 'check_violation', TABLE = 'reference_concept', COLUMN = 'key';
"""


def bump_edition() -> pgtrigger.Trigger:
    """Any write to the table makes every process renew its map of codes."""
    return pgtrigger.Trigger(
        name="bump_edition",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete | pgtrigger.Truncate,
        func=BUMP_EDITION,
    )


class CodeSystem(models.Model):
    """Terminologie de référence (TRE): where codes are defined."""

    key = models.TextField("clé", primary_key=True, help_text="R213, G15 : la partie courte du nom.")
    name = models.TextField("nom")
    url = models.TextField("adresse canonique", unique=True)
    oid = models.TextField("OID", blank=True)
    version = models.TextField("version", blank=True)
    source = models.TextField("source", blank=True)

    class Meta:
        verbose_name = "terminologie"
        verbose_name_plural = "terminologies"
        ordering = ["key"]
        triggers = [bump_edition()]

    def __str__(self) -> str:
        return self.name


class ValueSet(models.Model):
    """Jeu de valeurs (JDV): the codes that one datum may take."""

    key = models.TextField("clé", primary_key=True, help_text="J19 : la partie courte du nom.")
    name = models.TextField("nom")
    url = models.TextField("adresse canonique", blank=True)
    oid = models.TextField("OID", blank=True)
    version = models.TextField("version", blank=True)
    status = models.TextField("état", blank=True)
    effective_from = models.DateField("en vigueur depuis", null=True, blank=True)
    effective_to = models.DateField("en vigueur jusqu'au", null=True, blank=True)
    complete = models.BooleanField("complet", default=False, help_text="Tous ses codes sont connus du portail.")
    used_by = models.TextField("utilisé par", blank=True)
    note = models.TextField("note", blank=True)
    source = models.TextField("source", blank=True)

    class Meta:
        verbose_name = "jeu de valeurs"
        verbose_name_plural = "jeux de valeurs"
        ordering = ["key"]
        triggers = [bump_edition()]

    def __str__(self) -> str:
        return self.name


class Concept(models.Model):
    """One code of one system, with its label. Never deleted: a closed code keeps its row and stays displayable.

    `valid_to` is the first day when the code is no longer in force.
    """

    key = models.TextField("clé", primary_key=True, help_text="Terminologie et code : R213:28.")
    system = models.ForeignKey(CodeSystem, models.PROTECT, related_name="concepts", verbose_name="terminologie")
    code = models.TextField("code")
    label = models.TextField("libellé", blank=True, help_text="Vide quand seul le code est publié.")
    definition = models.TextField("définition", blank=True)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name="regroupement",
    )
    valid_from = models.DateField("en vigueur depuis", null=True, blank=True)
    valid_to = models.DateField("fermé le", null=True, blank=True)
    source = models.TextField(
        "source",
        blank=True,
        help_text="Table ou jeu de valeurs où le libellé a été lu.",
    )
    version = models.TextField("version de la source", blank=True)
    normalised = models.GeneratedField(expression=Normalise("label"), output_field=models.TextField(), db_persist=True)

    class Meta:
        verbose_name = "code"
        verbose_name_plural = "codes"
        ordering = ["key"]
        constraints = [
            models.UniqueConstraint(fields=["system", "code"], name="concept_unique_code"),
            models.CheckConstraint(
                condition=models.Q(key=Concat("system_id", models.Value(":", output_field=models.TextField()), "code")),
                name="concept_key_is_system_and_code",
                violation_error_message="La clé est formée de la terminologie et du code : R213:28.",
            ),
        ]
        indexes = [
            GinIndex(
                fields=["normalised"],
                opclasses=["gin_trgm_ops"],
                name="concept_normalised_trigram",
            )
        ]
        triggers = [
            bump_edition(),
            pgtrigger.Trigger(
                name="refuse_delete",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=REFUSE_CHANGE_OF_KEY,
            ),
            pgtrigger.Trigger(
                name="refuse_change_of_key",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__key__df=pgtrigger.F("new__key")),
                func=REFUSE_CHANGE_OF_KEY,
            ),
        ]

    def __str__(self) -> str:
        return self.label or self.key


class ValueSetMember(models.Model):
    """A concept's membership of a value set; `valid_to` is the first day when it no longer belongs."""

    value_set = models.ForeignKey(ValueSet, models.PROTECT, related_name="members", verbose_name="jeu de valeurs")
    concept = models.ForeignKey(Concept, models.PROTECT, related_name="memberships", verbose_name="code")
    position = models.PositiveIntegerField("rang", default=0)
    valid_from = models.DateField("en vigueur depuis", null=True, blank=True)
    valid_to = models.DateField("retiré le", null=True, blank=True)

    class Meta:
        verbose_name = "code d'un jeu de valeurs"
        verbose_name_plural = "codes des jeux de valeurs"
        ordering = ["value_set", "position"]
        constraints = [models.UniqueConstraint(fields=["value_set", "concept"], name="member_once_in_its_set")]
        triggers = [bump_edition()]

    def __str__(self) -> str:
        return f"{self.value_set_id} · {self.concept_id}"


class Edition(models.Model):
    """The one row that says which state of the nomenclatures the database holds.

    `number` changes with every write, by trigger; `bundle_digest` is the digest of the bundled files last loaded.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField("numéro", default=1)
    bundle_digest = models.TextField("empreinte des données fournies", blank=True, default="")

    class Meta:
        verbose_name = "édition des nomenclatures"
        verbose_name_plural = "éditions des nomenclatures"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="edition_is_one_row")]

    def __str__(self) -> str:
        return str(self.number)
