"""The first sheet of a template: what to do with it, in plain words."""

from collections.abc import Iterable

from ror.imports.sheets.layout import KEY_TITLE, LINE_TITLE, OFFERS, REMOVE_TITLE, SENSITIVE_TITLE, TITLES

TITLE = "Mode d'emploi"
HOW = (
    ("En bref", ""),
    ("", "Chaque feuille est une partie de la description. Remplissez celles qui vous servent, dans l'ordre que vous "
         "voulez, puis déposez ce fichier : le portail montre ce qui changera avant de rien enregistrer."),
    ("", "Une feuille, une colonne ou une offre que vous supprimez du fichier ne change pas. Une cellule que vous "
         "videz vide la donnée."),
    ("Les couleurs", ""),
    ("", f"Titre rouge avec une étoile : la donnée est obligatoire. Titre gris : le repère d'une ligne, à ne pas "
         f"changer. « {KEY_TITLE} » dit de quelle offre parle la ligne."),
    ("Changer une offre", ""),
    ("", "Changez les cellules de sa ligne, sans toucher à son identifiant. Ce que vous n'avez pas le droit de lire "
         "est une cellule vide : laissez-la vide, rien ne sera perdu."),
    ("Ajouter une offre", ""),
    ("", f"Dans « {TITLES[OFFERS]} », écrivez une ligne : inventez un identifiant (par exemple N1), indiquez le numéro "
         "FINESS de l'établissement (pour un cabinet sans numéro, l'identifiant que montre l'export), répondez « non » "
         f"dans « {SENSITIVE_TITLE} », puis reprenez ce même identifiant dans les autres feuilles."),
    ("Ajouter un contact, un lieu, un horaire…", ""),
    ("", f"Écrivez une ligne de plus dans sa feuille, avec l'identifiant de l'offre, et laissez « {LINE_TITLE} » vide. "
         f"Si d'autres lignes dépendent de celle-ci (le téléphone d'un contact ajouté), donnez-lui un nom de votre "
         f"choix dans « {LINE_TITLE} » (par exemple C1) et reprenez-le dans leur colonne « Contact », « Lieu » ou "
         "« Équipement »."),
    ("Lits et places, professionnels", ""),
    ("", "Ces deux feuilles sont à part : ce qu'elles disent est écrit aussitôt, sans relecture, jamais en brouillon. "
         "Une offre ou un lieu nouveau ne les reçoit qu'une fois dans le répertoire, par un fichier suivant."),
    ("Retirer une ligne", ""),
    ("", f"Écrivez « oui » dans « {REMOVE_TITLE} ». Effacer la ligne du fichier ne la retire pas du répertoire. Une "
         "offre ne se retire pas ainsi : elle se ferme, dans le portail."),
    ("Ce que l'on écrit dans les cellules", ""),
    ("", "Choisissez dans la liste quand la cellule en propose une ; un code est accepté aussi. Quand plusieurs "
         "valeurs sont possibles (le titre le dit en commentaire), séparez-les par un point-virgule : elles sont dans "
         "la feuille « Listes »."),
    ("", "Dates : 31/12/2026. Heures : 08:30. Communes : code INSEE, ou code postal et nom (35000 Rennes). Toutes les "
         "cellules sont au format Texte, pour que les zéros du début restent."),
    ("Ce qui ne passe pas par ce fichier", ""),
    ("", "Le signalement d'unité sensible (une personne de l'établissement le fait dans le portail), "
         "les fermetures et ce que dit un registre. Le champ d'activité et le mode de "
         "prise en charge ne changent plus une fois l'offre publiée."),
)  # fmt: skip
SHEETS = "Les feuilles de ce fichier"


def lines(titles: Iterable[str], model: str = "") -> list[tuple[str, str]]:
    """(heading, text) of each line; one of them is empty. `model` is the title of the entry model, if any."""
    kind = [("", f"Ce modèle est fait pour : {model}.")] if model else []
    return [*HOW[:1], *kind, *HOW[1:], (SHEETS, ""), *(("", title) for title in titles)]
