// Several modules of the page → the one script that stands in it: each becomes a function that is called once, after those that it
// imports, and gives what it exports. It knows the few forms in which the compiler writes imports and exports, and refuses others.

const IMPORT = /^import \{ ([^}]*) \} from ["']\.\/([a-z-]+)\.js["'];$/gm;
const EXPORT = /^export (?=(?:async function|function|const|class) ([A-Za-z_]\w*))/gm;

/** `textOf` reads the compiled module of that name. */
export function linked(entry: string, textOf: (name: string) => string): string {
  const placed: string[] = [];
  const texts: string[] = [];
  const place = (name: string, importers: readonly string[]): void => {
    if (importers.includes(name)) throw new Error(`${[...importers, name].join(' imports ')}`);
    if (placed.includes(name)) return;
    const text = textOf(name);
    for (const [, , imported] of text.matchAll(IMPORT)) place(imported!, [...importers, name]);
    placed.push(name);
    texts.push(asFunction(name, text));
  };
  place(entry, []);
  return texts.join('\n');
}

function asFunction(name: string, text: string): string {
  const exported = [...text.matchAll(EXPORT)].map(([, each]) => each!);
  const body = text
    .replaceAll(IMPORT, (_, names: string, from: string) => {
      return `const { ${names.replaceAll(' as ', ': ')} } = ${variableOf(from)};`;
    })
    .replaceAll(EXPORT, '')
    .replaceAll(/^export \{\};$/gm, '')
    .replaceAll(/^\/\/# sourceMappingURL=.*$/gm, '')
    .trim();
  const stranger = /^(?:import|export)\b.*$/m.exec(body)?.[0];
  if (stranger !== undefined) throw new Error(`${name} cannot be put into the page: ${stranger}`);
  // The end of a script is looked for before anything in it is read.
  if (/<\/script|<!--/i.test(body))
    throw new Error(`${name} cannot be put into the page: it has markup in it`);
  return `const ${variableOf(name)} = (() => {\n${body}\nreturn { ${exported.join(', ')} };\n})();\n`;
}

/** `events-table` → `$events_table`. */
function variableOf(name: string): string {
  return `$${name.replaceAll('-', '_')}`;
}
