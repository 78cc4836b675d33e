import { createHash } from 'node:crypto'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import type { Terminal } from '../command-line/terminal.ts'
import { isLeftover } from '../machine/leftover.ts'

const ROOT = resolve(import.meta.dirname, '..', '..')
/** The file in the built viewer with the stamp of its source. */
const STAMP = 'source.txt'

/** The folder of the source, and the folder of the built viewer. */
export interface ViewerFolders {
  readonly source: string
  readonly built: string
}

const FOLDERS: ViewerFolders = { source: join(ROOT, 'viewer'), built: join(ROOT, 'viewer', 'dist') }

export type Built =
  | { readonly state: 'current' | 'built' }
  | { readonly state: 'failed'; readonly why: string }

/**
 * Builds the viewer when it is missing or its source has changed. An open page keeps its files until the new ones are
 * complete, and two builds at once do not disturb each other. A failure is returned, not thrown.
 */
export async function buildViewer({ source, built }: ViewerFolders = FOLDERS): Promise<Built> {
  const stamp = stampOf(source)
  if (readIfThere(join(built, STAMP)) === stamp) return { state: 'current' }
  let folder: string | undefined
  const { NODE_ENV } = process.env
  try {
    // Imported here because an installation without development packages has no Vite.
    const { build } = await import('vite')
    removeLeftovers(built)
    folder = mkdtempSync(`${built}-${process.pid}-`)
    await build({
      configFile: join(source, 'vite.config.ts'),
      root: source,
      logLevel: 'silent',
      build: { outDir: folder, emptyOutDir: true },
    })
    writeFileSync(join(folder, STAMP), stamp)
    chmodSync(folder, 0o755) // mkdtemp makes it private, and the sandbox may run as another user.
    rmSync(built, { recursive: true, force: true })
    renameSync(folder, built)
    return { state: 'built' }
  } catch (error) {
    if (folder) rmSync(folder, { recursive: true, force: true })
    // Another build has finished first.
    if (readIfThere(join(built, STAMP)) === stamp) return { state: 'built' }
    return { state: 'failed', why: error instanceof Error ? error.message : String(error) }
  } finally {
    // Vite sets it to `production`, and the services that setup starts next would inherit it and write their logs as JSON.
    if (NODE_ENV === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = NODE_ENV
  }
}

/** Warns when the build fails: everything but the viewer works without it. */
export async function ensureViewer(terminal: Terminal): Promise<void> {
  const built = await buildViewer()
  if (built.state !== 'failed') return
  terminal.warn(`The viewer could not be built: ${built.why.split('\n')[0]}`)
  terminal.line('  npm run viewer shows more; if packages are missing: npm ci')
}

/** Removes the folders of builds that were killed; one that is under way keeps its own. */
function removeLeftovers(built: string): void {
  const start = `${basename(built)}-`
  for (const name of readdirSync(dirname(built)).filter((one) => one.startsWith(start))) {
    const pid = Number(name.slice(start.length).split('-')[0])
    const left = join(dirname(built), name)
    if (isLeftover(left, pid)) rmSync(left, { recursive: true, force: true })
  }
}

/** A hash of every source file's content. Not of times, which a checkout changes. */
function stampOf(source: string): string {
  const hash = createHash('sha256')
  // The viewer includes modules of analysis/ and contracts/, and pages of docs/.
  const folders = [
    source,
    ...['analysis', 'contracts', join('docs', 'your-app')].map((name) => join(ROOT, name)),
  ]
  const files = [...folders.flatMap(filesIn), join(ROOT, 'package-lock.json')]
  for (const file of files.toSorted()) hash.update(relative(ROOT, file)).update(readIfThere(file) ?? '')
  return `${hash.digest('hex')}\n`
}

/** Without tests, and without what was built. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !relative(folder, path).startsWith('dist'))
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
