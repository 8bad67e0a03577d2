"""`python3 -m lrcourse replicate`: stored and new beside each other, a flip ends in 1, a killed run goes on."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from datetime import date

import pytest
from distributed import LocalCluster
from test_experiments import ran

from lrcourse.evidence import replicate
from lrcourse.evidence.experiments import NOTEBOOKS, Experiment, experiments
from lrcourse.evidence.recorded import RECORD
from lrcourse.evidence.verdict import HOLDS, OPPOSITE, SAME, UNSURE


@pytest.fixture(scope="module")
def lesson(tmp_path_factory):
    return ran(tmp_path_factory.mktemp("lesson"), A9=1.0, B6=0.0)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(replicate.platformdirs, "user_cache_dir", lambda *args, **kwargs: str(tmp_path / "cache"))
    return tmp_path / "cache"


def command(lesson, *options):
    return replicate.main(["--notebooks", str(lesson), "--jobs", "1", *options])


def test_fresh_seeds_stand_beside_the_stored_ones(lesson, capsys, cache):
    assert command(lesson, "--seeds-from", "5") == 0
    out = capsys.readouterr().out
    assert "2 claims of 2 cells, seeds from 5." in out and "No verdict flips." in out
    line = next(line for line in out.splitlines() if "stored +" in line)
    stored, new = line.split("   new ")
    assert stored.split("stored ")[1] != new
    assert not list(cache.rglob("*.json"))


def test_the_stored_seeds_give_the_stored_numbers(lesson, capsys):
    assert command(lesson, "A9", "--seeds-from", "0") == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if "stored +" in line)
    stored, new = line.split("   new ")
    assert stored.split("stored ")[1] == new


def test_without_a_number_it_draws_one(lesson, capsys):
    assert command(lesson, "A9") == command(lesson, "A9") == 0
    roots = {line.split()[-1] for line in capsys.readouterr().out.splitlines() if "seeds from" in line}
    assert len(roots) == 2


def doctored(lesson, folder, change):
    """The lesson with a stored row that was changed."""
    text = json.loads((lesson / "04_made.ipynb").read_text(encoding="utf-8"))
    for cell in text["cells"]:
        for output in cell.get("outputs", []):
            row = output.get("metadata", {}).get("lrcourse.claim")
            if row and row["id"] == "A9":
                row.update(change(row))
    (folder / "04_made.ipynb").write_text(json.dumps(text), encoding="utf-8")
    return folder


def test_a_flipped_verdict_ends_in_1(lesson, tmp_path, capsys):
    def flip(row):
        return {"verdict": OPPOSITE, "settings": [[name, -e, -high, -low] for name, e, low, high in row["settings"]]}

    assert command(doctored(lesson, tmp_path, flip), "--seeds-from", "5") == 1
    out = capsys.readouterr().out
    assert f"FLIPPED: {OPPOSITE} became {HOLDS}" in out and "1 flipped or failed." in out


def row(verdict, low=-1.0, high=1.0):
    return {"verdict": verdict, "settings": [["", (low + high) / 2, low, high]], "asked": {"matters": 0.5}}


@pytest.mark.parametrize(
    ("old", "new", "flips"),
    [
        (row(HOLDS, 1, 2), row(HOLDS, 1, 2), False),
        (row(HOLDS, 1, 2), row(UNSURE), False),
        (row(UNSURE), row(HOLDS, 1, 2), False),
        (row(HOLDS, 1, 2), row(OPPOSITE, -2, -1), True),
        (row(OPPOSITE, -2, -1), row(HOLDS, 1, 2), True),
        (row(SAME), row(HOLDS, 1, 2), True),
        (row(SAME), row(OPPOSITE, -2, -1), True),
        (row(SAME), row("depends on the rival"), True),
        (row(SAME), row("shows in a only"), True),
        (row(SAME), row(UNSURE), False),
        (row(HOLDS, 1, 2), row(SAME), True),
        (row("depends on the rival", 1, 2), row("depends on the rival", -2, -1), True),
        (row("depends on the rival", 1, 2), row(UNSURE, -1, 2), False),
        (row("depends on the rival", 1, 2), row(SAME), True),
        (row(UNSURE, 0.1, 0.4), row(UNSURE, -0.4, -0.1), False),  # both times too small to matter
        (row(UNSURE, 0.1, 0.6), row(UNSURE, -0.4, -0.1), True),
    ],
)
def test_what_counts_as_a_flip(old, new, flips):
    assert (replicate.compare(old, new) is not None) == flips


def test_an_experiment_that_fails_is_named_and_stops_no_other(lesson, tmp_path, capsys):
    text = (lesson / "04_made.ipynb").read_text(encoding="utf-8")
    (tmp_path / "04_made.ipynb").write_text(text.replace('\\"other\\": 1.0}', '\\"other\\": 1 / 0}'), encoding="utf-8")
    assert command(tmp_path, "--seeds-from", "5") == 1
    out = capsys.readouterr().out
    assert "FAILED: ZeroDivisionError" in out and "1 claims asked again." in out


@pytest.mark.parametrize("wrong", [["A99"], ["13"], ["--jobs", "0"], ["--seeds-from", "-1"]])
def test_a_wrong_call_is_refused(lesson, wrong, capsys):
    assert replicate.main(["--notebooks", str(lesson), *wrong]) == 2
    assert capsys.readouterr().err.startswith("lrcourse replicate: ")


def test_claims_are_chosen_by_number_and_lesson(lesson):
    found = experiments(lesson)
    assert len(replicate.choose(found, [])) == len(replicate.choose(found, ["04"])) == 2
    assert [one.stored[0]["id"] for one in replicate.choose(found, ["B6"])] == ["B6"]
    assert len(replicate.choose(found, ["04:A9", "B6"])) == 2


def test_a_run_that_was_killed_goes_on_where_it_stopped(lesson, cache, capsys, monkeypatch):
    """Killed with SIGKILL once the first experiment is written; then every other one is run, and that one is not."""
    slow = lesson.parent / "slow"
    slow.mkdir()
    text = (lesson / "04_made.ipynb").read_text(encoding="utf-8")
    (slow / "04_made.ipynb").write_text(text.replace("Zero beats 0.0", "Zero beats 0.00"), encoding="utf-8")
    script = "import sys, time, lrcourse.evidence.replicate as r; f = r._rerun\n"
    script += f"r.platformdirs.user_cache_dir = lambda *a, **k: {str(cache)!r}\n"
    script += "def slow(one, root):\n    if one.cell > 5: time.sleep(60)\n    return f(one, root)\n"
    script += f"r._rerun = slow; r.main(['--notebooks', {str(slow)!r}, '--jobs', '1', '--seeds-from', '77'])"
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.DEVNULL, env={**os.environ})
    kept = cache / "replicate" / "77"
    deadline = time.monotonic() + 90
    while not list(kept.glob("*.json")) and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert len(list(kept.glob("*.json"))) == 1
    again = []
    rerun = replicate._rerun
    monkeypatch.setattr(replicate, "_rerun", lambda one, root: again.append(one.cell) or rerun(one, root))
    assert command(slow) == 0  # no number given: the killed run's
    assert "seeds from 77." in capsys.readouterr().out
    assert len(again) == 1 and not kept.exists()


def test_a_dask_cluster_gives_the_same_numbers(lesson, capsys):
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
    ) as cluster:
        assert (
            replicate.main(["--notebooks", str(lesson), "--dask", cluster.scheduler_address, "--seeds-from", "5"]) == 0
        )
    there = capsys.readouterr().out
    assert command(lesson, "--seeds-from", "5") == 0
    assert capsys.readouterr().out == there


def test_what_was_found_is_recorded_for_the_ledger_once_a_root(lesson, tmp_path, capsys):
    copy = doctored(lesson, tmp_path, dict)
    for root in (5, 6, 5, 0):  # 0 gives the stored seeds: no replication
        assert command(copy, "--record", "--seeds-from", str(root)) == 0
    recorded = json.loads((copy / RECORD).read_text(encoding="utf-8"))
    assert [sorted(line["seeds_from"] for line in lines) for lines in recorded.values()] == [[5, 6], [5, 6]]


def test_the_claim_of_the_day_holds_on_the_seeds_of_the_day(capsys):
    """Each day another claim of the ledger itself, on seeds that nobody has seen: a flip is the ledger's fault."""
    day = date.today().toordinal()
    found = experiments(NOTEBOOKS)
    one = found[day % len(found)]
    name = f"{one.notebook[:2]}:{one.stored[0]['id'].split(',')[0]}"
    assert replicate.main([name, "--seeds-from", str(day), "--jobs", "1"]) == 0, capsys.readouterr().out


def stored(verdict=HOLDS, low=1.0, high=2.0, question="q", **more):
    asked = {"matters": 0.5, "question": question, "root": 0}
    return {"id": "A9", "text": "It helps.", **row(verdict, low, high), **more, "asked": asked}


def made(*rows, notebook="04_made.ipynb", cell=3, source="1"):
    return Experiment(notebook, cell, "claim", source, rows)


def test_the_report_word_for_word():
    first, second, third = made(stored(), stored(SAME, -0.3, 0.1)), made(stored(), cell=5, source="2"), made(source="3")
    other = made(stored(text="It is so.", id="B6"), notebook="11_far.ipynb", cell=7, source="4")
    results = {
        first.key: [stored(OPPOSITE, -4.0, -2.0, question="another"), stored(SAME, -0.1, 0.3)],
        second.key: "ValueError: no",
        third.key: [stored()],
        other.key: [stored(UNSURE, -1.0, 2.0)],
    }
    lines, flips = replicate.report([first, second, third, other], results)
    assert lines == [
        "",
        "A9 (04, cell 3) It helps. (the question has changed since)",
        "  stored +1.50 (+1.00 to +2.00)   new -3.0 (-4.0 to -2.0)",
        f"  {HOLDS} -> {OPPOSITE}   FLIPPED: {HOLDS} became {OPPOSITE}",
        "",
        "A9 (04, cell 3) It helps.",
        "  stored -0.10 (-0.30 to +0.10)   new +0.10 (-0.10 to +0.30)",
        f"  {SAME}",
        "",
        "04, cell 5: FAILED: ValueError: no",
        "",
        "04, cell 3: FAILED: 1 rows instead of 0",
        "",
        "B6 (11, cell 7) It is so.",
        "  stored +1.50 (+1.00 to +2.00)   new +0.5 (-1.0 to +2.0)",
        f"  {HOLDS} -> {UNSURE}",
        "",
        "3 claims asked again. 3 flipped or failed.",
    ]
    assert flips == 3
    assert replicate.report([first], {first.key: list(first.stored)})[1] == 0


@pytest.mark.parametrize(
    ("old", "new", "flips"),
    [
        (row(UNSURE, 0.0, 0.6), row(UNSURE, -0.6, -0.1), False),  # an end at 0 has no sign
        (row(UNSURE, 0.1, 0.6), row(UNSURE, -0.6, 0.0), False),
        (row(UNSURE, -0.6, 0.0), row(UNSURE, 0.1, 0.6), False),
        (row(UNSURE, -0.6, -0.1), row(UNSURE, 0.0, 0.6), False),
        (row(UNSURE, -0.6, -0.1), row(UNSURE, 0.1, 0.4), True),
        (row(UNSURE, 0.1, 0.5), row(UNSURE, -0.4, -0.1), True),  # what matters is no longer small
        (row(UNSURE, 0.1, 0.4), row(UNSURE, -0.5, -0.1), True),
        (row(UNSURE, 0.1, 0.4), row(UNSURE, 0.2, 9.0), False),
        (row("shows in a only", 1, 2), row(SAME), True),
        (row("the opposite shows in a only", -2, -1), row(SAME), True),
        (row(SAME), row("the opposite shows in a only"), True),
    ],
)
def test_what_counts_as_a_flip_at_the_edges(old, new, flips):
    assert (replicate.compare(old, new) is not None) == flips


def test_a_sign_that_changed_is_told_by_its_setting():
    old, new = row(UNSURE, 1, 2), row(UNSURE, -2, -1)
    assert replicate.compare(old, new) == "the effect changed its sign"
    old["settings"][0][0] = "noisy"
    assert replicate.compare(old, new) == "noisy changed its sign"


def test_a_new_number_is_never_0_and_has_31_bits(monkeypatch):
    asked = []
    monkeypatch.setattr(replicate.secrets, "randbelow", lambda below: asked.append(below) or 0)
    assert replicate._root(None) == 1 and asked == [2**31]
    assert [replicate._root(given) for given in (0, 7)] == [0, 7]


def test_of_several_killed_runs_the_last_goes_on(cache):
    for age, root in ((30, 5), (10, 6), (20, 7)):
        folder = cache / "replicate" / str(root)
        folder.mkdir(parents=True)
        os.utime(folder, (time.time() - age,) * 2)
    assert replicate._root(None) == 6


def test_a_run_that_is_stopped_by_hand_says_how_to_go_on(lesson, capsys, monkeypatch):
    def stopped(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(replicate, "run", stopped)
    assert command(lesson, "--seeds-from", "5") == 130
    assert capsys.readouterr().err == "Stopped. The same command with --seeds-from 5 goes on from here.\n"


def test_what_lies_in_the_folder_is_not_run_again_and_workers_are_no_more_than_cells(tmp_path, monkeypatch):
    asked, shown, one, two = [], [], made(stored(), source="1"), made(stored(), source="2")
    workers, bar = replicate._workers, replicate.bar
    monkeypatch.setattr(replicate, "_workers", lambda jobs, dask: asked.append((jobs, dask)) or workers(1, dask))
    monkeypatch.setattr(replicate, "bar", lambda *given: shown.append(bar(*given)) or shown[-1])
    monkeypatch.setattr(replicate, "_rerun", lambda one, root: (one.key, [root] if one is not two else "Error: no"))
    assert replicate.run([one, two], 5, tmp_path, 8) == {one.key: [5], two.key: "Error: no"}
    assert replicate.run([one, two], 6, tmp_path, 8) == {one.key: [5], two.key: "Error: no"}  # a failure runs again
    assert replicate.run([one], 6, tmp_path, 8) == {one.key: [5]}
    assert replicate.run([one, two], 6, tmp_path / "new", 1) == {one.key: [6], two.key: "Error: no"}
    assert asked == [(2, None), (1, None), (1, None), (1, None)]
    assert [progress.total for progress in shown] == [2, 2, 1, 2]
    assert sorted(path.name for path in tmp_path.glob("*.json")) == [f"{one.key}.json"]


def test_each_experiment_runs_on_one_thread_and_its_fault_is_told(monkeypatch):
    threads = []
    monkeypatch.setattr("torch.set_num_threads", threads.append)
    one = made(source="1 / 0")
    assert replicate._rerun(one, 5) == (one.key, "ZeroDivisionError: division by zero")
    assert replicate._rerun(made(source="x = 1"), 5)[1] == [] and threads == [1, 1]


def test_the_commands_words_when_nothing_can_be_asked(tmp_path, lesson, capsys):
    assert replicate.main(["--notebooks", str(tmp_path)]) == 2
    assert "no notebook with a claim asked through the course's machinery" in capsys.readouterr().err
    assert replicate.main(["--notebooks", str(lesson), "B7"]) == 2
    assert capsys.readouterr().err.endswith("no claim 'B7' that can be rerun. There are: 04:A9, 04:B6\n")
    options = replicate._parser().parse_args([])
    assert (options.claims, options.seeds_from, options.dask, options.record) == ([], None, None, False)
    assert options.jobs == os.cpu_count() and options.notebooks == NOTEBOOKS
    two = made(stored(id="A9, C8"), source="1")
    assert replicate.choose([two], ["C8"]) == replicate.choose([two], ["04:A9"]) == [two]


def test_a_cluster_gives_all_of_its_workers_and_this_machine_as_many_as_were_asked_for(monkeypatch):
    import distributed

    asked, named = [], []
    monkeypatch.setattr(replicate, "Parallel", lambda **settings: asked.append(settings))
    monkeypatch.setattr(replicate, "parallel_config", lambda backend: named.append(backend) or nullcontext())
    monkeypatch.setattr(distributed, "Client", lambda address, timeout: named.append(address) or nullcontext())
    for jobs, address in ((3, None), (3, "tcp://host:1")):
        with replicate._workers(jobs, address):
            pass
    one_by_one = {"return_as": "generator_unordered", "batch_size": 1}
    assert asked == [{"n_jobs": 3, **one_by_one}, {"n_jobs": -1, **one_by_one}]  # -1: all, in joblib's words
    assert named == ["tcp://host:1", "dask"]
