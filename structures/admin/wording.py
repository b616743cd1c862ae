"""What the administration says when a constraint of the record, or the database itself, refuses a correction."""

from confidentiality.admin.refusals import say

SLOT = {
    "weekday_or_period": "Choisissez un jour, ou une date de début.",
    "weekday_in_week": "Choisissez un jour de la semaine.",
    "both_times_or_neither": "Indiquez les deux heures, ou aucune.",
    "period_ends_after_start": "La période a besoin d'un début, et ne finit pas avant lui : corrigez les dates.",
}
TELECOM = {
    "level_known": "Choisissez le niveau de confidentialité dans la liste.",
    "direct_line_not_public": "Une ligne directe de professionnel n'est jamais publique : choisissez le niveau 2 ou 3.",
    "private_emergency_line_crisis": "Une ligne privée utilisable en urgence est au niveau 3 : choisissez ce niveau.",
    "alert_channel_not_public": "Ce moyen d'alerte n'est jamais public : choisissez le niveau 2 ou 3.",
    "address_not_empty": "Indiquez le numéro ou l'adresse.",
}
COORDINATES = "Indiquez la latitude et la longitude, ou aucune des deux, dans les limites du globe."
POSTCODE = "Écrivez un code postal de cinq chiffres."
CLOSING_FORM = "Une fermeture se dit par le formulaire « Fermer » de la fiche."
FROZEN = "Cette donnée ne change plus une fois enregistrée : laissez-la telle quelle."
CLOSED_ABOVE = "Ce à quoi cette fiche se rattache est fermé : rouvrez-le d'abord, ou fermez aussi cette fiche."
OPEN_BELOW = "Quelque chose reste ouvert plus bas : fermez-le d'abord, ou passez par le formulaire « Fermer »."
TABLES = (
    *("legalentity", "geographicentity", "internalorganization", "offer", "place", "carecapacity"),
    *("contact", "telecom"),
)

say({f"{model}_{name}": text for model in ("openinghours", "situationhours") for name, text in SLOT.items()})
say({f"{model}_{name}": text for model in ("telecom", "situationtelecom") for name, text in TELECOM.items()})
say({f"frozen column of structures_{table}": FROZEN for table in TABLES})
say({f"something open hangs on a closed row of structures_{table}": CLOSED_ABOVE for table in TABLES})
say({f"something in structures_{table} stays open below a closed row": OPEN_BELOW for table in TABLES})
say({f"{model}_closing_type_with_date": CLOSING_FORM for model in TABLES})
say({f"{model}_reopening_only_after_temporary_closing": CLOSING_FORM for model in TABLES})
say({f"{model}_coordinates_both_in_range": COORDINATES for model in ("geographicentity", "place")})
say({f"{model}_postcode_five_digits": POSTCODE for model in ("legalentity", "geographicentity", "place")})
say(
    {
        "bedcapacity_figure_unique": "Ce chiffre figure déjà pour ce lieu : corrigez la ligne existante.",
        "bedcapacity_gender_of_available": "Le genre ne se dit que des lits disponibles : videz-le.",
        "bedcapacity_closing_type_of_closed": "Le type de fermeture ne se dit que des lits fermés : videz-le.",
        "bedcapacity_crisis_of_supplementary": (
            "Le type de crise et celui de lit supplémentaire ne se disent que des lits supplémentaires : videz-les."
        ),
        "a closed offer has no available bed": (
            "Un lieu dont toutes les offres sont fermées n'a ni lit ni place disponible : mettez 0."
        ),
        "carecapacity_assignment_unique": "Cette affectation figure déjà pour ce lieu : gardez une seule ligne.",
        "housingcapacity_type_once_per_place": "Ce type d'habitation figure deux fois pour ce lieu : gardez une ligne.",
        "specificequipment_type_once_per_place": "Cet équipement figure deux fois pour ce lieu : gardez une ligne.",
        "equipmentlimit_unit_known": "Choisissez l'unité dans la liste.",
        "equipmentlimit_value_positive": "Indiquez une limite plus grande que zéro.",
        "place_commune_required": "Indiquez la commune.",
        "place_external_sync_id_unique": "Un autre lieu de l'établissement a déjà cet identifiant de synchronisation.",
        "contact_of_one_owner": "Un contact appartient à une seule fiche.",
        "contact_nature_or_function_and_name": (
            "Choisissez la nature du contact, ou bien une fonction et un nom, pas les deux."
        ),
        "contact_level_known": "Choisissez le niveau de confidentialité dans la liste.",
        "contact_alert_nature_not_public": "Un contact d'alerte n'est jamais public : choisissez le niveau 2 ou 3.",
        "a telecom is more open than its contact": (
            "Un moyen de contact n'est jamais plus ouvert que son contact : relevez son niveau."
        ),
        "a contact of a sensitive unit is below level 3": (
            "Dans une unité sensible, tout contact et tout moyen de contact est au niveau 3 : choisissez ce niveau."
        ),
        "telecom_of_contact_or_place": "Un moyen de contact appartient à un contact, ou à un lieu.",
        "securemailbox_of_offer_or_organization": "Une boîte appartient à une offre, ou à une organisation interne.",
        "securemailbox_address_of_a_mailbox": "Écrivez une adresse de messagerie, par exemple nom@domaine.fr.",
        "offer_age_units_known": "Choisissez les unités des âges dans la liste.",
        "offer_ages_in_range": "Un âge ne dépasse pas 1 500 : vérifiez le nombre et l'unité.",
        "offer_name_not_empty": "Donnez un nom à l'offre.",
        "offer_entry_model_versioned": "Écrivez le modèle de saisie sous la forme « nom|version ».",
        "offeractivity_pair_unique": "Cette activité figure deux fois : gardez une ligne.",
        "offerplace_unique": "Ce lieu est déjà celui de l'offre.",
        "an offer hangs on an organisation of its own establishment": (
            "Choisissez une organisation interne de l'établissement de l'offre."
        ),
        "internalorganization_name_not_empty": "Donnez un nom à l'organisation interne.",
        "internalorganization_type_known": "Choisissez pôle, structure interne ou unité fonctionnelle.",
        "internalorganization_closes_after_opening": "La fermeture ne peut pas précéder l'ouverture.",
        "an organisation hangs on a wider one of its establishment": (
            "Une organisation interne se rattache à une plus large du même établissement : un pôle au-dessus d'une "
            "structure interne, une structure interne au-dessus d'une unité fonctionnelle."
        ),
        "an organisation is wider than those below it": (
            "D'autres organisations se rattachent à celle-ci : son type doit rester plus large que le leur."
        ),
        "crisisanswer_orsan_answer_and_code_agree": (
            "La désignation ORSAN et le niveau de recours ne vont pas ensemble : première ligne avec le premier "
            "niveau, deuxième ligne avec le deuxième, aucun niveau pour les autres réponses."
        ),
        "geographicentity_closes_after_opening": "La fermeture ne peut pas précéder l'ouverture.",
        "tariff_amount_not_negative": "Un montant n'est pas négatif : corrigez-le.",
        "tariff_says_what_its_kind_says": (
            "Chaque type de tarif a ses propres données, dont certaines obligatoires : complétez-les, et videz celles "
            "qui ne le concernent pas."
        ),
        "tariff_extra_service_named_once": "Choisissez la prestation, ou nommez-en une autre, pas les deux.",
        "tariff_supplement_for_single_room": "Ce supplément ne vaut que pour une chambre simple.",
        "tariff_one_housing_base": "Ce forfait socle figure déjà pour l'établissement : corrigez la ligne existante.",
        "tariff_one_amount_per_combination": "Ce tarif figure déjà pour l'établissement : corrigez la ligne existante.",
    }
)
