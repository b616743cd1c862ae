"""What the documents of an offer and of an establishment hold: each datum with its type, label and help.

The keys are the policy's datum names; forms, imports and API use these very fields.
"""

from dataclasses import dataclass, field

from django import forms

from confidentiality.levels import Level
from ror.reference.forms import CodeChoiceField, CodeSetChoiceField, CommuneSetChoiceField, StoredCommuneField
from structures.fields import (
    ChoiceField,
    MailboxField,
    TextListField,
    YesNoField,
    day,
    decimal,
    hour,
    number,
    text,
)
from structures.models.hours import Weekday
from structures.models.offer import AgeUnit
from structures.models.place import LimitUnit


@dataclass(frozen=True, eq=False)  # each is itself: what is computed of a schema is remembered by it
class Rows:
    """A list of child rows: their singular label, their own fields, the rows below them."""

    label: str
    fields: dict[str, forms.Field]
    rows: dict[str, "Rows"] = field(default_factory=dict)


LEVEL_HELP = "Un niveau plus strict que le minimum imposé par la donnée est toujours possible."

TELECOM = Rows(
    "moyen de contact",
    {
        "channel": CodeChoiceField("J225", label="Moyen de contact"),
        "address": text("Numéro, adresse électronique ou site", 255),
        "usage": text("Utilisation prévue", 120, help_text="Facultatif : par exemple « prise de rendez-vous »."),
        "direct_line": YesNoField(
            label="Est-ce la ligne directe d'un professionnel ?",
            help_text="Si oui, elle n'est jamais visible du grand public.",
        ),
        "private_emergency_line": YesNoField(
            label="Est-ce une ligne privée, utilisable en urgence ?",
            help_text="Si oui, seules la régulation et la gestion de crise la voient.",
        ),
        "level": ChoiceField(label="Visible par", choices=Level.choices, coerce=int, help_text=LEVEL_HELP),
    },
)

CONTACT = Rows(
    "contact",
    {
        "nature": CodeChoiceField(
            "J221", label="Nature du contact", help_text="Un service : accueil, secrétariat, standard…"
        ),
        "function": CodeChoiceField(
            "J220", label="Ou fonction de la personne", help_text="Une personne : sa fonction, puis son nom."
        ),
        "name": text("Nom de la personne", 120),
        "description": text("Précision", 300, help_text="Facultatif : quand et pour quoi s'en servir."),
        "level": ChoiceField(label="Visible par", choices=Level.choices, coerce=int, help_text=LEVEL_HELP),
    },
    {"telecoms": TELECOM},
)

ACTIVITY = Rows(
    "activité",
    {
        "activity": CodeChoiceField("J17", label="Activité opérationnelle"),
        "family": CodeChoiceField("J51", label="Famille d'activité", help_text="Demandée pour le médico-social."),
    },
)

HOURS = Rows(
    "plage horaire",
    {
        "slot_type": CodeChoiceField("J41", label="Type de plage"),
        "weekday": ChoiceField(label="Jour", choices=Weekday.choices, coerce=int),
        "opens_at": hour("De"),
        "closes_at": hour("À"),
        "period_start": day("À partir du", help_text="Facultatif : pour une période précise."),
        "period_end": day("Jusqu'au"),
    },
)

MAILBOX = Rows(
    "boîte de messagerie sécurisée",
    {"address": MailboxField(label="Adresse MSSanté", required=False, max_length=254)},
)

HOUSING = Rows(
    "type d'habitation",
    {
        "residential_type": CodeChoiceField("J32", label="Type d'habitation"),
        "count": number("Nombre d'habitations", min_value=0, max_value=100_000),
    },
)

LIMIT = Rows(
    "limite",
    {
        "feature": CodeChoiceField("J228", label="Caractéristique"),
        "value": decimal("Valeur limite", min_value=0),
        "unit": ChoiceField(label="Unité", choices=LimitUnit.choices),
    },
)

EQUIPMENT = Rows(
    "équipement",
    {
        "equipment_type": CodeChoiceField("J18", label="Équipement spécifique"),
        "in_service": number(
            "Nombre en service", min_value=0, max_value=10_000, help_text="0 si l'équipement est à l'arrêt."
        ),
    },
    {"limits": LIMIT},
)

ADDRESS = {
    "delivery_point": text("Étage, appartement, chez…", 120),
    "address_complement": text("Bâtiment, entrée, résidence", 120),
    "street_number": text("Numéro", 10),
    "street_number_suffix": text("Bis, ter…", 10),
    "street_type": CodeChoiceField("J219", label="Type de voie"),
    "street_name": text("Nom de la voie", 120),
    "place_name": text("Lieu-dit", 120),
    "postal_box": text("Boîte postale (BP, CS, TSA)", 80),
    "postcode": forms.RegexField(
        r"^[0-9]{5}$", label="Code postal", required=False, error_messages={"invalid": "Écrivez cinq chiffres."}
    ),
    "locality": text("Localité de distribution", 80),
    "commune": StoredCommuneField(label="Commune"),
}

PLACE = Rows(
    "lieu",
    {
        "name": text("Nom du lieu", 120),
        **ADDRESS,
        "function": CodeChoiceField("J198", label="Fonction du lieu"),
        "status": CodeChoiceField("J224", label="Statut du lieu"),
        "description": text("Comment s'y rendre", 1000, widget=forms.Textarea(attrs={"rows": 2})),
        "latitude": decimal("Latitude", places=6, min_value=-90, max_value=90),
        "longitude": decimal("Longitude", places=6, min_value=-180, max_value=180),
        "coordinates_reliable": YesNoField(label="Ces coordonnées sont-elles fiables ?"),
        "external_sync_id": text("Identifiant dans votre logiciel de gestion des lits", 80),
        "external_sync_name": text("Nom dans votre logiciel de gestion des lits", 120),
        "comment": text("Commentaire sur le lieu", 1000, widget=forms.Textarea(attrs={"rows": 2})),
    },
    {"telecoms": TELECOM, "housing": HOUSING, "equipment": EQUIPMENT},
)

OFFER = Rows(
    "offre",
    {
        "name": text("Nom de l'offre", 200, help_text="Tel que le cherchent les familles et les professionnels."),
        "activity_field": CodeChoiceField(
            "J20", label="Champ d'activité", help_text="Ne change plus une fois l'offre publiée."
        ),
        "sensitive": YesNoField(
            label="Est-ce une unité sensible ?",
            help_text="Une unité dont la description présente un risque d'usage malveillant. "
            "Si oui, l'offre entière n'est visible que de la régulation et de la gestion de crise.",
        ),
        "sensitive_motive": text("Motif, si l'unité est sensible", 300),
        "care_mode": CodeChoiceField(
            "J19", label="Mode de prise en charge", help_text="Ne change plus une fois l'offre publiée."
        ),
        "offer_type": CodeChoiceField("J238", label="Type d'offre"),
        "reception_temporality": CodeChoiceField("J30", label="Temporalité d'accueil"),
        "internal_organization": text("Organisation interne (identifiant)", 20),
        "reception_modalities": CodeSetChoiceField("J226", label="Modalités d'accueil"),
        "management_types": CodeSetChoiceField(
            "J26", label="Modes de gestion", help_text="Pour l'aide à domicile : prestataire, mandataire."
        ),
        "annual_opening": CodeChoiceField("J28", label="Ouverture annuelle"),
        "intervention_communes": CommuneSetChoiceField(
            label="Zone d'intervention",
            help_text="Les communes où vous vous déplacez, ou dont les habitants peuvent être accueillis.",
        ),
        "age_min": number("Âge minimal", min_value=0, max_value=1500),
        "age_min_unit": ChoiceField(label="Unité de l'âge minimal", choices=AgeUnit.choices),
        "age_max": number("Âge maximal", min_value=0, max_value=1500),
        "age_max_unit": ChoiceField(label="Unité de l'âge maximal", choices=AgeUnit.choices),
        "publics": CodeSetChoiceField("J29", label="Publics pris en charge"),
        "always_open": YesNoField(label="Ouvert 24 h/24, 7 j/7 ?"),
        "expertise_levels": CodeSetChoiceField("J227", label="Niveaux d'expertise"),
        "psychiatric_sectors": TextListField(
            label="Secteurs psychiatriques", max_length=120, help_text="Un secteur par ligne."
        ),
        "involuntary_care": YesNoField(label="Êtes-vous habilités aux soins sans consentement ?"),
        "specific_acts": CodeSetChoiceField("J16", label="Actes spécifiques"),
        "outside_office_acts": CodeSetChoiceField("J16", label="Actes réalisés hors du cabinet"),
        "specialisations": CodeSetChoiceField("J35", label="Spécialisations de prise en charge"),
        "resource_professions": CodeSetChoiceField("J186", label="Professions ressources"),
        "specific_competences": CodeSetChoiceField("J33", label="Compétences spécifiques"),
        "comment": text("Commentaire", 2000, widget=forms.Textarea(attrs={"rows": 3})),
        "entry_model": text("Modèle de saisie utilisé", 200),
    },
    {"activities": ACTIVITY, "hours": HOURS, "contacts": CONTACT, "mailboxes": MAILBOX, "places": PLACE},
)

TARIFF = Rows(
    "tarif",
    {
        "kind": CodeChoiceField("J36", label="Type de tarif"),
        "amount": decimal("Montant, en euros", min_value=0),
        "unit": CodeChoiceField("J205", label="Unité de prix"),
        "valid_from": day("En vigueur depuis le"),
        "under_60": YesNoField(label="Est-ce le tarif des moins de 60 ans ?"),
        "residential_type": CodeChoiceField("J32", label="Type d'habitation"),
        "reception_temporality": CodeChoiceField("J30", label="Temporalité d'accueil"),
        "condition": CodeChoiceField("J39", label="Condition tarifaire"),
        "included_services": CodeSetChoiceField("J206", label="Prestations incluses"),
        "other_included_services": TextListField(
            label="Autres prestations incluses", max_length=120, help_text="Une prestation par ligne."
        ),
        "dependency_group": CodeChoiceField("J27", label="Groupe de dépendance (GIR)"),
        "name": text("Nom du tarif", 120),
        "management_type": CodeChoiceField("J26", label="Mode de gestion"),
        "additional_service": CodeChoiceField("J206", label="Prestation supplémentaire"),
        "other_additional_service": text("Autre prestation supplémentaire", 120),
    },
)

# What an establishment says of itself; its identity is the word of the register, and its crisis answers stand apart.
ESTABLISHMENT = Rows(
    "établissement",
    {
        "usual_name": text("Nom d'usage", 200, help_text="Le nom que les gens connaissent."),
        "public_service_participation": CodeChoiceField("J202", label="Participation au service public hospitalier"),
        "health_territories": CodeSetChoiceField("J249", label="Territoires de santé"),
        "financial_aids": CodeSetChoiceField("J31", label="Aides financières"),
        "family_accommodation": YesNoField(label="Les familles peuvent-elles être hébergées ?"),
        "temporary_social_aid_places": number(
            "Places d'hébergement temporaire à l'aide sociale", min_value=0, max_value=100_000
        ),
        "permanent_social_aid_places": number(
            "Places d'hébergement permanent à l'aide sociale", min_value=0, max_value=100_000
        ),
        "accessibility": CodeChoiceField("J50", label="Accessibilité du lieu"),
        "comment": text("Commentaire", 2000, widget=forms.Textarea(attrs={"rows": 3})),
    },
    {"contacts": CONTACT, "tariffs": TARIFF},
)
