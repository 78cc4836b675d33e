import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { run } from './run.ts'

const ROOT = resolve(import.meta.dirname, '..', '..')

const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>
}

/** An empty cluster that workspaces of tests begin with: to make one takes four seconds, to copy it a tenth of one. */
export const DATABASE_TEMPLATE = join(
  ROOT,
  'node_modules',
  '.cache',
  `postgres-${dependencies['@electric-sql/pglite']}`,
)

/** Makes the template, where there is none yet. */
export default async function makeTemplate(): Promise<void> {
  if (existsSync(DATABASE_TEMPLATE)) return
  const unfinished = `${DATABASE_TEMPLATE}.${process.pid}`
  mkdirSync(dirname(DATABASE_TEMPLATE), { recursive: true })
  const { code, stderr } = await run(
    process.execPath,
    ['--liftoff-only', 'backend/database/initialise.ts', unfinished],
    { cwd: ROOT, env: { PATH: process.env.PATH ?? '' } },
  )
  if (code !== 0) throw new Error(`The database template cannot be made: ${stderr}`)
  try {
    renameSync(unfinished, DATABASE_TEMPLATE)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    if (!existsSync(DATABASE_TEMPLATE)) throw error
  }
}
