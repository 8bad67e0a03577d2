"""`python3 -m lrcourse run NOTEBOOK...`: run notebooks from top to bottom in fresh kernels and store their outputs."""

import argparse
import contextlib
import os
import re
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
COLOR = re.compile(r"\x1b\[[\d;]*m")  # of the kernel's traceback
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def main(argv):
    """Run the notebooks named in argv; a line each. Exit status 0, or 1 if one failed: its old file is then kept."""
    parser = argparse.ArgumentParser(prog="python3 -m lrcourse run", description=__doc__)
    parser.add_argument("notebooks", nargs="+", type=Path, metavar="NOTEBOOK")
    paths = parser.parse_args(argv).notebooks
    missing = [path for path in paths if not path.is_file() or path.suffix != ".ipynb"]
    if missing:
        parser.error(f"NOTEBOOK must be an .ipynb file that exists, not {missing[0]}")
    failed = 0
    for path in paths:
        started = time.monotonic()
        try:
            run(path)
        except (CellExecutionError, CellTimeoutError, DeadKernelError, nbformat.ValidationError, ValueError) as error:
            failed = 1
            print(f"{path}: failed; its old outputs are kept\n{COLOR.sub('', str(error))}", file=sys.stderr)
        else:
            print(f"{path}: {time.monotonic() - started:.1f} s", flush=True)
    return failed


def run(path, timeout=600):
    """Run one notebook in a fresh kernel, in its own folder, and replace the file once every cell has passed.

    The stored file holds nothing that differs from run to run: no timings, no Python version, no ids of widgets.
    timeout: seconds for a cell. Raises nbclient's CellExecutionError, CellTimeoutError or DeadKernelError.
    """
    path = Path(path)
    notebook = nbformat.read(path, as_version=4)
    folder = str(path.resolve().parent)
    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        resources={"metadata": {"path": folder}},
        record_timing=False,
        coalesce_streams=True,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
    )
    client.execute(env={**os.environ, "OMP_NUM_THREADS": "1"})
    _write(_tidy(notebook), path)


def _tidy(notebook):
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if "outputs" in cell:  # a stored widget has no kernel behind it: the picture above it is what a reader sees
            cell.outputs = [output for output in cell.outputs if list(output.get("data", {})) != [WIDGET_VIEW]]
    return notebook


def _write(notebook, path):
    """The whole file or nothing: written beside it under another name, then put in its place."""
    nbformat.validate(notebook)
    mode = path.stat().st_mode
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as file:
            nbformat.write(notebook, file)
        os.chmod(beside, mode)
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)
        raise
