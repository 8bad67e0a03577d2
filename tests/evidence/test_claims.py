"""The claim ledger: verdicts follow from intervals, a flipped verdict fails in nbval, claims.md is what is stored."""

import json
import math
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from lrcourse.evidence import claims

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
        ({"id": "D1"}, "id must be"),
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
    row = (ran / "claims.md").read_text(encoding="utf-8").splitlines()[-1]
    assert row == (
        "| A9 | Cosine beats linear. | made up | +0.30 (+0.10 to +0.50) | **holds here** "
        "| [04, cell 2](04_made.ipynb#cell-id=tested) |"
    )


def test_a_stored_claim_says_its_numbers_to_those_who_cannot_see_the_picture(ran):
    picture, words = nbformat.read(ran / "04_made.ipynb", as_version=4).cells[1].outputs
    assert "+0.30 (+0.10 to +0.50)" in picture.metadata["image/png"]["alt"]
    assert words.data["text/plain"].endswith("Verdict: holds here")


def test_claims_md_equals_what_the_notebooks_store():
    assert (NOTEBOOKS / "claims.md").read_text(encoding="utf-8") == claims.ledger()


def test_every_stored_verdict_follows_from_its_stored_interval():
    for row in claims.stored():
        lows = [low > 0 for _, _, low, _ in row["settings"]]
        assert row["verdict"].startswith("holds" if all(lows) else "depends on" if any(lows) else "does not"), row


def test_no_claim_escapes_comparison():
    for path in NOTEBOOKS.glob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code" and "claim(" in "".join(cell["source"]):
                tags = cell["metadata"].get("tags", [])
                assert not {"nbval-ignore-output", "nbval-skip"} & set(tags), (path.name, cell["source"])
                assert any(claims.KEY in output.get("metadata", {}) for output in cell["outputs"]), path.name
