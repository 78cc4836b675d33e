import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/**
 * `from './a.ts'`, `import './a.ts'`, `import('./a.ts')` and `new URL('./worker.ts', …)`: a regular expression instead
 * of a parser, because every `status` reads it. A path in a comment at worst causes a restart.
 */
const REFERENCE = /(?:\bfrom|\bimport|\bURL)\s*\(?\s*(['"])(\.{1,2}\/[^'"\n]+)\1/g
const TYPES_ONLY = /\b(?:import|export)\s+type\b[^'"]*(['"])[^'"\n]+\1/g

interface Source {
  /** Time of its last change and size: reading it again is not worth while as long as they are the same. */
  readonly version: string
  readonly hash: string
  /** What it imports, or has in it if it is a folder. */
  readonly children: readonly string[]
}

const cache = new Map<string, Source>()

/**
 * A hash of what a process runs: these files and folders (relative to `root`), every file of ours that they import,
 * statically or not, and the lockfile of its packages. Imports of types alone are left out, as Node erases them.
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
  const source: Source = {
    version,
    ...(stat?.isDirectory() ? readFolder(path) : readFile(path, stat !== undefined)),
  }
  cache.set(path, source)
  return source
}

function readFolder(path: string): Omit<Source, 'version'> {
  const names = readdirSync(path).sort()
  return { hash: '', children: names.map((name) => join(path, name)) }
}

function readFile(path: string, isThere: boolean): Omit<Source, 'version'> {
  const text = isThere ? readFileSync(path, 'utf8') : ''
  const references = /\.[jt]sx?$/.test(path) ? text.replace(TYPES_ONLY, '').matchAll(REFERENCE) : []
  return {
    hash: createHash('sha256').update(text).digest('hex'),
    children: [...references].map(([, , reference = '']) => resolve(dirname(path), reference)),
  }
}
