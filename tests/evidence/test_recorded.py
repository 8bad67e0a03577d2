"""A replication counts for the question as it stands, and only on seeds that nobody had seen when it was chosen."""

import json

import nbformat
import pytest
from test_experiments import CELL, SETUP, TOY

from lrcourse.evidence import claims, recorded
from lrcourse.evidence.experiments import experiments
from lrcourse.evidence.rows import KEY, collecting

ASK = CELL.format(id="A9", other=1.0)


@pytest.fixture
def lesson(tmp_path):
    """A function that writes the notebook of a claim with its stored row, and gives the experiment."""

    def write(ask=ASK, toy=TOY):
        with collecting() as rows:
            exec(SETUP + toy + ask, {"print": lambda *words: None})
        outputs = [nbformat.v4.new_output("display_data", {"text/plain": "row"}, metadata={KEY: row}) for row in rows]
        cells = [nbformat.v4.new_code_cell(source) for source in (SETUP, toy)]
        cells.append(nbformat.v4.new_code_cell(ask, outputs=outputs, id="claim"))
        nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "04_made.ipynb")
        return experiments(tmp_path)[0]

    write.folder = tmp_path
    return write


def again(one, folder, *roots):
    for root in roots:
        recorded.add(folder, [one], {one.key: one.run(root)}, root)


def counted(one, folder, i=0):
    return [entry["seeds_from"] for entry in recorded.counted(recorded.read(folder), one, i)]


def test_a_root_counts_once_and_the_stored_seeds_never(lesson):
    one = lesson()
    again(one, lesson.folder, 5, 6, 5, 0)
    assert sorted(counted(one, lesson.folder)) == [5, 6]


def test_an_experiment_that_failed_is_not_recorded(lesson):
    one = lesson()
    recorded.add(lesson.folder, [one], {one.key: "ZeroDivisionError: division by zero"}, 5)
    assert recorded.read(lesson.folder) == {}


OTHER = {
    "more seeds": (ASK.replace("matters=0.1", "matters=0.1, seeds=30"), TOY),
    "another margin": (ASK.replace("matters=0.1", "matters=0.2"), TOY),
    "other words": (ASK.replace("Zero beats", "Nothing beats"), TOY),
    "a function that the cell calls": (ASK, TOY.replace("0.3", "0.4")),
    "a number that the function reads": (ASK, TOY.replace("WIDTH = 1.0", "WIDTH = 1.5")),
    "the same number said otherwise": (ASK, TOY.replace("WIDTH = 1.0", "WIDTH = 2.0 / 2")),
}


@pytest.mark.parametrize("change", OTHER)
def test_what_was_tried_before_a_change_is_never_counted_after_it(lesson, change):
    again(lesson(), lesson.folder, 5, 6)
    one = lesson(*OTHER[change])
    assert counted(one, lesson.folder) == []
    again(one, lesson.folder, 6, 7)  # 6 had been seen when the question was changed
    assert counted(one, lesson.folder) == [7]
    again(lesson(), lesson.folder, 8)  # and back again: 6 and 7 have been seen, 5 was asked of this very form
    assert sorted(counted(lesson(), lesson.folder)) == [5, 8]


def test_layout_comments_and_cells_that_are_not_needed_change_nothing(lesson):
    again(lesson(), lesson.folder, 5, 6)
    spaced = ASK.replace('best="zero",', 'best="zero",  # the one that the claim names\n\n')
    assert counted(lesson(spaced, TOY + "\n# a picture\nunused = 3\n"), lesson.folder) == [5, 6]


def test_two_rows_of_one_cell_are_two_claims(lesson):
    one = lesson(ASK + CELL.format(id="B6", other=2.0))
    again(one, lesson.folder, 5, 6)
    assert counted(one, lesson.folder, 0) == counted(one, lesson.folder, 1) == [5, 6]


def test_the_ledger_says_what_counts(lesson, capsys):
    again(lesson(), lesson.folder, 5, 6)
    assert claims.main([str(lesson.folder)]) == 0
    assert capsys.readouterr().out.splitlines()[1].endswith("on new numbers): 04:A9")
    assert "| 2 times, 2 with this verdict | [04, cell 3]" in claims.ledger(lesson.folder)
    lesson(*OTHER["another margin"])
    assert "| 0 times | [04, cell 3]" in claims.ledger(lesson.folder)


def test_every_entry_of_the_courses_record_belongs_to_a_claim_and_says_where_it_comes_from():
    known, asked = recorded.read(claims.NOTEBOOKS), experiments(claims.NOTEBOOKS)
    places = {recorded.place(one, i) for one in asked for i in range(len(one.stored))}
    assert {entry["claim"] for entries in known.values() for entry in entries} <= places
    assert all(json.dumps(entry["settings"]) and entry["design"] for entries in known.values() for entry in entries)


def test_the_record_is_a_file_that_people_can_read_and_is_whole_or_not_there(tmp_path):
    recorded.write(tmp_path / "x.json", {"b": [1], "a": "ü"})
    assert (tmp_path / "x.json").read_text(encoding="utf-8") == '{\n "a": "\\u00fc",\n "b": [\n  1\n ]\n}\n'
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]
    with pytest.raises(TypeError):
        recorded.write(tmp_path / "x.json", {"b": {1}})
    assert json.loads((tmp_path / "x.json").read_text(encoding="utf-8")) == {"a": "ü", "b": [1]}
    assert recorded.read(tmp_path) == {}


def test_the_first_row_of_a_cell_is_meant_where_nothing_is_said(lesson):
    one = lesson(ASK + CELL.format(id="B6", other=2.0))
    again(one, lesson.folder, 5)
    first, second = recorded.counted(recorded.read(lesson.folder), one), counted(one, lesson.folder, 1)
    assert [entry["claim"] for entry in first] == ["04_made.ipynb#claim/0"] and second == [5]
    assert first[0].keys() == {"seeds_from", "claim", "design", "verdict", "settings"}
