// node python.mjs FOLDER SCRIPT GIVEN: runs a Python script in Pyodide; what it prints goes to standard output, and the
// text of the file GIVEN is its variable `given`.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";

const [folder, script, given] = process.argv.slice(2);
try {
  const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));
  const python = await loadPyodide({ indexURL: folder, stdout: (line) => process.stdout.write(`${line}\n`) });
  for (const [path, text] of Object.entries(JSON.parse(gunzipSync(readFileSync(`${folder}/lrcourse.json.packed`))))) {
    python.FS.mkdirTree(`/home/pyodide/${path.replace(/\/[^/]*$/, "")}`);
    python.FS.writeFile(`/home/pyodide/${path}`, text);
  }
  python.globals.set("given", readFileSync(given, "utf8"));
  python.runPython("import sys; sys.dont_write_bytecode = True");
  python.runPython(readFileSync(script, "utf8"), { filename: "<script>" });
} catch (error) {
  console.error(error.message); // without node's own words, which would hold all of Pyodide
  process.exit(1);
}
