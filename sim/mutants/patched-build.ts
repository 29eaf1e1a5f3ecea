// Makes the modules of a patched pool: reads the sources, applies the patch, and strips the types. Nothing is written; the
// compiled project stays as it is, and only the threads that are given these modules load them.

import { existsSync, readFileSync } from 'node:fs';
import { applyChange, type Mutant } from './patch.ts';

/** JavaScript by the URL of the compiled module that it stands in for. */
export type PatchedModules = Readonly<Record<string, string>>;

export type Build =
  | { readonly ok: true; readonly modules: PatchedModules }
  | { readonly ok: false; readonly reason: string };

/** `root`: the folder of the project, where the sources lie beside `dist`. */
export async function buildPatched({ changes }: Pick<Mutant, 'changes'>, root: URL): Promise<Build> {
  const { default: typescript } = await import('typescript');
  // By path: a file may be named more than once.
  const sources = new Map<string, string>();
  for (const change of changes) {
    const path = new URL(change.path, root);
    if (!existsSync(path))
      return { ok: false, reason: `there is no ${change.path} beside the compiled project` };
    const patched = applyChange(change, sources.get(change.path) ?? readFileSync(path, 'utf8'));
    if ('reason' in patched) return { ok: false, reason: patched.reason };
    sources.set(change.path, patched.source);
  }
  const modules: Record<string, string> = {};
  for (const [path, source] of sources) {
    const { outputText, diagnostics } = typescript.transpileModule(source, {
      reportDiagnostics: true,
      compilerOptions: {
        target: typescript.ScriptTarget.ES2023,
        module: typescript.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
        rewriteRelativeImportExtensions: true,
      },
    });
    const first = diagnostics?.[0];
    if (first !== undefined) {
      const text = typescript.flattenDiagnosticMessageText(first.messageText, ' ');
      return { ok: false, reason: `${path} is no TypeScript after the patch: ${text}` };
    }
    modules[new URL(`dist/${path.replace(/\.ts$/, '.js')}`, root).href] = outputText;
  }
  return { ok: true, modules };
}
