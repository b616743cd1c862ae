"""Public search at national scale: 100,000 establishments, 300,000 offers. Budget: p95 of 100 ms, 15 queries."""

import time
from statistics import quantiles

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from confidentiality.roles import load_roles
from ror.history import writing
from tests import factories

ESTABLISHMENTS, OFFERS_EACH, RUNS = 100_000, 3, 20

KINDS = (
    "EHPAD Résidence",
    "Centre hospitalier",
    "Service d'aide à domicile",
    "Maison de santé",
    "Foyer de vie",
    "Centre médico-psychologique",
    "Clinique",
    "Laboratoire",
)
SERVICES = (
    "Hébergement permanent",
    "Consultation de pédiatrie",
    "Accueil de jour",
    "Hospitalisation complète de médecine",
    "Soins à domicile",
    "Unité d'hébergement renforcé",
    "Consultation mémoire",
    "Séances de rééducation",
)
SEARCHES = {
    "accueil sans critère": "",
    "mot rare": "q=frehel",
    "mot fréquent": "q=hebergement",
    "mot fréquent, offres": "q=hebergement&liste=offres",
    "deux mots fréquents": "q=centre+hospitalier",
    "deux mots": "q=residence+rennes",
    "mot absent": "q=zyxwvut",
    "commune": "commune=35238",
    "commune, offres": "commune=35238&liste=offres",
    "Paris": "commune=75056&liste=offres",
    "activité": "activite=R211:293",
    "activité, établissements": "activite=R211:293&liste=etablissements",
    "activité et commune": "activite=R211:293&commune=35238",
    "nom, activité et commune": "q=consultation&activite=R211:293&commune=35238",
    "page 40": "q=consultation&liste=offres&page=40",
}

FILL = [
    """
    INSERT INTO confidentiality_perimeter (kind, code)
    SELECT 'geographic_entity', 'mesure' || number FROM generate_series(1, %(establishments)s) AS number
    """,
    """
    WITH commune AS (
        SELECT code, name, department_id, postcodes, row_number() OVER (ORDER BY md5(code)) - 1 AS rank
        FROM reference_commune WHERE kind IN ('commune', 'municipal_district')
    ), total AS (SELECT count(*) AS communes FROM commune), perimeter AS (
        SELECT id, row_number() OVER (ORDER BY id) AS number FROM confidentiality_perimeter WHERE code LIKE 'mesure%%'
    )
    INSERT INTO structures_geographicentity (
        perimeter_id, legal_entity_id, id_nat_struct, name, street_number, street_number_suffix, street_name,
        place_name, address_complement, postcode, locality, siret, name_complement, usual_name, register_category_code,
        register_category_label, legal_kind, in_perimeter, register_phone, category_id, commune_id, department_id,
        region_id
    )
    SELECT perimeter.id, %(legal_entity)s, 'm' || number, (%(kinds)s::text[])[1 + number %% 8] || ' ' || commune.name,
        '1', '', 'des Exemples', '', '', coalesce(commune.postcodes[1], ''), commune.name, '', '', '', '', '', 'I-2',
        number %% 4 <> 0, '', 'R66:500', commune.code, commune.department_id, department.region_id
    FROM perimeter
    JOIN commune ON commune.rank = (CASE WHEN number %% 5 = 0 THEN number %% 40 ELSE number END)
        %% (SELECT communes FROM total)
    JOIN reference_department AS department ON department.code = commune.department_id
    """,
    """
    INSERT INTO structures_offer (
        geographic_entity_id, name, activity_field_id, care_mode_id, age_min, age_min_unit, age_max, age_max_unit,
        publics, always_open, published_at, version
    )
    SELECT entity.id, (%(services)s::text[])[1 + (entity.id + rank) %% 8] || ' ' || rank, 'R227:04', 'R213:46', 60, 'a',
        120, 'a', '{}', true, now(), 1
    FROM structures_geographicentity AS entity, generate_series(1, %(each)s) AS rank
    WHERE entity.id_nat_struct LIKE 'm%%'
    """,
    """
    INSERT INTO structures_offeractivity (id, offer_id, geographic_entity_id, activity_id)
    SELECT gen_random_uuid(), id, geographic_entity_id, (%(activities)s::text[])[1 + id %% 100] FROM structures_offer
    """,
    """
    INSERT INTO structures_place (
        id, geographic_entity_id, street_number, street_number_suffix, street_name, place_name, address_complement,
        postcode, locality, commune_id
    )
    SELECT gen_random_uuid(), id, '1', '', 'des Exemples', '', '', postcode, locality, commune_id
    FROM structures_geographicentity
    """,
    """
    INSERT INTO structures_offerplace (offer_id, place_id, geographic_entity_id, position)
    SELECT offer.id, place.id, offer.geographic_entity_id, 0
    FROM structures_offer AS offer JOIN structures_place AS place USING (geographic_entity_id)
    """,
]


def run() -> None:
    """Print the p95 and the queries of each search, for the public and for a professional."""
    load_roles()
    started = time.perf_counter()
    fill()
    seconds = time.perf_counter() - started
    print(f"{ESTABLISHMENTS} établissements, {ESTABLISHMENTS * OFFERS_EACH} offres : {seconds:.0f} s")
    professional = factories.holder("health_professional", factories.territory("nation"))
    for who, user in (("public", None), ("professionnel", professional)):
        client = Client()
        if user is not None:
            client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        for name, query in SEARCHES.items():
            print(f"{who:14} {name:28} {measure(client, query)}")


def fill() -> None:
    """Invented structures spread over the real communes, one in five in forty of them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT concept_id FROM reference_valuesetmember WHERE value_set_id = 'J17' ORDER BY position")
        activities = [key for (key,) in cursor.fetchall()][:99]
    values = {
        "establishments": ESTABLISHMENTS,
        "each": OFFERS_EACH,
        "kinds": list(KINDS),
        "services": list(SERVICES),
        "activities": [*activities, "R211:293"],
        "legal_entity": factories.LegalEntityFactory().pk,
    }
    for statement in FILL:
        with writing("bench", "command"), connection.cursor() as cursor:
            cursor.execute(statement, values)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def measure(client: Client, query: str) -> str:
    """The p95 and the median of the page, its number of queries and its status."""
    address = f"/?{query}"
    with CaptureQueriesContext(connection) as captured:
        status = client.get(address).status_code
    queries = len(captured)
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        client.get(address)
        times.append((time.perf_counter() - started) * 1000)
    parts = quantiles(times, n=20)
    return f"p95 {parts[18]:6.0f} ms, médiane {parts[9]:6.0f} ms, {queries:2} requêtes, statut {status}"
