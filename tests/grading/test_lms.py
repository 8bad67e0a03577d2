"""What a learning platform takes back."""

import pytest

from lrcourse.grading import lms


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", " =1"])
def test_cells_that_a_spreadsheet_would_run_are_guarded(cell):
    assert lms.guarded(cell).startswith("'")
