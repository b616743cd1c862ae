"""The right to correct a record from the administration."""

from django.db import migrations

PERMISSIONS = [
    ("describe_offer", "Décrire les offres"),
    ("publish_offer", "Publier les offres"),
    ("answer_crisis_questions", "Répondre aux questions de gestion de crise"),
    ("manage_accounts", "Gérer les comptes et les rôles"),
    ("enter_admin", "Entrer dans l'administration"),
    ("administer_reference", "Gérer les nomenclatures et les territoires"),
    ("read_registers", "Consulter les registres"),
    ("correct_record", "Corriger une fiche depuis l'administration"),
]


class Migration(migrations.Migration):
    dependencies = [("confidentiality", "0003_perimeter_parent")]

    operations = [
        migrations.AlterModelOptions(
            name="perimeter",
            options={
                "default_permissions": (),
                "ordering": ["kind", "code"],
                "permissions": PERMISSIONS,
                "verbose_name": "périmètre",
                "verbose_name_plural": "périmètres",
            },
        ),
    ]
