import { constants, cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import makeTemplate, { DATABASE_TEMPLATE } from './database-template.ts'
import { freePorts } from './ports.ts'
import { startDatabase } from './process.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the one Postgres that every test shares whose subject is not the database. */
    readonly databaseUrl: string
  }
}

/** Starts it before the first end-to-end test, and ends it after the last (vitest's globalSetup). */
export default async function startSharedDatabase(project: TestProject): Promise<() => Promise<void>> {
  await makeTemplate()
  const folder = mkdtempSync(join(tmpdir(), 'shared-database-'))
  copyTemplate(folder)
  const [port = 0] = await freePorts(1)
  const database = await startDatabase({
    PATH: process.env.PATH ?? '',
    WORKSPACE_STATE_DIR: folder,
    WORKSPACE_ENV_FILE: join(folder, '.env'),
    DATABASE_PORT: String(port),
  })
  project.provide('databaseUrl', `postgresql://postgres@127.0.0.1:${port}/cruddur`)
  return async () => {
    await database.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Puts an empty cluster where the workspace with that state directory looks for its own. */
export function copyTemplate(stateDirectory: string): void {
  cpSync(DATABASE_TEMPLATE, join(stateDirectory, 'data', 'postgres'), {
    recursive: true,
    mode: constants.COPYFILE_FICLONE,
  })
}
