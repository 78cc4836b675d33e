import { readFileSync } from 'node:fs'
import { isBuiltin, stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'
import { ROOT } from './process.ts'

const STATIC = /^\s*(?:import|export)\b(?:[^'"`;]*?\bfrom)?\s*['"]([^'"]+)['"]/gm
const DYNAMIC = /\b(?:import|createRequire\(import\.meta\.url\))\(\s*['"]([^'"]+)['"]/g

/** What a TypeScript file imports when its types are erased; `dynamic`: also while it runs. */
function importsOf(path: string, dynamic: boolean): string[] {
  const source = stripTypeScriptTypes(readFileSync(join(ROOT, path), 'utf8'))
  const matches = [...source.matchAll(STATIC), ...(dynamic ? source.matchAll(DYNAMIC) : [])]
  return matches.map(([, specifier = '']) => specifier)
}

/** The npm packages that these files import, each once, in order. Paths are from the repository's root. */
export function packagesOf(paths: readonly string[], { dynamic = true } = {}): string[] {
  const packages = paths
    .flatMap((path) => importsOf(path, dynamic))
    .filter((specifier) => !specifier.startsWith('.') && !isBuiltin(specifier))
    .map((specifier) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/'))
  return [...new Set(packages)].sort()
}

/** A module and all that it imports with static imports, inside the repository. */
export function modulesOf(entry: string): string[] {
  const found = new Set<string>()
  const visit = (path: string) => {
    if (found.has(path)) return
    found.add(path)
    for (const specifier of importsOf(path, false))
      if (specifier.startsWith('.')) visit(join(dirname(path), specifier))
  }
  visit(entry)
  return [...found]
}
