// Removes from node_modules what an image does not need: node scripts/images/keep-packages.ts NAME…
import { lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** What this reads of an entry in npm's lockfile: https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json#packages */
interface Entry {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** What only a compiler, an editor or a debugger reads. Node runs no TypeScript inside node_modules. */
const DEVELOPMENT_FILE = /\.([cm]?ts|map)$/

/**
 * Keeps the named packages of `folder`, and all that they depend on, without their types and source maps. Removes every
 * other package. Throws where a named package is not installed, and where node_modules is a link: it would empty the folder
 * of something else.
 */
export function keepPackages(folder: string, names: readonly string[]): void {
  const modules = join(folder, 'node_modules')
  if (lstatSync(modules).isSymbolicLink()) throw new Error(`${modules} is a link. Nothing was removed.`)
  const lockfile = readFileSync(join(modules, '.package-lock.json'), 'utf8')
  const installed: Readonly<Record<string, Entry>> = JSON.parse(lockfile).packages
  const kept = reachable(installed, names)
  for (const path of Object.keys(installed))
    if (!kept.has(path)) rmSync(join(folder, path), { recursive: true, force: true })
  // Links to programs, which an image does not run, and npm's list of what was installed.
  for (const name of ['.bin', '.cache', '.package-lock.json'])
    rmSync(join(modules, name), { recursive: true, force: true })
  removeDevelopmentFiles(modules)
}

/** The paths of the named packages and of all that they depend on, as the lockfile has them. */
function reachable(installed: Readonly<Record<string, Entry>>, names: readonly string[]): Set<string> {
  const waiting = names.map((name) => {
    const path = `node_modules/${name}`
    if (!installed[path]) throw new Error(`${name} is not installed. Nothing was removed.`)
    return path
  })
  const found = new Set<string>()
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue
    found.add(path)
    const { dependencies, optionalDependencies, peerDependencies } = installed[path] ?? {}
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const needed = resolveFrom(path, name, installed)
      if (needed) waiting.push(needed)
    }
  }
  return found
}

/**
 * The package that a package gets for a name: its own, else that of the nearest folder above it, as Node looks for it. None
 * for an optional one that is not installed.
 */
function resolveFrom(
  path: string,
  name: string,
  installed: Readonly<Record<string, Entry>>,
): string | undefined {
  for (let from = path; ; from = from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/')))) {
    const candidate = from === '' ? `node_modules/${name}` : `${from}/node_modules/${name}`
    if (installed[candidate]) return candidate
    if (from === '') return undefined
  }
}

function removeDevelopmentFiles(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) removeDevelopmentFiles(path)
    else if (DEVELOPMENT_FILE.test(entry.name)) rmSync(path)
  }
}

if (import.meta.main) keepPackages(resolve('.'), process.argv.slice(2))
