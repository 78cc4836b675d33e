import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/**
 * `from './a.ts'`, `import './a.ts'`, `import('./a.ts')`, `new URL('./worker.ts', …)` and
 * `join(import.meta.dirname, 'program.ts')`. A regular expression instead of a parser, because every `status` reads all
 * code. A path in a comment at worst causes a restart.
 */
const REFERENCE =
  /(?:(?:\bfrom|\bimport|\bURL)\s*\(?\s*['"](?=\.{1,2}\/)|\bimport\.meta\.dirname,\s*['"])([^'"\n]+\.\w+)['"]/g
/** `import type … from`, not a declaration of a type. */
const TYPES_ONLY =
  /\b(?:import|export)\s+type\s+(?:[\w$]+|\*(?:\s*as\s+[\w$]+)?|\{[^}]*\})\s*from\s*(['"])[^'"\n]+\1/g

interface Source {
  /** The time of the last change and the size: a file is read again only when they differ. */
  readonly version: string
  readonly hash: string
  /** The files that it imports; the files in it where it is a folder. */
  readonly children: readonly string[]
}

const cache = new Map<string, Source>()

/**
 * A hash of the code that a process runs: these files and folders (relative to `root`), every file of the workspace that
 * they import, statically or not, and the lockfile of its packages. Imports of types alone are left out, as Node erases
 * them.
 */
export function hashCode(root: string, sources: readonly string[]): string {
  const hash = createHash('sha256')
  const seen = new Set<string>()
  const waiting = [...sources, 'package-lock.json'].map((source) => resolve(root, source))
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue
    seen.add(path)
    const source = read(path)
    hash.update(`${path.slice(root.length)}\0${source.hash}\0`)
    waiting.push(...source.children)
  }
  return hash.digest('hex')
}

function read(path: string): Source {
  const stat = statSync(path, { throwIfNoEntry: false })
  const version = stat ? `${stat.mtimeMs} ${stat.size}` : ''
  const cached = cache.get(path)
  if (cached?.version === version) return cached
  const isFolder = stat?.isDirectory()
  const text = stat && !isFolder ? readFileSync(path, 'utf8') : ''
  const hash = createHash('sha256').update(text).digest('hex')
  const source = { version, hash, children: isFolder ? listFolder(path) : listReferences(path, text) }
  cache.set(path, source)
  return source
}

function listFolder(path: string): string[] {
  return readdirSync(path)
    .sort()
    .map((name) => join(path, name))
}

function listReferences(path: string, text: string): string[] {
  if (!/\.[jt]sx?$/.test(path)) return []
  const references = text.replace(TYPES_ONLY, '').matchAll(REFERENCE)
  return [...references].map(([, reference = '']) => resolve(dirname(path), reference))
}
