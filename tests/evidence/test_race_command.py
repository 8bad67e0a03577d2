"""The command `python3 -m lrcourse race`."""

import pandas as pd
import pytest

from lrcourse.evidence import race_command

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
