// CodeMirror with what a learner's cell needs: Python's colours and indentation, brackets, undo; nothing else.
import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from "@codemirror/commands";
import { pythonLanguage } from "@codemirror/lang-python";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, LanguageSupport, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const colours = HighlightStyle.define([ // as in the listings
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword, tags.definitionKeyword, tags.moduleKeyword, tags.bool, tags.null], color: "var(--k)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--s)" },
  { tag: tags.number, color: "var(--n)" },
  { tag: tags.comment, color: "var(--c)", fontStyle: "italic" },
  { tag: [tags.function(tags.definition(tags.variableName)), tags.definition(tags.className)], color: "var(--f)", fontWeight: "600" },
]);
const look = EditorView.theme({
  "&": { backgroundColor: "var(--pale)", color: "var(--ink)", fontSize: "0.845rem", borderRadius: "8px", border: "1px solid color-mix(in srgb, var(--ink) 32%, transparent)" },
  "&.cm-focused": { outline: "3px solid var(--accent)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55" },
  ".cm-content": { padding: "0.7rem 0", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0 1rem 0 0.6rem" },
  ".cm-gutters": { backgroundColor: "var(--pale)", color: "var(--soft)", border: "0", borderRight: "1px solid var(--line)" }, // opaque: code is scrolled below it
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 0.45rem 0 0.5rem" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--accent) 8%, transparent)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "color-mix(in srgb, var(--accent) 30%, transparent)" },
  ".cm-matchingBracket": { backgroundColor: "color-mix(in srgb, var(--accent) 25%, transparent)", outline: "0" },
});

// Puts an editor in the place of a text field and keeps the field's value in step; what comes back can set the text.
export function edit(field, run) {
  const view = new EditorView({
    parent: field.parentNode,
    state: EditorState.create({
      doc: field.value,
      extensions: [
        lineNumbers(), highlightSpecialChars(), history(), drawSelection(), indentOnInput(), bracketMatching(), closeBrackets(),
        highlightActiveLine(), indentUnit.of("    "), EditorState.tabSize.of(4), new LanguageSupport(pythonLanguage),
        syntaxHighlighting(colours), look,
        keymap.of([
          { key: "Shift-Enter", run: () => (run(), true) },
          { key: "Mod-Enter", run: () => (run(), true) },
          { key: "Tab", run: indentMore, shift: indentLess }, // Escape first, and Tab goes on through the page
          ...closeBracketsKeymap, ...historyKeymap, ...defaultKeymap,
        ]),
        EditorView.contentAttributes.of({ "aria-label": field.getAttribute("aria-label"), tabindex: "0", spellcheck: "false", autocapitalize: "off", autocorrect: "off" }),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          field.value = update.state.doc.toString();
          field.dispatchEvent(new Event("input"));
        }),
      ],
    }),
  });
  const held = document.activeElement === field ? [field.selectionStart, field.selectionEnd] : null;
  field.after(view.dom);
  field.hidden = true;
  if (held) { // somebody is already writing
    view.dispatch({ selection: { anchor: held[0], head: held[1] } });
    view.focus();
  }
  return {
    set: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    focus: () => view.focus(),
  };
}
