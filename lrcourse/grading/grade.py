"""`python3 -m lrcourse grade`: find what was handed in, mark it in sandboxes, record it, write the pages.

The steps, in order (STEPS):

    find     who handed in what; where that is not clear, the question, and nothing is graded
    read     each notebook's bytes, and which of them have a score already
    mark     what is left, in sandboxes, several at a time
    record   each result in the gradebook, one after the other
    pages    a feedback page for each student, a summary for the instructor
    csv      the scores, as the learning platform takes them back
    report   what came out and whom to look at, on the screen

Each submission is recorded before the next is reported, so a run that was stopped in any way goes on where it was when
the same command is given again. What has a score for the same notebook, seed and exercise is not graded twice.
"""

import argparse
import errno
import hashlib
import sys
import traceback
from collections import Counter, defaultdict
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from tqdm import tqdm

from lrcourse.exercises import exercise as exercises
from lrcourse.exercises.variants import digest, load, read_secret
from lrcourse.grading import lms, naming, pages, people, sandbox, submissions, workers
from lrcourse.grading.gradebook import Gradebook, GradebookError, Row
from lrcourse.grading.marking import NOT_GRADED, OTHER_EDITION, mark, mark_where_sealed
from lrcourse.grading.meaning import exercise_version
from lrcourse.grading.results import Report, Result
from lrcourse.grading.writing import printable

DIED = "The grader's worker died on this one. Run the same command again."
UNREAD = "The grader could not read this file. Run the same command again."
ROOM = ". Make room and run the same command again: it goes on where it stopped."
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
        full = isinstance(error, OSError) and error.errno == errno.ENOSPC
        print(f"lrcourse grade: {error}{ROOM if full else ''}", file=sys.stderr)
        return REFUSED


def _parser():
    parser = argparse.ArgumentParser(prog="python3 -m lrcourse grade", description="Grade a class.")
    parser.add_argument(
        "submissions", type=Path, help="a folder or a zip, as your learning platform or nbgrader gives it"
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--exercise", metavar="NAME", help="the exercise, such as 02_step_decay")
    which.add_argument("--all", action="store_true", help="every exercise that somebody handed in")
    parser.add_argument(
        "--seed-file", type=Path, required=True, help="a file with a secret; the inputs are drawn from it"
    )
    parser.add_argument(
        "--variant-seed", type=Path, metavar="FILE", help="the file with the secret from which the hand-out was drawn"
    )
    parser.add_argument("--out", type=Path, required=True, help="the folder for gradebook, pages and CSV")
    parser.add_argument("--csv", choices=lms.CSV_FORMS, default="plain", help="the form of grades.csv (plain)")
    parser.add_argument(
        "--column",
        metavar="TITLE",
        action="append",
        default=[],
        help='the platform\'s column, such as "Homework 2 (4711)"; with several exercises NAME=TITLE for each',
    )
    parser.add_argument(
        "--depth", type=int, metavar="N", help="the N-th part of each path names the person, where that is asked"
    )
    parser.add_argument(
        "--regrade", metavar="STUDENT", action="append", default=[], help="once more, keeping the history"
    )
    parser.add_argument(
        "--workers", type=int, default=workers.count(), help="submissions at the same time (one a core)"
    )
    parser.add_argument("--dask", metavar="ADDRESS", help="a Dask scheduler whose workers shall do it")
    parser.add_argument("--unsafe-no-sandbox", action="store_true", help="for your own tests only")
    return parser


def grade(options):
    """Grade as the options say, step by step; the exit status.

    Raises GradebookError, OSError or ValueError with what to do.
    """
    with Grading(options) as grading:
        for step in STEPS.values():
            step(grading)
    return SOMEBODY_NEEDS_A_LOOK if grading.look else ALL_FINE


class Grading(ExitStack):
    """One run of the command: what it was given, and what its steps have found out so far.

    found, ignored: who handed in what, and the places of what is nobody's; book: the gradebook, open; left: {number:
    (submission, version)} of what has no score yet; results: an iterator of (submission, version, Result); failures:
    {student: why their page could not be made}; look: the rows that a person should look at.
    """

    def __init__(self, options):
        super().__init__()
        self.options, self.seed = options, read_secret(options.seed_file)
        self.variant = read_secret(options.variant_seed) if options.variant_seed else ""
        self.names = exercises.names() if options.all else [exercises.load(options.exercise).name]
        self.columns = lms.column_titles(options.column, self.names)
        self.sandboxed = not options.unsafe_no_sandbox
        self.level = sandbox.SANDBOXED if self.sandboxed else sandbox.UNSAFE
        self.found, self.ignored, self.book, self.left, self.results = [], {}, None, {}, ()
        self.failures, self.look = {}, []

    def rows(self):
        """The gradebook's current rows of those who handed in now, student by student."""
        handed_in = {(one.student, one.exercise) for one in self.found}
        return (row for row in self.book.current() if (row.student, row.exercise) in handed_in)


def find(grading):
    """Who handed in what; nothing is written before that is clear."""
    options = grading.options
    _ask_about_own_files(options)
    grading.found, grading.ignored = submissions.find(options.submissions, grading.names, options.depth)
    if options.all:
        grading.found = _only_handed_in(grading.found)
    if not grading.found:
        deep = f" {options.depth} parts deep" if options.depth else ""
        closed = [place for place in grading.ignored if place.casefold().endswith(".zip")]
        advice = f". {printable(closed[0])} in it could not be opened there: is that the class?" if closed else ""
        what = f"{options.submissions} holds no submission{deep}: no notebook and no student's folder{advice}"
        raise ValueError(what)
    _check_students(options.regrade, grading.found)
    if grading.sandboxed and not options.dask and sandbox.problem():
        raise ValueError(sandbox.problem())
    print(f"{len(grading.found)} submissions. {grading.level}.")
    if grading.variant:
        graded = sorted({one.exercise for one in grading.found})
        print(f"Graded as {', '.join(f'{name} variant {load(name, grading.variant).variant}' for name in graded)}.")


def read(grading):
    """Open the gradebook; read every notebook, and leave out those whose score stands there already."""
    grading.book = grading.enter_context(Gradebook(grading.options.out / "gradebook.sqlite"))
    if grading.book.notice:
        print(grading.book.notice, file=sys.stderr)
    recorded = grading.book.versions()
    for i, one in enumerate(grading.found):
        _, version = _loaded(grading, one)
        if recorded.get((one.student, one.exercise)) != version or one.student in grading.options.regrade:
            grading.left[i] = one, version


def mark_left(grading):
    """Mark what is left in sandboxes, several at a time; a result is made when `record` asks for it."""
    grading.results = grading.enter_context(closing(_marked_one_by_one(grading)))


def record(grading):
    """Write each result into the gradebook, on the disk before the next is taken."""
    with _progress(len(grading.found), len(grading.left)) as progress:
        for one, version, result in grading.results:
            _record(grading, one, version, result)
            progress(result)


def write_pages(grading):
    """A feedback page for each student, and the summary of the class."""
    out, files = grading.options.out, pages.page_names(sorted({one.student for one in grading.found}))
    grading.failures = pages.write_pages(grading.rows(), out / "feedback", files)
    failed = [
        f"The page of {printable(student)} could not be made ({why})." for student, why in grading.failures.items()
    ]
    notice = " ".join(filter(None, [grading.book.notice, *failed]))
    pages.write_summary(out / "summary.html", grading.rows(), files, notice, _told(grading.ignored))


def _told(ignored, most=20):
    """A text for each reason, with the places of what is nobody's."""
    places = defaultdict(list)
    for place, reason in ignored.items():
        places[reason].append(place)
    more = {reason: f" and {len(each) - most} more" if len(each) > most else "" for reason, each in places.items()}
    return [f"{reason}: {', '.join(each[:most])}{more[reason]}" for reason, each in places.items()]


def write_table(grading):
    """The scores in the form that the learning platform takes back; Moodle has a worksheet for each assignment."""
    handed_in = {one.exercise for one in grading.found}
    used = {name: column for name, column in grading.columns.items() if name in handed_in}
    lms.write_csv(grading.options.out / "grades.csv", grading.rows(), grading.options.csv, used)
    if grading.options.csv == "moodle" and len(used) > 1:
        for name, column in used.items():
            rows = (row for row in grading.rows() if row.exercise == name)
            lms.write_csv(grading.options.out / f"grades-{name}.csv", rows, "moodle", {name: column})


def report(grading):
    """Print what came out, and whom to look at."""
    out, counts = grading.options.out, Counter()
    for row in grading.rows():
        counts[row.status] += 1
        if row.status != "graded" or row.student in grading.failures:
            grading.look.append(row)
    width = max(map(len, counts))
    for status, count in sorted(counts.items(), key=lambda item: (item[0] != "graded", -item[1])):
        print(f"{status:<{width}}  {count}")
    for row in grading.look[:20]:
        score = "-" if row.earned is None else f"{row.earned:g} of {row.points:g}"
        failed = ", no page" if row.student in grading.failures else ""
        print(f"  look at {printable(row.student)}, {row.exercise}: {row.status} ({score}){failed}")
    if len(grading.look) > 20:
        print(f"  and {len(grading.look) - 20} more")
    if stray := [place for place, reason in grading.ignored.items() if reason == people.NOBODYS]:
        more = f" and {len(stray) - 3} more" if len(stray) > 3 else ""
        print(f"Nobody's, and left out: {', '.join(map(naming.shown, stray[:3]))}{more}. If one is a student's, put it")
        print("into a folder with their name.")
    others = [row for row in grading.look if row.status == OTHER_EDITION]
    if 2 * len(others) > counts.total():
        print(f"Most notebooks are another edition than the one graded: {_advice(grading)}")
    print(f"See {out / 'summary.html'}, {out / 'grades.csv'} and {out / 'feedback'}.")


def _advice(grading):
    if grading.variant:
        return f"is {grading.options.variant_seed} the file that the hand-out was made with?"
    return "was it handed out with --variant-seed? Then give the same file here."


STEPS = {
    "find": find,
    "read": read,
    "mark": mark_left,
    "record": record,
    "pages": write_pages,
    "csv": write_table,
    "report": report,
}


def _ask_about_own_files(options):
    """Ask where the instructor's own files lie among the students': then this is not the folder that is meant."""
    root = options.submissions.resolve()
    given = filter(None, (options.seed_file, options.out, options.variant_seed))
    own = [path for path in given if path.resolve().is_relative_to(root)]
    if not options.submissions.is_dir() or not own:
        return
    below = sorted(path.name for path in root.iterdir() if path.is_dir() and path != options.out.resolve())
    below = [name for name in below if name.casefold() == "submissions"] or below
    example = f", such as {options.submissions / below[0]}" if len(below) == 1 else ""  # of several each is a person
    raise ValueError(
        f"which folder holds the students' work? In {options.submissions} lies {own[0]} too, which is yours. "
        f"Give the folder in which nothing but their work lies{example}, or keep your own files elsewhere"
    )


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


def _workers(options):
    """What starts those that mark: this machine's processes, a cluster's, or this process where one is enough."""
    if options.dask:
        return partial(workers.cluster, options.dask)
    return partial(workers.processes, options.workers) if options.workers > 1 else workers.this_process


def _marked_one_by_one(grading):
    """(submission, version, Result) of all that is left."""
    versions = {i: version for i, (_, version) in grading.left.items()}
    how = grading.seed, LIMITS, grading.sandboxed, grading.variant

    def job(i):
        one, _ = grading.left[i]
        data, versions[i] = _loaded(grading, one)
        if isinstance(data, Result):
            return _as_it_is, data
        marking_there = mark_where_sealed if grading.options.dask and grading.sandboxed else mark
        return marking_there, data, one.exercise, one.student, *how

    for i, result in workers.finished(_workers(grading.options), grading.left, job):
        if isinstance(result, Exception):
            result = Result(NOT_GRADED, None, Report(DIED, log=f"{type(result).__name__}: {result}"))
        yield grading.left[i][0], versions[i], result


def _as_it_is(result):
    return result


def _loaded(grading, one):
    """The notebook's bytes, or why there are none, and the digest of all that the score depends on."""
    try:
        data = content = submissions.read(one)
    except submissions.Unreadable as reason:
        data, content = reason, f"{reason.status}: {reason}".encode()
    except Exception:  # no fault of the student: a disk that fails, a file that is gone
        data, content = Result(NOT_GRADED, None, Report(UNREAD, log=traceback.format_exc())), b""
    parts = [content, grading.seed.encode(), exercise_version(one.exercise), str(grading.sandboxed).encode()]
    parts += [digest(one.exercise, grading.variant)] if grading.variant else []
    return data, hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def _record(grading, one, version, result):
    row = Row(
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
        sandbox=grading.level,
    )
    try:
        grading.book.add(row)
    except GradebookError:
        raise
    except Exception:  # what was marked cannot be kept: this row's fault, and nobody else's
        report = Report("The grader could not record this result.", log=traceback.format_exc())
        grading.book.add(replace(row, status=NOT_GRADED, score=None, report=report))


@contextmanager
def _progress(total, left):
    counts = Counter(left=left)
    tqdm.monitor_interval = 0  # no thread beside this one: workers are forked
    with tqdm(total=total, initial=total - left, unit="submission", disable=None) as bar:

        def advance(result):
            counts["graded" if result.status == "graded" else "failed"] += 1
            counts["left"] -= 1
            bar.update()
            bar.set_postfix(graded=counts["graded"], failed=counts["failed"], left=counts["left"], refresh=False)

        yield advance


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
