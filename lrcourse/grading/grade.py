"""`python3 -m lrcourse grade`: find what was handed in, mark it in sandboxes, record it, write the pages.

Each submission is recorded before the next is reported, so a run that was stopped in any way goes on where it was when
the same command is given again. What has a score for the same notebook, seed and exercise is not graded twice.
"""

import argparse
import ast
import hashlib
import sys
from collections import Counter
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from joblib import Parallel, cpu_count, delayed, parallel_config
from joblib.externals.loky.process_executor import BrokenProcessPool
from tqdm import tqdm

from lrcourse.exercises import driver, judge, kernel, standins
from lrcourse.exercises import exercise as exercises
from lrcourse.grading import cells, lms, marking, pages, sandbox, submissions
from lrcourse.grading.gradebook import Gradebook, GradebookError, Row
from lrcourse.grading.marking import NOT_GRADED, mark
from lrcourse.grading.results import Report, Result
from lrcourse.grading.writing import printable

LIMITS = sandbox.Limits()  # of each submission; the tests of hostile ones take shorter
ALL_FINE, SOMEBODY_NEEDS_A_LOOK, REFUSED, STOPPED = 0, 1, 2, 130


def main(argv):
    """Grade from the command line; the exit status is 0, 1 when somebody needs a look, 2 when nothing could be done."""
    options = _parser().parse_args(argv)
    try:
        return grade(options)
    except KeyboardInterrupt:
        print("\nStopped. What was graded is recorded; the same command goes on from here.", file=sys.stderr)
        return STOPPED
    except (GradebookError, OSError, ValueError) as error:
        print(f"lrcourse grade: {error}", file=sys.stderr)
        return REFUSED


def _parser():
    parser = argparse.ArgumentParser(prog="python3 -m lrcourse grade", description="Grade a class.")
    parser.add_argument(
        "submissions", type=Path, help="a folder or a zip: one folder a student, nbgrader, Canvas, Moodle"
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--exercise", metavar="NAME", help="the exercise, such as 02_step_decay")
    which.add_argument("--all", action="store_true", help="every exercise that somebody handed in")
    parser.add_argument(
        "--seed-file", type=Path, required=True, help="a file with a secret; the inputs are drawn from it"
    )
    parser.add_argument("--out", type=Path, required=True, help="the folder for gradebook, pages and CSV")
    parser.add_argument("--csv", choices=lms.CSV_FORMS, default="plain", help="the form of grades.csv (plain)")
    parser.add_argument(
        "--regrade", metavar="STUDENT", action="append", default=[], help="once more, keeping the history"
    )
    parser.add_argument("--workers", type=int, default=cpu_count(), help="submissions at the same time (one a core)")
    parser.add_argument("--dask", metavar="ADDRESS", help="a Dask scheduler whose workers shall do it")
    parser.add_argument("--unsafe-no-sandbox", action="store_true", help="for your own tests only")
    return parser


def grade(options):
    """Grade as the options say; the exit status. Raises GradebookError, OSError or ValueError with what to do."""
    seed = read_seed(options.seed_file)
    names = exercises.names() if options.all else [exercises.load(options.exercise).name]
    found, ignored = submissions.find(options.submissions, names)
    if options.all:
        found = _only_handed_in(found)
    if not found:
        raise ValueError(f"{options.submissions} holds no submission: no notebook and no student's folder")
    _check_students(options.regrade, found)
    sandboxed = not options.unsafe_no_sandbox
    if sandboxed and not options.dask and sandbox.problem():
        raise ValueError(sandbox.problem())
    level = sandbox.SANDBOXED if sandboxed else sandbox.UNSAFE
    print(f"{len(found)} submissions. {level}.")
    with Gradebook(options.out / "gradebook.sqlite") as book:
        if book.notice:
            print(book.notice, file=sys.stderr)
        marked = Class(found, seed, sandboxed, book, set(options.regrade))
        with _workers(options) as workers:
            marked.grade(workers)
        handed_in = {(one.student, one.exercise) for one in found}
        write_results(book, options.out, options.csv, names, handed_in, ignored)
        return report(book, handed_in, options.out)


def read_seed(path):
    """The secret in a file. Raises ValueError where it is missing or too short to be one."""
    advice = 'Make one and keep it: python3 -c "import secrets; print(secrets.token_hex(16))" > seed.txt'
    if not path.is_file():
        raise ValueError(f"there is no seed file {str(path)!r}. {advice}")
    seed = path.read_text(encoding="utf-8").strip()
    if len(seed) < 8:
        raise ValueError(f"the seed in {str(path)!r} has {len(seed)} characters, too few to be a secret. {advice}")
    return seed


def _only_handed_in(found):
    """With --all: the exercises that a student handed in; a student without any keeps one row that says so."""
    some = {one.student for one in found if one.entry}
    first = min((one.exercise for one in found), default="")
    return [one for one in found if one.entry or (one.student not in some and one.exercise == first)]


def _check_students(students, found):
    known = {one.student for one in found}
    for student in students:
        if student not in known:
            raise ValueError(f"nobody is called {student!r} here; students are {', '.join(sorted(known)[:8])} ...")


@contextmanager
def _workers(options):
    """A joblib Parallel on this machine's cores, or on a Dask cluster."""
    settings = {"return_as": "generator_unordered", "batch_size": 1, "pre_dispatch": "3*n_jobs"}
    if not options.dask:
        yield lambda: Parallel(n_jobs=max(1, options.workers), **settings)
        return
    from distributed import Client

    with Client(options.dask, timeout="10s") as client, parallel_config("dask"):
        settings["pre_dispatch"] = 3 * max(1, sum(client.ncores().values()))
        yield lambda: Parallel(n_jobs=-1, **settings)


class Class:
    """The submissions of a class on their way into the gradebook."""

    def __init__(self, found, seed, sandboxed, book, regrade):
        self.found, self.seed, self.sandboxed, self.book = found, seed, sandboxed, book
        recorded = book.versions()
        self.left = {}
        for i, one in enumerate(found):
            if recorded.get((one.student, one.exercise)) != self._loaded(one)[1] or one.student in regrade:
                self.left[i] = one

    def grade(self, workers):
        """Mark what is left and record each result. A worker that dies is replaced, its submissions go to another."""
        with self._progress() as progress:
            while self.left:
                before = len(self.left)
                try:
                    for i, version, result in workers()(self._jobs()):
                        self._record(self.left.pop(i), version, result)
                        progress(result)
                except BrokenProcessPool:
                    if len(self.left) == before:  # nobody got through: these end the workers themselves
                        self._give_up(progress)

    def _jobs(self):
        for i, one in list(self.left.items()):
            data, version = self._loaded(one)
            yield delayed(_marked)(i, version, data, one.exercise, one.student, self.seed, LIMITS, self.sandboxed)

    def _loaded(self, one):
        """The notebook's bytes, or why there are none, and the digest of all that the score depends on."""
        try:
            data = submissions.read(one)
            content = data
        except submissions.Unreadable as reason:
            data, content = reason, f"{reason.status}: {reason}".encode()
        parts = (content, self.seed.encode(), exercise_version(one.exercise), str(self.sandboxed).encode())
        return data, hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()

    def _record(self, one, version, result):
        self.book.add(
            Row(
                student=one.student,
                exercise=one.exercise,
                name=one.name,
                lms_id=one.lms_id,
                late=one.late,
                file=one.entry.place if one.entry else "",
                others=one.others,
                version=version,
                status=result.status,
                score=result.score,
                points=exercises.load(one.exercise).points,
                report=result.report,
                sandbox=sandbox.SANDBOXED if self.sandboxed else sandbox.UNSAFE,
            )
        )

    def _give_up(self, progress):
        result = Result(NOT_GRADED, None, Report("The grader's worker died on this one. Run the same command again."))
        for i, one in list(self.left.items()):
            self._record(self.left.pop(i), self._loaded(one)[1], result)
            progress(result)

    @contextmanager
    def _progress(self):
        graded = len(self.found) - len(self.left)
        counts = Counter({"before": graded})
        with tqdm(total=len(self.found), initial=graded, unit="submission", disable=None) as bar:

            def advance(result):
                counts["graded" if result.status == "graded" else "failed"] += 1
                bar.update()
                bar.set_postfix(graded=counts["graded"], failed=counts["failed"], left=len(self.left), refresh=False)

            yield advance


def _marked(i, version, *submission):
    return i, version, mark(*submission)


@cache
def exercise_version(name):
    """A digest of what an exercise and its marking mean: when that changes, scores may.

    Where a module lies, and what it is called, is not part of its meaning.
    """
    notebook = (exercises.MASTERS / f"{name}.ipynb").read_bytes()
    sources = [exercises.MASTERS / f"{name}.py"]
    sources += [Path(module.__file__) for module in (cells, driver, exercises, judge, kernel, marking, standins)]
    meanings = [_meaning(source.read_text(encoding="utf-8")).encode() for source in sources]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in (notebook, *meanings))).digest()


def _meaning(source):
    r"""A module's text without its imports, comments, docstrings and layout.

    >>> _meaning("import re\n\ndef f(x):\n    'Half.'\n    return x / 2  # half") == _meaning("def f(x): return x/2")
    True
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef):
            node.body = [one for one in node.body if not isinstance(one, ast.Import | ast.ImportFrom)]
            if node.body and isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant):
                node.body.pop(0)
    return ast.dump(tree)


def write_results(book, out, form, names, handed_in, ignored):
    """The feedback pages, the summary and the CSV, from the gradebook's current rows of those who handed in."""

    def rows():
        return (row for row in book.current() if (row.student, row.exercise) in handed_in)

    files = pages.page_names(sorted({student for student, _ in handed_in}))
    pages.write_pages(rows(), out / "feedback", files)
    pages.write_summary(out / "summary.html", rows(), files, book.notice, ignored)
    used = [name for name in names if any(exercise == name for _, exercise in handed_in)]
    lms.write_csv(out / "grades.csv", rows(), form, used)


def report(book, handed_in, out):
    """Print the final table; the exit status."""
    counts, look = Counter(), []
    for row in book.current():
        if (row.student, row.exercise) in handed_in:
            counts[row.status] += 1
            if row.status != "graded":
                look.append(row)
    width = max(map(len, counts))
    for status, count in sorted(counts.items(), key=lambda item: (item[0] != "graded", -item[1])):
        print(f"{status:<{width}}  {count}")
    for row in look[:20]:
        score = "-" if row.score is None else f"{row.score:g} of {row.points:g}"
        print(f"  look at {printable(row.student)}, {row.exercise}: {row.status} ({score})")
    if len(look) > 20:
        print(f"  and {len(look) - 20} more")
    print(f"See {out / 'summary.html'}, {out / 'grades.csv'} and {out / 'feedback'}.")
    return SOMEBODY_NEEDS_A_LOOK if look else ALL_FINE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
