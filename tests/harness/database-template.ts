import { constants, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ROOT } from './process.ts'
import { run } from './run.ts'

const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>
}

/** An empty cluster that test workspaces start with: creating one takes four seconds, copying it a tenth of one. */
const DATABASE_TEMPLATE = join(
  ROOT,
  'node_modules',
  '.cache',
  `postgres-${dependencies['@electric-sql/pglite']}`,
)

/** Creates the template unless it exists. */
export async function makeTemplate(): Promise<void> {
  if (existsSync(DATABASE_TEMPLATE)) return
  const unfinished = `${DATABASE_TEMPLATE}.${process.pid}`
  mkdirSync(dirname(DATABASE_TEMPLATE), { recursive: true })
  const args = ['--liftoff-only', 'backend/database/initialise.ts', unfinished]
  const { code, stderr } = await run(process.execPath, args, { env: { PATH: process.env.PATH ?? '' } })
  if (code !== 0) throw new Error(`The database template cannot be created: ${stderr}`)
  try {
    renameSync(unfinished, DATABASE_TEMPLATE)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    if (!existsSync(DATABASE_TEMPLATE)) throw error
  }
}

/** Copies the template to where the workspace with this state directory looks for its cluster. Returns the copy's path. */
export function copyTemplate(stateDirectory: string): string {
  const copy = join(stateDirectory, 'data', 'postgres')
  // As the product makes them.
  mkdirSync(dirname(copy), { recursive: true, mode: 0o700 })
  cpSync(DATABASE_TEMPLATE, copy, { recursive: true, mode: constants.COPYFILE_FICLONE })
  return copy
}
