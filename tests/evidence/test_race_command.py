"""The command `python3 -m lrcourse race`."""

import pandas as pd
import pytest
from test_comparison import FakeRace

from lrcourse.evidence import race_command
from lrcourse.evidence.comparison import Comparison

COMMAND = ["--schedules", "constant,cosine", "--epochs", "1", "--budget", "2", "--seeds", "2", "--tuning-seeds", "1"]


def test_the_command_writes_a_table_pictures_and_runs(tmp_path, capsys):
    command = [*COMMAND, "--train-size", "200", "--out", str(tmp_path / "new" / "results")]
    assert race_command.main(command) == 0
    out = capsys.readouterr().out
    assert out.startswith("digits: 200 training") and "rank_holds" in out and "cosine" in out
    folder = tmp_path / "new" / "results"
    assert sorted(path.name for path in folder.iterdir()) == sorted(race_command.FILES)
    assert pd.read_csv(folder / "table.csv").schedule.tolist() == [
        line.split()[2] for line in out.splitlines() if line[:1].isdigit()
    ]
    assert len(pd.read_csv(folder / "runs.csv")) == 2 * 2 * 1 + 2 * 2
    assert (folder / "ranks.png").read_bytes()[:4] == b"\x89PNG"
    before = (folder / "table.csv").read_bytes()
    assert race_command.main([*command, "--seeds", "3"]) == 2
    assert "table.csv exists already" in capsys.readouterr().err
    assert (folder / "table.csv").read_bytes() == before
    assert race_command.main([*command, "--seeds", "3", "--force"]) == 0
    assert (folder / "table.csv").read_bytes() != before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--schedules", "cosin"], "--schedules must be one of 'constant', 'step',"),
        (["--seeds", "1"], "seeds must be a whole number of at least 2, not 1"),
        (["--budget", "0"], "budget must be"),
        (["--epochs", "0"], "epochs must be"),
        (["--batch-size", "0"], "batch_size must be"),
        (["--width", "0"], "width must be"),
    ],
)
def test_the_command_refuses_what_makes_no_sense(tmp_path, capsys, arguments, message):
    assert race_command.main([*COMMAND, "--out", str(tmp_path), *arguments]) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_command_names_the_data_sets_there_are(tmp_path, capsys):
    with pytest.raises(SystemExit):
        race_command.main(["--data", "minst", "--out", str(tmp_path)])
    assert "digits" in capsys.readouterr().err


def test_what_the_command_takes_where_nothing_is_said():
    assert vars(race_command._parser().parse_args([])) == {
        "data": "digits",
        "schedules": "constant,step,exponential,cosine,plateau,cyclic",
        "budget": 7,
        "seeds": 8,
        "tuning_seeds": 3,
        "optimizer": "momentum",
        "epochs": 10,
        "batch_size": 64,
        "train_size": None,
        "width": 32,
        "out": "race-results",
        "force": False,
    }


def test_what_the_command_compares(tmp_path, monkeypatch, capsys):
    asked = []

    def compare(model, data, schedules, **options):
        asked.append((model(), data, schedules, options))
        raise ValueError("enough")

    monkeypatch.setattr(race_command, "compare", compare)
    monkeypatch.setattr(race_command, "named_schedules", lambda *run: {"cosine": run, "step": run})
    options = ["--schedules", "step,cosine", "--train-size", "130", "--epochs", "3", "--width", "5"]
    (tmp_path / "there").mkdir()
    assert race_command.main([*options, "--out", str(tmp_path / "there")]) == 2
    out, err = capsys.readouterr()
    assert (
        err == "lrcourse race: enough\n"
        and "130 training" in out
        and out.endswith("; 7 LRs for each of 2 schedules.\n")
    )
    [(model, data, schedules, options)] = asked
    assert [tuple(parameter.shape) for parameter in model.parameters()] == [(5, 64), (5,), (10, 5), (10,)]
    assert type(model[1]).__name__ == "ReLU" and data.x_train.shape == (130, 64)
    assert schedules == {"step": (9, 3), "cosine": (9, 3)} and list(schedules) == ["step", "cosine"]
    assert options == {
        "budget": 7,
        "seeds": 8,
        "tuning_seeds": 3,
        "optimizer": "momentum",
        "epochs": 3,
        "batch_size": 64,
    }


def test_the_report_word_for_word():
    rows = [("a", 0.1, 0, 0.9, None), ("a", 0.1, 1, 0.7, None), ("b", 1, 0, 0.3, None), ("b", 1, 1, 0.3, 4)]
    told = race_command.report(Comparison(None, FakeRace(rows), {"a": 0.1, "b": 1}, [0.1, 0.3, 1], "loss")).splitlines()
    assert told[0].split() == ["rank_holds", "schedule", "best_lr", "edge", "mean", "low", "high", "behind", "diverged"]
    # b comes first only where both draws are its good seed: in a quarter of them
    assert told[2].split() == ["1", "77%", "a", "0.1", "lowest", "0.8", "-0.4706", "2.071", "0", "0"]
    assert told[3].split() == ["2", "77%", "b", "1", "highest", "inf", "NaN", "NaN", "inf", "1"]
    assert told[4:] == [
        "",
        "mean, low, high: test loss over 2 fresh seeds, 95 % interval by Student's t.",
        "behind: mean difference to the first, seed by seed.",
        "rank_holds: share of bootstrap resamples of the seeds with the same rank.",
        "The best LR is at the grid's edge for a (lowest), b (highest): widen the grid before you believe it.",
        "Fresh runs diverged for b (1): such a schedule ranks last.",
    ]


def test_the_written_table_and_runs_have_no_number_of_lines_in_them(tmp_path, capsys):
    command = [*COMMAND, "--train-size", "100", "--out", str(tmp_path)]
    assert race_command.main(command) == 0
    assert list(pd.read_csv(tmp_path / "table.csv").columns[:3]) == ["rank", "rank_holds", "schedule"]
    runs = pd.read_csv(tmp_path / "runs.csv")
    assert runs.columns[0] == "schedule" and runs.phase.tolist() == ["tuning"] * 4 + ["final"] * 4
    assert capsys.readouterr().out.splitlines()[-1] == "Written: " + ", ".join(
        str(tmp_path / name) for name in ["table.csv", "runs.csv", "loss_against_lr.png", "ranks.png"]
    )
