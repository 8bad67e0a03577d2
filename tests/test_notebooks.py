"""Every notebook of the course is linted as it is stored; every lint rule is shown to catch a bad notebook."""

import ast
import base64
import html
import importlib.util
import io
import os
import re
import tokenize
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from lrcourse.evidence import claims
from lrcourse.workshop import rerun

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LOCAL_PATH = re.compile(r"/(home|root|tmp|Users|work|var|mnt|opt)/|[A-Z]:\\\\?\w|site-packages|ipykernel_\d")
PROGRESS_BAR = re.compile(r"\d%\||█|\r|\dit/s|s/it\b")
WARNING = re.compile(r"\w*Warning: ")
PICTURES = ("image/png", "image/jpeg", "image/svg+xml")
KILOBYTES = 100  # a stored picture at most


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def outputs(notebook):
    return [(number, output) for number, cell in enumerate(code_cells(notebook), 1) for output in cell.outputs]


def text_of(output):
    """All text that a reader of an output sees, or that is stored with it."""
    data = output.get("data", {})
    kinds = [kind for kind in data if kind.startswith("text/") or kind == "image/svg+xml"]
    return "\n".join([output.get("text", ""), *("".join(data[kind]) for kind in kinds)])


def no_local_path(notebook, folder):
    found = [(f"cell {n}'s output", LOCAL_PATH.search(text_of(output))) for n, output in outputs(notebook)]
    found += [(f"cell {n}", LOCAL_PATH.search(cell.source)) for n, cell in enumerate(notebook.cells)]
    return [f"{where} shows a local path: {hit.group()}" for where, hit in found if hit]


def no_warning_text(notebook, folder):
    silenced = re.compile(r"""(filterwarnings|simplefilter)\(\s*["']ignore""")
    return [f"code cell {n} shows a warning" for n, output in outputs(notebook) if WARNING.search(text_of(output))] + [
        f"code cell {n} switches warnings off"
        for n, cell in enumerate(code_cells(notebook), 1)
        if silenced.search(cell.source)
    ]


def no_error_output(notebook, folder):
    return [f"code cell {n} ends in {o.ename}" for n, o in outputs(notebook) if o.output_type == "error"]


def no_stderr(notebook, folder):
    return [f"code cell {n} wrote to stderr: {o.text[:80]}" for n, o in outputs(notebook) if o.get("name") == "stderr"]


def no_progress_bar(notebook, folder):
    return [f"code cell {n} stores a progress bar" for n, o in outputs(notebook) if PROGRESS_BAR.search(text_of(o))]


def alt_texts(output):
    """The alt text of each picture in an output, or None for one that has none."""
    data, metadata = output.get("data", {}), output.get("metadata", {})
    alts = []
    for kind in set(PICTURES) & set(data):
        label = re.search(r'aria-label="([^"]+)"', "".join(data[kind])) if kind == "image/svg+xml" else None
        alts.append(metadata.get(kind, {}).get("alt", "").strip() or (label and html.unescape(label.group(1))))
    for tag in re.findall(r"<(?:img|svg)\b[^>]*>", "".join(data.get("text/html", ""))):
        label = re.search(r'(?:alt|aria-label)="([^"]+)"', tag)
        alts.append(label and html.unescape(label.group(1)))
    return alts


def pictures_have_alt_text(notebook, folder):
    computed = [f"code cell {n} shows a picture without alt text" for n, o in outputs(notebook) if None in alt_texts(o)]
    return computed + [f"a picture without alt text: {link}" for link in re.findall(r"!\[\s*\]\S+", prose(notebook))]


def pictures_have_a_caption(notebook, folder):
    """The alt text again as visible text; a claim says its words alone, since its numbers may move between machines."""
    complaints = []
    for n, cell in enumerate(code_cells(notebook), 1):
        alts = [
            output.metadata[claims.KEY]["text"] if claims.KEY in output.get("metadata", {}) else alt
            for output in cell.outputs
            for alt in alt_texts(output)
            if alt
        ]
        without_picture = [o for o in cell.outputs if not set(PICTURES) & set(o.get("data", {}))]
        said = html.unescape(" ".join(text_of(output) for output in without_picture))
        complaints += [f"code cell {n}'s picture has no caption below it: {alt}" for alt in alts if alt not in said]
    return complaints


def pictures_are_small(notebook, folder):
    sizes = [
        (n, len(o["data"]["image/png"]) * 3 // 4096) for n, o in outputs(notebook) if "image/png" in o.get("data", {})
    ]
    return [f"code cell {n} stores a picture of {size} KB" for n, size in sizes if size > KILOBYTES]


def numbered_from_one(notebook, folder):
    counts = [cell.execution_count for cell in code_cells(notebook)]
    return (
        [] if counts == list(range(1, len(counts) + 1)) else [f"code cells are numbered {counts}, not from 1 in order"]
    )


def outputs_are_stored(notebook, folder):
    complaints = []
    for n, cell in enumerate(code_cells(notebook), 1):
        calls = [node.value for node in ast.parse(cell.source).body if isinstance(node, ast.Expr)]
        speaks = {"print", "show"} & {getattr(call.func, "id", "") for call in calls if isinstance(call, ast.Call)}
        if speaks and not cell.outputs:
            complaints.append(f"code cell {n} has no stored output")
    return complaints


def keeps_the_form(notebook, folder):
    bare = re.sub(r"```.*?```|\$\$.*?\$\$|\]\([^)]*\)|https?:\S+", " ", prose(notebook), flags=re.DOTALL)
    words = len(re.findall(r"[A-Za-z][\w'’-]*", bare))
    longest = max([0, *(sum(bool(line.strip()) for line in cell.source.splitlines()) for cell in code_cells(notebook))])
    complaints = [] if 25 <= len(notebook.cells) <= 45 else [f"{len(notebook.cells)} cells, not 25 to 45"]
    complaints += [] if 900 <= words <= 1800 else [f"{words} words of prose, not 900 to 1,800"]
    return complaints + ([] if longest <= 30 else [f"a code cell of {longest} lines, not 30 at most"])


def comes_to_its_end(notebook, folder):
    """It says when to use it, names an exercise and the papers, and leads on: a lesson once lost its last lines."""
    parts = ("## When to reach for", "**Exercise", "## References", ".ipynb)")
    return [f"no {part!r}" for part in parts if part not in prose(notebook)]


def ignored_outputs_have_a_reason(notebook, folder):
    complaints = []
    for n, cell in enumerate(code_cells(notebook), 1):
        tags = cell.metadata.get("tags", [])
        if "nbval-ignore-output" in tags and not cell.metadata.get("why", "").strip():
            complaints.append(f"code cell {n} ignores its output and does not say why")
        if {"nbval-skip", "raises-exception"} & set(tags) or "NBVAL_" in cell.source:
            complaints.append(f"code cell {n} hides from the check of outputs")
    return complaints


def links_lead_somewhere(notebook, folder):
    targets = re.findall(r"\]\(([^)\s]+)\)", prose(notebook))
    local = [target.split("#")[0] for target in targets if not re.match(r"[a-z]+:|#", target)]
    return [f"a link to {target}, which is not there" for target in local if not (folder / target).exists()]


def holds_only_what_stays(notebook, folder):
    complaints = ["the state of widgets is stored"] if "widgets" in notebook.metadata else []
    version = notebook.metadata.get("language_info", {}).get("version")
    complaints += [f"Python's version is stored: {version}"] if version else []
    timed = [n for n, cell in enumerate(code_cells(notebook), 1) if "execution" in cell.metadata]
    return complaints + [f"code cell {n} stores its timing" for n in timed]


def sources_are_the_packages(notebook, folder):
    complaints = []
    for cell in code_cells(notebook):
        for tag in cell.metadata.get("tags", []):
            if tag.startswith("source-"):
                module, _, name = tag.removeprefix("source-").rpartition(".")
                found = [definition(path.read_text(encoding="utf-8"), name) for path in files_of(module)]
                if definition(cell.source, name) not in [package for package in found if package]:
                    complaints.append(f"{module}.{name} differs from the package's")
    return complaints


def files_of(module):
    """The file of a module, or all files of a package, which gathers names from its modules."""
    path = Path(importlib.util.find_spec(module).origin)
    return sorted(path.parent.glob("*.py")) if path.name == "__init__.py" else [path]


def definition(source, name):
    """What defines a name at the top of a source, and the comments in it.

    Types, docstrings and @maker are left out: a lesson shows the idea.
    """
    for node in ast.parse(source).body:
        names = [node.name] if hasattr(node, "name") else [getattr(t, "id", "") for t in assigned(node)]
        if name in names:
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            text = "\n".join(source.splitlines()[first - 1 : node.end_lineno])
            tokens = tokenize.generate_tokens(io.StringIO(text).readline)
            return ast.unparse(Bare().visit(node)), [
                t.string for t in tokens if t.type == tokenize.COMMENT and not t.string.startswith("# type:")
            ]
    return None


def assigned(node):
    return getattr(node, "targets", [getattr(node, "target", None)])


class Bare(ast.NodeTransformer):
    """Strips a definition of its types, its docstrings and @maker."""

    def visit_FunctionDef(self, node):
        if ast.get_docstring(node) is not None:
            del node.body[0]
        node.decorator_list = [d for d in node.decorator_list if getattr(getattr(d, "func", d), "id", "") != "maker"]
        node.returns = None
        return self.generic_visit(node)

    visit_ClassDef = visit_FunctionDef

    def visit_arg(self, node):
        node.annotation = None
        return node

    def visit_AnnAssign(self, node):
        if node.value is None:
            return None
        return ast.copy_location(ast.Assign([node.target], self.visit(node.value)), node)


RULES = [
    no_local_path,
    no_warning_text,
    no_error_output,
    no_stderr,
    no_progress_bar,
    pictures_have_alt_text,
    pictures_have_a_caption,
    pictures_are_small,
    numbered_from_one,
    outputs_are_stored,
    keeps_the_form,
    comes_to_its_end,
    ignored_outputs_have_a_reason,
    links_lead_somewhere,
    holds_only_what_stays,
    sources_are_the_packages,
]


def test_the_course_is_there():
    assert NOTEBOOKS and NOTEBOOKS[0].name == "00_start_here.ipynb"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_as_stored(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    complaints = [f"{rule.__name__}: {complaint}" for rule in RULES for complaint in rule(notebook, path.parent)]
    assert not complaints, "\n".join([path.name, *complaints])


def stream(text, name="stdout"):
    return new_output("stream", name=name, text=text)


def image(data, kind="image/png", alt=None):
    return new_output("display_data", {kind: data}, metadata={kind: {"alt": alt}} if alt else {})


def code(source="1", *outputs, **metadata):
    return new_code_cell(source, outputs=list(outputs), execution_count=1, metadata=metadata)


def blank(count):
    return [code() for _ in range(count)]


STEP_DECAY = """def step_decay(base_lr, step_size, gamma=0.1):
    base_lr = real("base_lr", base_lr, at_least=0)
    step_size = whole("step_size", step_size, at_least=1)
    gamma = real("gamma", gamma, at_least=0)

    def schedule(step):
        return base_lr * gamma ** (step // step_size)

    return schedule if gamma <= 1 else exploding(schedule, base_lr)"""
SOURCE = {"tags": ["source-lrcourse.schedules.step_decay"]}
CAPTION = new_output("display_data", {"text/html": "<p><em>a &lt; b falls</em></p>"})
WORDS = "A word. " * 500
END = "## When to reach for it\n**Exercise:** write it.\nNext: [02](02_step_decay.ipynb)\n## References"

BAD = [
    (no_local_path, [code("1", stream("saved in /home/ada/run.pt"))]),
    (no_local_path, [code("1", new_output("execute_result", {"text/html": "<b>/tmp/x</b>"}, execution_count=1))]),
    (no_local_path, [code("open('/Users/ada/x')")]),
    (no_local_path, [new_markdown_cell("Look in C:\\\\data for it.")]),
    (no_warning_text, [code("1", stream("x.py:3: UserWarning: lr"))]),
    (no_warning_text, [code("import warnings\nwarnings.filterwarnings('ignore')")]),
    (no_error_output, [code("1", new_output("error", ename="ValueError", evalue="", traceback=[]))]),
    (no_stderr, [code("1", stream("note", name="stderr"))]),
    (no_progress_bar, [code("1", stream("\r 40%|####    | 4/10 [00:01<00:02, 3.5it/s]"))]),
    (pictures_have_alt_text, [code("1", image("abc"))]),
    (pictures_have_alt_text, [code("1", image("<svg></svg>", "image/svg+xml"))]),
    (pictures_have_alt_text, [code("1", new_output("display_data", {"text/html": "<img src='a.png'>"}))]),
    (pictures_have_alt_text, [new_markdown_cell("![](a.png)")]),
    (pictures_have_a_caption, [code("1", image("abc", alt="a < b falls"))]),
    (pictures_have_a_caption, [code("1", image('<svg aria-label="a falls"></svg>', "image/svg+xml"), CAPTION)]),
    (pictures_are_small, [code("1", image(base64.b64encode(bytes(110 * 1024)).decode(), alt="a"))]),
    (numbered_from_one, blank(2)),
    (outputs_are_stored, [code("print(3)")]),
    (outputs_are_stored, [code("figure = 3\nshow(figure, alt='three')")]),
    (keeps_the_form, [new_markdown_cell(WORDS)] + blank(23)),
    (keeps_the_form, [new_markdown_cell(WORDS)] + blank(45)),
    (keeps_the_form, [new_markdown_cell(WORDS[:3000])] + blank(30)),
    (keeps_the_form, [new_markdown_cell(4 * WORDS)] + blank(30)),
    (keeps_the_form, [new_markdown_cell(WORDS), code("a = 1\n" * 31)] + blank(30)),
    *((comes_to_its_end, [new_markdown_cell(END.replace(part, ""))]) for part in END.splitlines()),
    (ignored_outputs_have_a_reason, [code("1", tags=["nbval-ignore-output"])]),
    (ignored_outputs_have_a_reason, [code("1", tags=["nbval-skip"])]),
    (ignored_outputs_have_a_reason, [code("# NBVAL_IGNORE_OUTPUT\n1")]),
    (links_lead_somewhere, [new_markdown_cell("see [the exercise](../exercises/99_nothing.ipynb)")]),
    (holds_only_what_stays, [code("1", execution={"iopub.execute_input": "2026-01-01T00:00:00Z"})]),
    (sources_are_the_packages, [code(STEP_DECAY.replace("//", "/"), **SOURCE)]),
    (sources_are_the_packages, [code(STEP_DECAY + "  # the end", **SOURCE)]),
    (sources_are_the_packages, [code("step_decay = 3", **SOURCE)]),
    (sources_are_the_packages, [code(STEP_DECAY.replace("gamma=0.1", "gamma=0.2"), **SOURCE)]),
    (sources_are_the_packages, [code("@torch.no_grad()\n" + STEP_DECAY, **SOURCE)]),
    (sources_are_the_packages, [code("x = 1", tags=["source-lrcourse.schedules.no_such_schedule"])]),
]


@pytest.mark.parametrize("rule, cells", BAD, ids=[f"{i}-{rule.__name__}" for i, (rule, _) in enumerate(BAD)])
def test_each_rule_catches_a_bad_notebook(rule, cells):
    assert rule(new_notebook(cells=cells), FOLDER)


def test_every_rule_has_its_bad_notebook():
    assert {rule for rule, _ in BAD} == set(RULES)


def test_metadata_that_changes_is_caught():
    assert holds_only_what_stays(new_notebook(metadata={"widgets": {}}), FOLDER)
    assert holds_only_what_stays(new_notebook(metadata={"language_info": {"name": "p", "version": "3.11"}}), FOLDER)


def test_a_good_notebook_passes_every_rule():
    with_docstring = STEP_DECAY.replace("):\n", '):\n    """A docstring.\n\n    Longer.\n    """\n', 1)
    with_types = "@maker\n" + STEP_DECAY.replace("(step)", "(step: int) -> float").replace("1):", "1) -> ScheduleLike:")
    cells = [
        new_markdown_cell(WORDS + "[exercises](../exercises) ![a curve](#here) [a site](https://example.org)"),
        code("show(1)", image("abc", alt="a < b falls"), CAPTION),
        code(with_docstring, **SOURCE),
        code(with_types, **SOURCE),
        code("print('AcceleratedWarning of 7% per step')", stream("AcceleratedWarning of 7% per step\n")),
        code("1", stream("3.2 s\n"), tags=["nbval-ignore-output"], why="timing differs by machine"),
        *blank(24),
        new_markdown_cell(END),
    ]
    for number, cell in enumerate(cells[1:-1], 1):
        cell.execution_count = number
    notebook = new_notebook(cells=cells, metadata=rerun.METADATA)
    assert [complaint for rule in RULES for complaint in rule(notebook, FOLDER)] == []


@pytest.fixture
def stored(tmp_path):
    """Write cells into a notebook file and give its path."""

    def write(*sources):
        path = tmp_path / "lesson.ipynb"
        cells = [new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(sources)]
        nbformat.write(new_notebook(cells=cells, metadata={"widgets": {"old": 1}}), path)
        return path

    return write


def test_run_stores_outputs_that_do_not_change(stored, tmp_path, capsys):
    widget = "display({'text/html': '<img>'}, raw=True)\n"
    widget += "display({'application/vnd.jupyter.widget-view+json': {'model_id': 'x'}}, raw=True)"
    path = stored("import os\nprint(os.getcwd(), os.environ['OMP_NUM_THREADS'])", widget)
    assert rerun.main([str(path)]) == 0
    first = path.read_bytes()
    notebook = nbformat.reads(first, as_version=4)
    (printed,), shown = (cell.outputs for cell in notebook.cells)
    assert printed.text == f"{os.path.realpath(tmp_path)} 1\n"
    assert [output.data for output in shown] == [{"text/html": "<img>"}]  # what needs a kernel is not stored
    assert notebook.metadata == rerun.METADATA and not any(cell.metadata for cell in notebook.cells)
    assert numbered_from_one(notebook, tmp_path) == []
    assert rerun.main([str(path)]) == 0 and path.read_bytes() == first
    assert os.listdir(tmp_path) == ["lesson.ipynb"]
    assert re.fullmatch(r"(\S+lesson.ipynb: \d+\.\d s\n){2}", capsys.readouterr().out)


def test_run_keeps_the_old_file_when_a_cell_fails(stored, tmp_path, capsys):
    path = stored("print('before')", "1 / 0")
    before = path.read_bytes()
    assert rerun.main([str(path)]) == 1
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["lesson.ipynb"]
    told = capsys.readouterr().err
    assert "its old outputs are kept" in told and "1 / 0" in told and "ZeroDivisionError" in told


def test_run_keeps_the_old_file_when_writing_fails(stored, tmp_path, monkeypatch):
    path = stored("1")
    before = path.read_bytes()

    def full(notebook, file):
        file.write('{"cells": [')
        raise OSError("No space left on device")

    monkeypatch.setattr(rerun.nbformat, "write", full)
    with pytest.raises(OSError, match="No space left"):
        rerun._write(nbformat.read(path, as_version=4), path)
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["lesson.ipynb"]


def test_run_refuses_what_is_no_notebook(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        rerun.main([str(tmp_path / "absent.ipynb")])
    assert ended.value.code == 2 and "must be an .ipynb file that exists" in capsys.readouterr().err
    garbled = tmp_path / "garbled.ipynb"
    garbled.write_text("not json")
    assert rerun.main([str(garbled)]) == 1 and garbled.read_text() == "not json"
