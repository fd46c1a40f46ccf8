"""The invented people of a demonstration, and what each shows: a table.

No name, NIR or address is anybody's. A NIR here is that of the first person of a role; who comes
after, once the first has served, has the next order number.
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum

from carte.enums import CommandeState, Motif, Regle

CODE = "Essai-2026!"  # of all identities and agents
AIN, GARD, MSA, ABROAD = "011", "301", "MSA-AR", "CNAREFE"  # caisses of the fixture


@dataclass(frozen=True)
class Personne:
    """A person: 13 characters of NIR, names, birth date. The three agree."""

    nir: str
    nom: str
    prenoms: str
    naissance: date


@dataclass(frozen=True)
class Lieu:
    """A place letters go to."""

    voie: str
    code_postal: str
    commune: str


class Fenetre(Enum):
    """Where one stands in the window a declaration opens (F5), when the rule alone does not say it."""

    OPEN = "the form has not left"
    SENT = "the form has left, online is open again"
    HELD = "the form is due, and has no address to go to"


Case = Fenetre | CommandeState | Regle | Motif


@dataclass(frozen=True, kw_only=True)
class Role:
    """What is shown, and the household it is shown on.

    ``rule`` is what is read on the page: the one obstacle there is (E1 to E12) or, when there is none,
    the reason to order. It is read on the child if there is one, else on the holder.
    ``fenetre`` tells apart those that meet the same rule after a declaration, ``etat`` those whose last
    order stands somewhere of interest; ``also`` are the rules such an order brings with it.
    """

    rule: Regle | Motif
    shows: str
    holders: tuple[Personne, ...]
    child: Personne | None = None
    caisse: str = AIN
    lieu: Lieu | None
    fenetre: Fenetre | None = None
    etat: CommandeState | None = None
    also: tuple[Regle, ...] = ()

    @property
    def case(self) -> Case:
        """What the household is set up for."""
        return self.fenetre or self.etat or self.rule

    @property
    def rules(self) -> list[Regle | Motif]:
        """All that is read on the page, the headline first."""
        return [self.rule, *self.also]


@dataclass(frozen=True)
class AgentRole:
    """An agent of a caisse, and his group."""

    identifiant: str
    nom: str
    prenom: str
    caisse: str
    groupe: str


CAMILLE = Personne("2840601053101", "Fontanel", "Camille Jeanne", date(1984, 6, 12))
NEXT_LIEU = Lieu("27 rue des Tanneurs", "01500", "Ambérieu-en-Bugey")  # the address that waits (E12)

ROLES: tuple[Role, ...] = (
    Role(
        rule=Motif.REPLACEMENT,
        shows="Camille a perdu sa carte. Tout est ouvert, pour une commande de bout en bout.",
        holders=(CAMILLE,),
        lieu=Lieu("14 rue du Palais", "01000", "Bourg-en-Bresse"),
    ),
    Role(
        rule=Motif.FIRST,
        shows="Malik vient d’être immatriculé\N{NO-BREAK SPACE}: il peut commander sa première carte.",
        holders=(Personne("1990399352101", "Benchérif", "Malik", date(1999, 3, 4)),),
        lieu=Lieu("3 place de la Grenette", "01000", "Bourg-en-Bresse"),
    ),
    Role(
        rule=Motif.FIRST,
        shows="À plus de 12 ans, Maël a droit à une première carte, que commande l’un de ses parents.",
        holders=(
            Personne("2810969123101", "Garnier", "Sophie Anne", date(1981, 9, 7)),
            Personne("1791129019101", "Le Goff", "Yann", date(1979, 11, 15)),
        ),
        child=Personne("1120501053101", "Le Goff", "Maël Yann", date(2012, 5, 18)),
        lieu=Lieu("8 chemin des Vernes", "01160", "Pont-d'Ain"),
    ),
    Role(
        rule=Motif.REPLACEMENT,
        shows="Odile, à la CPAM du Gard, peut remplacer sa carte en opposition.",
        holders=(Personne("2561030189101", "Perrachon", "Odile Marie", date(1956, 10, 2)),),
        caisse=GARD,
        lieu=Lieu("52 rue de la Garrigue", "30000", "Nîmes"),
    ),
    Role(
        rule=Motif.REPLACEMENT,
        fenetre=Fenetre.OPEN,
        shows="Élodie a déclaré hier un vol. Sa fenêtre est ouverte\N{NO-BREAK SPACE}: le formulaire attend.",
        holders=(Personne("2880301053101", "Morel", "Élodie", date(1988, 3, 17)),),
        lieu=Lieu("11 rue Charles-Robin", "01000", "Bourg-en-Bresse"),
    ),
    Role(
        rule=Motif.REPLACEMENT,
        fenetre=Fenetre.SENT,
        shows="Le formulaire papier de Patrick est parti, et la commande en ligne est rouverte.",
        holders=(Personne("1710901053101", "Guyonnet", "Patrick", date(1971, 9, 14)),),
        lieu=Lieu("30 rue Bichat", "01000", "Bourg-en-Bresse"),
    ),
    Role(
        rule=Motif.NEW_FACE,
        shows="Inès a changé de nom. Sa carte sert encore, elle peut en commander une à son nom.",
        holders=(Personne("2910201283101", "Vuillermoz", "Inès", date(1991, 2, 23)),),
        lieu=Lieu("19 rue du Peigne", "01100", "Oyonnax"),
    ),
    Role(
        rule=Regle.ORDER_OPEN,
        shows="Thomas a déjà une commande en cours\N{NO-BREAK SPACE}: la page mène à son suivi.",
        holders=(Personne("1870701004101", "Jacquemin", "Thomas", date(1987, 7, 30)),),
        lieu=Lieu("6 avenue du Bugey", "01500", "Ambérieu-en-Bugey"),
    ),
    Role(
        rule=Regle.ORDER_OPEN,
        etat=CommandeState.TO_CORRECT,
        shows="La photo de Léa ne convient pas\N{NO-BREAK SPACE}: le suivi dit pourquoi et que faire.",
        holders=(Personne("2970201053101", "Brevet", "Léa", date(1997, 2, 8)),),
        lieu=Lieu("9 rue Lalande", "01000", "Bourg-en-Bresse"),
    ),
    Role(
        rule=Regle.ORDER_OPEN,
        etat=CommandeState.SHIPPED,
        shows="La carte d’Hugo est en chemin\N{NO-BREAK SPACE}: il dit si elle est arrivée ou non.",
        holders=(Personne("1920601053101", "Pochon", "Hugo", date(1992, 6, 26)),),
        lieu=Lieu("18 rue de la Samaritaine", "01000", "Bourg-en-Bresse"),
    ),
    Role(
        rule=Regle.ORDER_OPEN,
        etat=CommandeState.RETURNED,
        also=(Regle.NPAI,),
        shows="La carte de Lucien est revenue\N{NO-BREAK SPACE}: il donne une adresse, et elle repart.",
        holders=(Personne("1660501053101", "Chanel", "Lucien", date(1966, 5, 13)),),
        lieu=Lieu("25 avenue Maginot", "01000", "Bourg-en-Bresse"),
    ),
    Role(
        rule=Motif.FIRST,
        etat=CommandeState.REJECTED,
        shows="La demande de Sarah est refusée\N{NO-BREAK SPACE}: le suivi dit pourquoi, et que faire.",
        holders=(Personne("2010901053101", "Mercier", "Sarah", date(2001, 9, 30)),),
        lieu=Lieu("2 rue Littré", "01000", "Bourg-en-Bresse"),
    ),
    Role(
        rule=Regle.REGIME,
        shows="Bernard relève de la MSA, qui prend les commandes dans son propre espace.",
        holders=(Personne("1630101266101", "Chapuis", "Bernard Louis", date(1963, 1, 17)),),
        caisse=MSA,
        lieu=Lieu("Route des Étangs", "01600", "Reyrieux"),
    ),
    Role(
        rule=Regle.FORBIDDEN,
        shows="La caisse a retiré à Karine le droit de commander.",
        holders=(Personne("2751201053101", "Delorme", "Karine", date(1975, 12, 5)),),
        lieu=Lieu("41 boulevard du Mail", "01000", "Bourg-en-Bresse"),
    ),
    Role(
        rule=Regle.MUTATION,
        shows="Antoine change de régime\N{NO-BREAK SPACE}: la commande attend la fin du changement.",
        holders=(Personne("1940838185101", "Maréchal", "Antoine", date(1994, 8, 21)),),
        lieu=Lieu("5 rue de la Fontaine", "01210", "Ferney-Voltaire"),
    ),
    Role(
        rule=Regle.RIGHTS_ENDED,
        shows="Les droits de Lucile sont terminés\N{NO-BREAK SPACE}: elle ne peut plus commander.",
        holders=(Personne("2680401053101", "Ravier", "Lucile", date(1968, 4, 9)),),
        lieu=Lieu("10 impasse des Lilas", "01100", "Oyonnax"),
    ),
    Role(
        rule=Regle.TOO_YOUNG,
        shows="Zoé n’a pas 12 ans\N{NO-BREAK SPACE}: sa mère, Aurélie, l’inscrit sur sa propre carte.",
        holders=(Personne("2900569383101", "Monnet", "Aurélie", date(1990, 5, 11)),),
        child=Personne("2200301053101", "Monnet", "Zoé", date(2020, 3, 14)),
        lieu=Lieu("2 allée des Cèdres", "01000", "Bourg-en-Bresse"),
    ),
    Role(
        rule=Regle.PROVISIONAL_NIR,
        shows="Le numéro d’Amara est provisoire\N{NO-BREAK SPACE}: il reviendra avec le définitif.",
        holders=(Personne("7961199330101", "Diallo", "Amara", date(1996, 11, 3)),),
        lieu=Lieu("33 rue Centrale", "01100", "Oyonnax"),
    ),
    Role(
        rule=Regle.NPAI,
        shows="Un courrier est revenu de l’adresse d’Henri\N{NO-BREAK SPACE}: il doit en donner une autre.",
        holders=(Personne("1490901053101", "Ballandras", "Henri Joseph", date(1949, 9, 28)),),
        lieu=Lieu("1 montée du Château", "01160", "Pont-d'Ain"),
    ),
    Role(
        rule=Regle.NPAI,
        fenetre=Fenetre.HELD,
        shows="Le formulaire de Monique est prêt à partir. Il attend qu’elle donne une adresse.",
        holders=(Personne("2590601053101", "Bouchet", "Monique", date(1959, 6, 4)),),
        lieu=Lieu("4 place Joubert", "01000", "Bourg-en-Bresse"),
    ),
    Role(
        rule=Regle.NO_ADDRESS,
        shows="Geneviève, retraitée à l’étranger, n’a pas d’adresse en France.",
        holders=(Personne("2510275112101", "Rouxel", "Geneviève", date(1951, 2, 14)),),
        caisse=ABROAD,
        lieu=None,
    ),
    Role(
        rule=Regle.DECLARATION_NEEDED,
        shows="La carte de Paul est en service. Il la déclare d’abord perdue, volée ou hors d’usage.",
        holders=(Personne("1780301053101", "Convert", "Paul", date(1978, 3, 19)),),
        lieu=Lieu("22 rue des Casernes", "01000", "Bourg-en-Bresse"),
    ),
    Role(
        rule=Regle.PAPER_FORM_LEAVING,
        shows="Un formulaire papier part vers Nadia. Elle prépare sa commande, sans pouvoir l’envoyer.",
        holders=(Personne("2831001033101", "Ferrand", "Nadia", date(1983, 10, 25)),),
        lieu=Lieu("7 quai de la Valserine", "01200", "Valserhône"),
    ),
    Role(
        rule=Regle.ADDRESS_WAIT,
        shows="Julien a donné une nouvelle adresse. Ses documents attendent qu’elle soit utilisable.",
        holders=(Personne("1890101053101", "Thévenet", "Julien", date(1989, 1, 6)),),
        lieu=Lieu("16 rue de la Paix", "01000", "Bourg-en-Bresse"),
    ),
)

AGENTS: tuple[AgentRole, ...] = (
    AgentRole("AG-0101", "Bouvard", "Claire", AIN, "contrôle"),
    AgentRole("AG-0102", "Pelletier", "Samir", AIN, "droits"),
    AgentRole("AG-0103", "Guichard", "Hélène", AIN, "supervision"),
    AgentRole("AG-0104", "Rostand", "Marc", AIN, "audit"),
    AgentRole("AG-3001", "Vidal", "Estelle", GARD, "contrôle"),
)
