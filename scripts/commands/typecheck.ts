import { join, resolve } from 'node:path'
import { $ } from 'zx'

const ROOT = resolve(import.meta.dirname, '..', '..')
const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')

/** Node's files and the browser's files: each project has its own globals. */
const PROJECTS = ['.', 'viewer']

const run = $({ cwd: ROOT, stdio: 'inherit', nothrow: true })
const results = await Promise.all(
  PROJECTS.map((project) => run`${process.execPath} ${TSC} --noEmit --project ${project}`),
)
process.exitCode = Math.max(...results.map(({ exitCode }) => exitCode ?? 1))
