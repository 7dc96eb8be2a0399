// Brings the translations in nbdoctor/locale up to date with the strings of src: new ones are added with an empty
// translation, those that are gone are taken out. With --check it writes nothing and fails if a translation is not complete.
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { format } from 'prettier';
import ts from 'typescript';

const SOURCES = new URL('../src/', import.meta.url);
const LOCALES = new URL('../../nbdoctor/locale/', import.meta.url);

/** The string arguments of JupyterLab's translation functions that make up a key: `__(id)`, `_n(id, plural, n)`. */
const FUNCTIONS = { __: 1, _n: 2 };

/** The strings of a file, each with how many forms its translation needs. */
function strings(name, text) {
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  const found = new Map();
  const visit = node => {
    if (
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression) &&
      node.expression.name.text in FUNCTIONS
    ) {
      const count = FUNCTIONS[node.expression.name.text];
      const parts = node.arguments.slice(0, count);
      if (!parts.every(ts.isStringLiteralLike)) {
        const { line } = source.getLineAndCharacterOfPosition(node.pos);
        throw new Error(
          `${name}:${line + 1}: a string to translate must be written out`
        );
      }
      found.set(parts[0].text, count);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The places that values are put into. */
const places = text => [...new Set(text.match(/%\d/g) ?? [])].sort().join(' ');

/** What is wrong with a translation, in a sentence. */
function* problems(locale, known, wanted) {
  // JupyterLab looks strings up by the language tag, whatever the folder is called.
  if (known[''].language !== locale.replace('_', '-')) {
    yield `not the language of its folder: ${known[''].language}`;
  }
  for (const [id, count] of wanted) {
    const forms = known[id];
    if (!forms || forms.length !== count || forms.some(form => !form)) {
      yield `not translated: ${id}`;
    } else if (forms.some(form => places(form) !== places(id))) {
      yield `other places for values than in the original: ${id}`;
    }
  }
  for (const id of Object.keys(known)) {
    if (id && !wanted.has(id)) {
      yield `no longer in the source: ${id}`;
    }
  }
}

const names = (await readdir(SOURCES, { recursive: true }))
  .filter(name => name.endsWith('.ts') && !name.startsWith('__tests__'))
  .sort();
const wanted = new Map();
for (const name of names) {
  const text = await readFile(new URL(name, SOURCES), 'utf8');
  strings(name, text).forEach((count, id) => wanted.set(id, count));
}
let failed = false;
for (const locale of await readdir(LOCALES)) {
  const file = new URL(`${locale}/LC_MESSAGES/nbdoctor.json`, LOCALES);
  const known = JSON.parse(await readFile(file, 'utf8'));
  if (process.argv.includes('--check')) {
    for (const problem of problems(locale, known, wanted)) {
      process.stderr.write(`${locale}: ${problem}\n`);
      failed = true;
    }
  } else {
    const kept = [...wanted].map(([id, count]) => [
      id,
      known[id] ?? Array(count).fill('')
    ]);
    const all = Object.fromEntries([['', known['']], ...kept]);
    await writeFile(
      file,
      await format(JSON.stringify(all), { parser: 'json' })
    );
  }
}
if (failed) {
  process.stderr.write('Run `jlpm strings` and translate what is empty.\n');
  process.exit(1);
}
