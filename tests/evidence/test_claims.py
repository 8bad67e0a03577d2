"""The claim ledger: verdicts follow from intervals, a flipped verdict fails in nbval, claims.md is what is stored."""

import json
import math
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from lrcourse.evidence import claims, forest
from lrcourse.evidence.experiments import experiments
from lrcourse.evidence.recorded import RECORD
from lrcourse.evidence.rows import collecting

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
CLAIM = """
from lrcourse.evidence.claims import claim
effect = {effect}
claim("A9", "Cosine beats linear.", experiment="made up", effect=effect, interval=(effect - 0.2, effect + 0.2))
"""


@pytest.mark.parametrize(
    ("intervals", "expected"),
    [
        ([(0.001, 5)], "holds here"),
        ([(0, 5)], "does not show here"),
        ([(-1, 1)], "does not show here"),
        ([(-5, -0.001)], "does not hold here"),
        ([(-5, -1), (-1, 1)], "does not show here"),
        ([(1, 2), (3, 4)], "holds here"),
        ([(1, 2), (-4, -3)], "depends on the momentum"),
    ],
)
def test_the_verdict_follows_from_the_interval(intervals, expected):
    assert claims.verdict(intervals, "momentum") == expected


GOOD = {"id": "A9", "text": "It helps.", "experiment": "twenty seeds", "effect": 0.3, "interval": (0.1, 0.5)}


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"id": "A14"}, "id must be"),
        ({"id": "E1"}, "id must be"),
        ({"id": "D99"}, "id must be"),
        ({"id": "A0"}, "id must be"),
        ({"id": "A9 C8"}, "id must be"),
        ({"text": " "}, "text must be"),
        ({"experiment": ""}, "experiment must be"),
        ({"effect": math.nan}, "effect must be"),
        ({"interval": (0.4, 0.5)}, "interval must hold"),
        ({"interval": (0.5, 0.1)}, "interval must hold"),
        ({"interval": (0.1, math.inf)}, "interval must be"),
        ({"effect": {"LR 0.1": 0.3}}, "interval must have"),
    ],
)
def test_a_bad_row_is_refused_by_name(wrong, named):
    with pytest.raises(ValueError, match=named):
        claims.claim(**GOOD | wrong)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A folder with a notebook that nbclient really ran, its effect +0.3 with the interval +0.1 to +0.5."""
    folder = tmp_path_factory.mktemp("ledger")
    cell = nbformat.v4.new_code_cell(CLAIM.format(effect=0.3), id="tested")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# made", id="head"), cell])
    notebook.metadata.kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    NotebookClient(notebook, timeout=60).execute()
    nbformat.write(notebook, folder / "04_made.ipynb")
    return folder


def test_nbval_lets_numbers_drift_and_stops_a_flipped_verdict(ran, tmp_path):
    """The notebook as stored, but re-running it measures another effect: a little off, then off enough to flip."""
    notebook = nbformat.read(ran / "04_made.ipynb", as_version=4)
    drifts, flips = notebook.cells[1], nbformat.from_dict(notebook.cells[1] | {"id": "flips"})
    drifts.source, flips.source = CLAIM.format(effect=0.3000004), CLAIM.format(effect=0.1)
    notebook.cells = [drifts, flips]
    nbformat.write(notebook, tmp_path / "made.ipynb")
    command = [sys.executable, "-m", "pytest", "--nbval", "-p", "no:cacheprovider", "-rA", "--color=no", "."]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "PASSED made.ipynb::Cell 0" in run.stdout, run.stdout
    assert "FAILED made.ipynb::Cell 1" in run.stdout, run.stdout
    assert "does not show here" in run.stdout


def test_the_ledger_comes_from_the_stored_outputs(ran, capsys):
    assert claims.main([str(ran)]) == 0
    assert "1 rows from 1 notebooks" in capsys.readouterr().out
    text = (ran / "claims.md").read_text(encoding="utf-8")
    assert text.splitlines()[-1] == (
        "| A9 | Cosine beats linear. | made up | +0.30 (+0.10 to +0.50) | **holds here** (old) |  |  | never "
        "| [04, cell 2](04_made.ipynb#cell-id=tested) |"
    )
    assert text.splitlines()[2].startswith("![1 effects") and "(claims.png)" in text
    assert (ran / "claims.png").read_bytes()[:4] == b"\x89PNG"


ASKED = {
    "id": "B6",
    "text": "It helps.",
    "experiment": "races",
    "unit": "loss, rival minus a",
    "settings": [["against x", 2.0, 1.0, 3.0], ["against y", -9.0, -9.5, -8.5]],
    "verdict": "depends on the rival",
    "asked": {"seeds": 20, "visible": 1.25, "question": "q", "root": 0},
}


def test_an_asked_row_says_its_seeds_what_it_could_see_and_how_often_it_was_replicated(tmp_path):
    output = nbformat.v4.new_output("display_data", {"text/plain": "row"}, metadata={claims.KEY: ASKED})
    cell = nbformat.v4.new_code_cell("ask()", outputs=[output], id="asked")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "11_made.ipynb")
    assert "| 20 | 1.2 | 0 times | [11, cell 1]" in claims.ledger(tmp_path)
    one = experiments(tmp_path)[0]
    entry = {"claim": "11_made.ipynb#asked/0", "design": one.design, "verdict": "depends on the rival"}
    again = [entry | {"seeds_from": 1}, entry | {"seeds_from": 2, "verdict": "cannot tell"}]
    (tmp_path / RECORD).write_text(json.dumps({"q": again}), encoding="utf-8")
    line = claims.ledger(tmp_path).splitlines()[-1]
    assert "| 20 | 1.2 | 2 times, 1 with this verdict | [11, cell 1]" in line and "(old)" not in line


def test_the_picture_draws_every_effect_in_its_own_unit():
    old = {"id": "A9", "notebook": "04.ipynb", "settings": [["", 0.3, 0.1, 0.5]], "verdict": "holds here"}
    fact = {"id": "A6", "notebook": "01.ipynb", "settings": [["", 1.0, 1.0, 1.0]], "fact": True}
    rows = [ASKED | {"notebook": "11.ipynb"}, old, fact]
    lines = forest.effects(rows)
    assert [line[0] for line in lines] == ["B6 (11) against x", "B6 (11) against y", "A9 (04)"]
    assert [line[1] for line in lines] == pytest.approx([2 / 1.25, -9 / 1.25, 0.3 / (0.2 * 2.8 / 1.96)])
    axes = forest.forest(rows).axes[0]
    marks = [line for line in axes.lines if line.get_marker() not in (None, "None", "")]
    assert [mark.get_marker() for mark in marks] == ["o", "<", "o"]  # beyond the edge: an arrow that points there
    assert marks[2].get_markerfacecolor() == "white" != marks[0].get_markerfacecolor()
    assert forest.alt_text(rows).startswith("3 effects") and "2 lie right of 0, 1 lie left of 0" in forest.alt_text(
        rows
    )


def test_a_stored_claim_says_its_numbers_to_those_who_cannot_see_the_picture(ran):
    picture, words = nbformat.read(ran / "04_made.ipynb", as_version=4).cells[1].outputs
    assert "+0.30 (+0.10 to +0.50)" in picture.metadata["image/png"]["alt"]
    assert words.data["text/plain"].endswith("Verdict: holds here")


def test_claims_md_equals_what_the_notebooks_store():
    assert (NOTEBOOKS / "claims.md").read_text(encoding="utf-8") == claims.ledger()


def test_every_older_verdict_follows_from_its_stored_interval():
    for row in claims.stored():
        if "asked" in row or row.get("fact"):
            continue
        lows = [low > 0 for _, _, low, _ in row["settings"]]
        assert row["verdict"].startswith("holds" if all(lows) else "depends on" if any(lows) else "does not"), row


def words(source):
    return set(re.findall(r"\b\w+\(", source))


def test_no_claim_escapes_comparison():
    for path in NOTEBOOKS.glob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code" and {"claim(", "ask(", "fact("} & words("".join(cell["source"])):
                tags = cell["metadata"].get("tags", [])
                assert not {"nbval-ignore-output", "nbval-skip"} & set(tags), (path.name, cell["source"])
                assert any(claims.KEY in output.get("metadata", {}) for output in cell["outputs"]), path.name


def write(folder, name, *rows):
    """A notebook with a cell for each stored row."""
    cells = []
    for i, row in enumerate(rows):
        output = nbformat.v4.new_output(
            "display_data", {"text/plain": "row"}, metadata={claims.KEY: row} if row else {}
        )
        cells.append(nbformat.v4.new_code_cell(f"x = {i}", outputs=[output], id=f"{name[:2]}-{i}"))
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / name)


def old(id, *settings, **more):
    words = {"id": id, "text": "It helps.", "experiment": "runs", "unit": "loss", "verdict": "holds here"}
    return {**words, "settings": list(settings or [["", 0.3, 0.1, 0.5]]), **more}


def test_rows_stand_in_the_articles_order_by_number(tmp_path):
    write(tmp_path, "02_b.ipynb", old("A12, C8"), old("B1"), old("A2"))
    write(tmp_path, "01_a.ipynb", None, old("A2"), old("D10"), old("A10"), old("A2, B5"))
    rows = claims.stored(tmp_path)
    assert [(row["id"], row["notebook"][:2], row["cell"], row["cell_id"]) for row in rows] == [
        ("A2", "01", 2, "01-1"),
        ("A2, B5", "01", 5, "01-4"),
        ("A2", "02", 3, "02-2"),
        ("A10", "01", 4, "01-3"),
        ("A12, C8", "02", 1, "02-0"),
        ("B1", "02", 2, "02-1"),
        ("D10", "01", 3, "01-2"),
    ]


def test_each_line_of_the_ledger_word_for_word(tmp_path):
    seen = old("A1", ["", 8.0, 8.0, 8.0], fact=True, unit="epochs | more")
    both = old("A2", ["clean", 0.3, 0.1, 0.5], ["noisy", -2.0, -3.0, -1.0], unit="")
    write(tmp_path, "04_made.ipynb", seen, both)
    head, *lines = claims.ledger(tmp_path).rsplit("\n", 3)
    assert lines[:2] == [
        "| A1 | It helps. | runs | +8 epochs \\| more | **holds here** | a fact |  |  "
        "| [04, cell 1](04_made.ipynb#cell-id=04-0) |",
        "| A2 | It helps. | runs | clean: +0.30 (+0.10 to +0.50)<br>noisy: -2.0 (-3.0 to -1.0) "
        "| **holds here** (old) |  |  | never | [04, cell 2](04_made.ipynb#cell-id=04-1) |",
    ]
    assert head.endswith("| --- |") and "\n\n**The rules.** Each arm is tuned" in head
    paragraphs = [part for part in head.split("\n\n") if not part.startswith("|")]
    assert all("\n" not in part for part in paragraphs) and not re.search("[\0\1]", head)


@pytest.mark.parametrize(
    ("times", "words"), [(0, "0 times"), (1, "1 time, 0 with this verdict"), (2, "2 times, 1 with")]
)
def test_how_often_it_was_replicated_in_words(times, words):
    again = [{"verdict": "cannot tell"}, {"verdict": "holds here"}][:times]
    assert claims._replicated(old("A1"), again).startswith(words)


@pytest.mark.parametrize(("times", "few"), [(4, True), (5, False)])
def test_a_claim_asked_again_five_times_is_no_longer_named(tmp_path, capsys, times, few):
    write(tmp_path, "11_made.ipynb", ASKED | {"id": "B6, C1"}, old("A1"))
    one = experiments(tmp_path)[0]
    entry = {"claim": "11_made.ipynb#11-0/0", "design": one.design, "verdict": ASKED["verdict"]}
    known = {"q": [entry | {"seeds_from": root} for root in range(1, times + 1)]}
    (tmp_path / RECORD).write_text(json.dumps(known), encoding="utf-8")
    assert claims.main([str(tmp_path)]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "claims.md: 2 rows from 1 notebooks"
    told = "Replicated fewer than 5 times as they stand (replicate CLAIM --record, on new numbers): 11:B6"
    assert out[1:] == ([told] if few else [])


def test_a_folder_that_is_not_there_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        claims.main([str(tmp_path / "none")])
    assert stopped.value.code == 2 and "none is not a folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("effect", "verdict"), [(2.0, "holds here"), (0.0, "does not hold here"), (-1, "does not hold")]
)
def test_a_number_without_an_interval_is_a_fact(effect, verdict, capsys):
    claims.claim("A9", "It helps.", experiment="a look", effect=effect, unit="steps")
    out = capsys.readouterr().out.splitlines()
    assert out[2] == f"A fact, not a sample: {effect:+.3g} steps" and out[3].startswith(f"Verdict: {verdict}")


def test_an_interval_may_end_at_its_effect_and_settings_are_kept_by_name(capsys):
    claims.claim(**GOOD | {"interval": (0.3, 0.3)})
    effects = {"clean": 0.3, 0.1: -0.2}
    with collecting() as rows:
        claims.claim(
            **GOOD | {"effect": effects, "interval": {"clean": (0.1, 0.3), 0.1: (-0.2, 0.0)}}, depends_on="noise"
        )
    assert rows[0]["settings"] == [("clean", 0.3, 0.1, 0.3), ("0.1", -0.2, -0.2, 0.0)]
    assert rows[0]["verdict"] == "depends on the noise" and rows[0]["unit"] == ""
    with pytest.raises(ValueError, match="interval must have effect's settings"):
        claims.claim(**GOOD | {"effect": {}, "interval": {}})
    assert capsys.readouterr().out == "A9: It helps.\nTested by: twenty seeds\nVerdict: holds here\n"
