"""The right to report beds and places."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("confidentiality", "0006_answer_persons"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="perimeter",
            options={
                "default_permissions": (),
                "ordering": ["kind", "code"],
                "permissions": [
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
                ],
                "verbose_name": "périmètre",
                "verbose_name_plural": "périmètres",
            },
        ),
    ]
