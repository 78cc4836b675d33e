import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '..', '..')
const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')

/** What Node runs, and what a browser does: each has its own globals. */
const PROJECTS = ['.', 'viewer']

const codes = await Promise.all(
  PROJECTS.map((project) => {
    const child = spawn(process.execPath, [TSC, '--noEmit', '--project', join(ROOT, project)], {
      stdio: 'inherit',
    })
    return new Promise<number>((done) => child.once('exit', (code) => done(code ?? 1)))
  }),
)
process.exitCode = Math.max(...codes)
