// node precompiling.mjs FOLDER: writes FOLDER/made.zip, the standard library of the Pyodide in FOLDER with each module
// that the course imports compiled. FOLDER holds the course's own part as lrcourse.json.
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const folder = process.argv[2];
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: folder });
for (const [path, text] of Object.entries(JSON.parse(readFileSync(`${folder}/lrcourse.json`, "utf8")))) {
  python.FS.mkdirTree(`/home/pyodide/${path.replace(/\/[^/]*$/, "")}`);
  python.FS.writeFile(`/home/pyodide/${path}`, text);
}
python.runPython(`
import sys
import lrcourse.site.attempts, lrcourse.site.browser, lrcourse.widgets

home = next(path for path in sys.path if path.endswith(".zip")) + "/"
needed = {str(getattr(module, "__file__", "")) for module in list(sys.modules.values())}

import zipfile
from importlib._bootstrap_external import _code_to_hash_pyc
from importlib.util import source_hash

with zipfile.ZipFile(home[:-1]) as old, zipfile.ZipFile("/made.zip", "w") as new:
    for entry in old.infolist():
        name, content = entry.filename, old.read(entry)
        if home + name in needed:
            code = compile(content, home + name, "exec", dont_inherit=True)
            name, content = name + "c", bytes(_code_to_hash_pyc(code, source_hash(content), False))
        new.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, 9)
`);
writeFileSync(`${folder}/made.zip`, python.FS.readFile("/made.zip"));
