"""What the name of a file or folder says: an exercise, a person, a version, or nothing of these.

Words in any language may name a person. So a name says nobody only where each of its words is in a list, and what is in
none of them is taken for somebody's: a row too many is seen, a person too few is not.
"""

import re
from functools import cache

from lrcourse.grading.writing import printable

# What programs and browsers add to the name of a copy.
COPY_OF = "copy of|kopie von|copie de|copia de|cópia de"
COPY = re.compile(r"[ _-]+(?:copy|kopie|copie|copia|cópia)(?: ?\(?\d+\)?)?$|[ _-]*\(\d{1,3}\)$", re.IGNORECASE)
# Words that name no person: what is left of a file's or folder's name may hold nothing else.
NO_NAME = re.compile(
    r"(?:v|ver|version|hw|ex|lab|week|wk|task|part|try|attempt|homework|assignment|assignments|exercise|exercises"
    r"|sheet|module|unit|lesson|project|problem|set|ps|pset|section|blatt|serie|tp|td|tarea|devoir|ödev|дз"
    r"|作业|练习|課題|宿題|과제|숙제)\d*|\d{1,3}|(?:19|20)\d\d|20\d{6}t?\d{6}z?"
    r"|[a-z]|final|finished|done|new|old|draft|fixed|corrected|solved|solution|solutions|answers?|submit|submitted"
    r"|submissions?|handin|hand|turned|in|late|untitled\d*|notebooks?|my|work|copy|backup|test|src|code|files?|download"
    r"|downloads?|class|course|students?|all|export|the|of|and|lrcourse|jupyter|colab|ipynb|zip|moodle|canvas|e?mail"
    r"|experiments?|scratch|playground|practice|notes?|plots?|trial|examples?|demo|versions?|rough|misc|extra|bonus"
    r"|check|debug|tmp|temp|original|template|starter|blank|empty|unsolved|with|without|comments?|corrections?|revised"
    r"|resubmission|resubmitted|conflict|conflicted|updated|correct|working|latest|last|first|second|third|complete"
    r"|completed|attempts?"
    # The same in other languages: German, French, Spanish, Italian, Portuguese, Dutch, Polish, Russian and farther.
    r"|abgaben?|hausaufgaben?|hausübung(?:en)?|übung(?:en)?\d*|uebung(?:en)?\d*|aufgaben?\d*|übungsblatt|aufgabenblatt"
    r"|(?:muster)?lösung(?:en)?|(?:muster)?loesung(?:en)?|korrektur|korrigiert|entwurf|fertig|kopie|verbessert"
    r"|devoirs|exercices?|rendu|remise|corrigé|brouillon|copie|tareas|ejercicios?|prácticas?|practicas?|entregas?"
    r"|solución|solucion|soluciones|borrador|copia|compit[io]|esercizi[o]?|consegna|soluzion[ei]|exercícios?|solução"
    r"|trabalhos?|opdracht(?:en)?|huiswerk|oplossing(?:en)?|uitwerking(?:en)?|zadani[ea]|rozwiązani[ea]|домашн\w+"
    r"|задани[ея]|решени[ея]|работа|черновик|inlämning|uppgift(?:er)?|lösning(?:ar)?|çözüm|واجب|الواجب|答案|实验|解答"
    r"|제출|실습",
    re.IGNORECASE,
)
# What people and browsers write into the name of an earlier, and of a later, version of one file.
EARLIER = re.compile(
    r"(?<![^\W_])(?:old|alt|backup|draft|entwurf|original|template|starter|blank)(?![^\W_])", re.IGNORECASE
)
LATER = re.compile(
    r"(?<![^\W_])(?:final|new|neu|fixed|corrected|korrigiert|revised|updated|resubmission)(?![^\W_])", re.IGNORECASE
)
VERSION = re.compile(r"\((\d{1,3})\)$|[ _-](?:v|ver|version)?[ _-]?(\d{1,2})$", re.IGNORECASE)
# Of these the words that are nobody's surname (New, Old, Alt and Neu are), at the end of a name.
VERSION_ALONE = re.compile(
    r"(?:[ _.-]+(?:final|draft|entwurf|backup|fixed|corrected|korrigiert|revised|updated|resubmission"
    r"|(?:v|ver|version)[ _.-]?\d{1,2}))+$",
    re.IGNORECASE,
)
_SENT = "py|html?|pdf|zip|docx?|odt|rtf|pages|rar|7z"  # what people hand in that is no notebook
HANDED_IN = re.compile(rf"\.({_SENT})$", re.IGNORECASE)
_ENDING = re.compile(rf"(\.ipynb)?(\.(ipynb|txt|json|{_SENT}))?$", re.IGNORECASE)
# Of files that are no notebook: programs' own kinds, which nobody hands in; tables, data and links, which teachers and
# platforms leave there too; pictures as cameras name them; and words (beside those above) that name no person.
NOBODYS_KIND = re.compile(
    r"\.(ya?ml|toml|ini|cfg|conf|lock|css|js|pyc|sh|bat|ics|log|xml|db|sqlite3?|ipynb)$", re.IGNORECASE
)
TABLE = re.compile(
    r"\.(csv|tsv|xls[xm]?|ods|numbers|gsheet|gdoc|gslides|json|dat|np[yz]|pt|pth|ckpt|pkl|pickle|joblib|h5|mat|bak"
    r"|lnk|url|webloc|desktop)$",
    re.IGNORECASE,
)
CAMERA = re.compile(
    r"(img|dscn?|pxl|mvi|vid|photo|image|scan|screen ?shot|bildschirmfoto|whatsapp image|signal)[ _-]*\d.*"
    r"|20\d{6}[_-]\d{6}.*",
    re.IGNORECASE,
)
MATERIAL = re.compile(
    r"read|me|readme|licen[cs]e|contributing|changelog|makefile|dockerfile|index|about|syllabus|roster|gradebook|grades?"
    r"|grading|scores?|marks|rubrics?|instructions?|instructor|teacher|handouts?|handed|slides?|lectures?|feedback|names?"
    r"|metadata|data|dataset|timestamp|onlinetext|requirements|environment|setup|config|settings|main|utils?|helpers?"
    r"|init|conftest|nbgrader|lrcourse|gitignore|todo|tasks?|plan|calendar|timetable|agenda|schedules?|schedulers?|deadlines?"
    r"|announcements?|info|help|cheat|sheets?|report|essay|summary|results?|outputs?|paper|figures?|figs?|images?|img|pics?"
    r"|pictures?|photos?|screen|shots?|screenshots?|scans?|logo|icon|charts?|curves?|graphs?|diagrams?|learning|rates?"
    r"|lr|loss|losses|accuracy|step|decay|cosine|model|train|training|validation|epochs?|torch|pytorch|numpy|python|document"
    r"|text|link|unnamed|unknown|anonymous|everything|material|materials|general|overview"
    r"|one|two|three|four|five|six|seven|eight|nine|ten|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|documents|desktop|onedrive|dropbox|drive|icloud"
    r"|semester|term|seed|secret|is|are|to|for|from|by|on|at|how|what|all|in|and"
    r"|users?|members?|participants?|attendance|status|allocations?|classroom|list|lists|groups|worksheet|workbook|book\d+"
    r"|mappe\d*|tabelle\d*|package|appendix|appendices|annex|attachments?|enclosures?|assets|resources|cover|title"
    r"|kurs|klasse|curso|cours|corso|weights|checkpoints?|history|scan\d*|dokument\d*|noten(?:liste)?|teilnehmer(?:liste)?|anwesenheit(?:sliste)?|liste"
    r"|punkte|bewertung(?:en)?|anhang|anhänge|anlagen?|deckblatt|titelblatt|bericht|protokoll|ergebnisse?|dateien|bild(?:er)?"
    r"|annexes?|rapport|énoncé|fichiers|anexos?|apéndice|informe|enunciado|notas|calificaciones|archivos|ficheros|relazione"
    r"|allegat[oi]|appendice|relatório|arquivos|bijlagen?|verslag|bestanden|bilag\w*|bilaga|filer|załączniki?|pliki"
    r"|приложени[ея]|отч[её]т|файлы|附件|附录|報告|报告|レポート|付録|부록|보고서",
    re.IGNORECASE,
)

# The last word of the folder in which a browser or a converter keeps what a page shows.
BESIDE_A_PAGE = re.compile(
    "files?|dateien|fichiers|archivos|ficheros|arquivos|bestanden|filer|pliki|soubory|tiedostot|файлы|assets|resources"
    "|images|figures|media",
    re.IGNORECASE,
)


def shown(text):
    """A name of a stranger's for a line of a terminal, not too long."""
    text = printable(text)
    return text if len(text) <= 100 else f"{text[:97]}..."


@cache
def naming(exercise):
    """A pattern of the exercise's name as people write it: 02_step_decay, 02-Step-Decay, 02 step decay.

    >>> bool(naming("02_step_decay").search("ada 02-Step decay.ipynb"))
    True
    """
    return re.compile("[ _.-]*".join(map(re.escape, re.split(r"[_-]", exercise))), re.IGNORECASE)


def without_exercise(name, exercises):
    """What a name says beside the exercise and the marks of a copy.

    >>> [without_exercise(name, ["02_step_decay"]) for name in ("Alan - Copy of 02_step_decay-2", "Step Decay (2)")]
    ['Alan', '']
    """
    name = re.sub(rf"\b(?:{COPY_OF})\b *", "", name, flags=re.IGNORECASE)
    for exercise in exercises:
        name = _around(exercise).sub("_", name)
    before = None
    while name != before:
        before, name = name, COPY.sub("", name).strip(" _.-")
    return "" if words(name) in map(_title, exercises) else name


@cache
def _title(exercise):
    """The words of an exercise's name without its number, by which some call their file."""
    return [word for word in words(exercise) if not word.isdigit()]


@cache
def _around(exercise):
    number = r"(?:[ _-]*\(\d{1,3}\)|[-_]\d{1,2}(?!\d))*"
    return re.compile(rf"[ _.-]*{naming(exercise).pattern}{number}[ _.-]*", re.IGNORECASE)


def age(file):
    """Sorts versions of one file of which no clock tells the newest, the oldest first.

    >>> sorted(["hw (10).ipynb", "hw.ipynb", "hw_final.ipynb", "hw (2).ipynb", "hw_old.ipynb"], key=age)
    ['hw_old.ipynb', 'hw.ipynb', 'hw (2).ipynb', 'hw (10).ipynb', 'hw_final.ipynb']
    """
    stem = re.sub(r"\.\w+$", "", file)
    number = VERSION.search(stem)
    said = bool(LATER.search(stem)) - bool(EARLIER.search(stem))
    return said, int(number[1] or number[2]) if number else 0


def counted(parts):
    """Sorts places as people count: Version 2 before Version 10.

    >>> sorted([("Version 10", "x"), ("Version 2", "x")], key=counted)[0]
    ('Version 2', 'x')
    """
    return [
        (bool(k % 2), int(text) if k % 2 else 0, text) for k, text in enumerate(re.split(r"(\d+)", "/".join(parts)))
    ]


def without_version(name):
    """The name without what tells that it is a version of another.

    >>> without_version("ada_hw2_final"), without_version("Ada v2"), without_version("Will New")
    ('ada_hw2', 'Ada', 'Will New')
    """
    return VERSION_ALONE.sub("", name)


def words(name):
    """The words and numbers of a name, in small letters.

    >>> words("O'Neil, Ada_2")
    ['o', 'neil', 'ada', '2']
    """
    return re.findall(r"[^\W_]+", name.casefold())


def names_a_person(name):
    """Whether the name holds a word that is more than 'homework', 'final', '2'.

    >>> names_a_person("hw1_final"), names_a_person("Ada hw1")
    (False, True)
    """
    return not all(map(NO_NAME.fullmatch, words(name)))


def may_name_a_person(name):
    """Whether a document of this name may be a person's: it holds a word that is neither of those nor of a course's.

    >>> may_name_a_person("learning curve 2"), may_name_a_person("ada curve")
    (False, True)
    """
    return any(not (NO_NAME.fullmatch(word) or MATERIAL.fullmatch(word)) for word in words(name))


def is_exercise(name, exercises):
    """Whether a file or folder is named after an exercise and nobody."""
    return any(naming(one).search(name) for one in exercises) and not names_a_person(without_exercise(name, exercises))


def is_handed_in(entry, exercises):
    """Whether a file that lies in nobody's folder is somebody's work: a notebook, or named after the exercise."""
    name = entry.parts[-1]
    return entry.is_notebook or HANDED_IN.search(name) and any(naming(exercise).search(name) for exercise in exercises)


def is_all_of_somebodys(entry, exercises):
    """Whether a file that lies in nobody's folder may be all that a person handed in: it is named after one.

    A table, data or a link must hold nothing but a name, and words such as hw1: teachers leave those there too.

    >>> from lrcourse.grading.sources import Entry
    >>> names = ["grace hopper.pdf", "hw2 kurt.jpeg", "syllabus.pdf", "02_step_decay_plot.png", "IMG_4711.jpg", "a.csv"]
    >>> names += ["Grace Hopper hw2.xlsx", "class 7b grades.xlsx"]
    >>> [is_all_of_somebodys(Entry((name,), (), object()), ["02_step_decay"]) for name in names]
    [True, True, False, False, False, False, True, False]
    """
    name = entry.parts[-1]
    if NOBODYS_KIND.search(name) or CAMERA.fullmatch(name):
        return False
    said = without_exercise(without_ending(name), exercises)
    if TABLE.search(name) and any(map(MATERIAL.fullmatch, words(said))):
        return False
    return may_name_a_person(said)


def without_ending(name, is_file=True):
    """The name of a file without its ending, whatever that is; of a folder only without one that people hand in.

    >>> without_ending("ada.tar.gz"), without_ending("J. Smith", is_file=False)
    ('ada', 'J. Smith')
    """
    if not is_file or _ENDING.search(name)[0]:
        return _ENDING.sub("", name)
    return re.sub(r"(?<=.)(?:\.tar)?\.\w{1,5}$", "", name)
