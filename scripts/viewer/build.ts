import { createHash } from 'node:crypto'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { UserError } from '../../contracts/user-error.ts'
import type { Terminal } from '../command-line/terminal.ts'

const ROOT = resolve(import.meta.dirname, '..', '..')
const VIEWER = join(ROOT, 'viewer')
const STAMP = 'source.txt'

/** Where the page's source is, and where it is built to. */
export interface ViewerFolders {
  readonly source: string
  readonly built: string
}

const FOLDERS: ViewerFolders = { source: VIEWER, built: join(VIEWER, 'dist') }

export type Built =
  | { readonly state: 'current' | 'built' }
  | { readonly state: 'failed'; readonly why: string }

/**
 * Builds the viewer, where it is missing or of another source. A page that is open meanwhile keeps its files to the
 * last moment, and two builds at once do not meet. A failure is told, not thrown: everything else works without it.
 */
export async function buildViewer({ source, built }: ViewerFolders = FOLDERS): Promise<Built> {
  const stamp = stampOf(source)
  if (readIfThere(join(built, STAMP)) === stamp) return { state: 'current' }
  let folder: string | undefined
  try {
    // Vite is for who builds; an installation without it still has the sandbox's JSON reads.
    const { build } = await import('vite')
    folder = mkdtempSync(`${built}-`)
    await build({
      configFile: join(source, 'vite.config.ts'),
      root: source,
      logLevel: 'silent',
      build: { outDir: folder, emptyOutDir: true },
    })
    writeFileSync(join(folder, STAMP), stamp)
    chmodSync(folder, 0o755) // mkdtemp's is for its maker alone, and the sandbox may be somebody else.
    rmSync(built, { recursive: true, force: true })
    renameSync(folder, built)
    return { state: 'built' }
  } catch (error) {
    if (folder) rmSync(folder, { recursive: true, force: true })
    // Somebody else's build was there first.
    if (readIfThere(join(built, STAMP)) === stamp) return { state: 'built' }
    return { state: 'failed', why: error instanceof Error ? error.message : String(error) }
  }
}

/** Throws a UserError (VIEWER_NOT_BUILT) when the build fails. */
export async function requireViewer(): Promise<Exclude<Built, { readonly state: 'failed' }>> {
  const built = await buildViewer()
  if (built.state !== 'failed') return built
  throw new UserError({
    code: 'VIEWER_NOT_BUILT',
    what: `The viewer could not be built: ${built.why}`,
    fix: 'npm ci, then npm run viewer',
  })
}

/** Warns when the build fails: everything but the viewer works without it. */
export async function ensureViewer(terminal: Terminal): Promise<void> {
  const built = await buildViewer()
  if (built.state !== 'failed') return
  terminal.warn(
    `The sandbox’s viewer could not be built; its pages say how to build it until then. ${built.why.split('\n')[0]}`,
  )
  terminal.line('  npm run viewer tells more; if packages are missing: npm ci')
}

/** Of every file that the page is made of, by content: a checkout changes times and nothing else. */
function stampOf(source: string): string {
  const hash = createHash('sha256')
  const files = [
    ...readdirSync(source, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !relative(source, path).startsWith('dist')),
    // What of the sandbox's own source the page is made of, besides types.
    join(ROOT, 'contracts', 'trace-links.ts'),
    join(ROOT, 'contracts', 'trace-id.ts'),
    join(ROOT, 'package-lock.json'),
  ].toSorted()
  for (const file of files) hash.update(relative(ROOT, file)).update(readIfThere(file) ?? '')
  return `${hash.digest('hex')}\n`
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
