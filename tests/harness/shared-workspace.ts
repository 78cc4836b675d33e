import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import type { TestProject } from 'vitest/node'
import { tryLock } from '../../scripts/machine/lock.ts'
import { poll } from '../../scripts/machine/poll.ts'
import { copyTemplate, makeTemplate } from './database-template.ts'
import type { Finished } from './run.ts'
import { newPlace, TestWorkspace, type WorkspacePlace } from './workspace.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The Postgres of all tests whose subject is not the database. */
    readonly databaseUrl: string
    /** Where the shared workspace is, once a test has asked for it. */
    readonly sharedPlace: WorkspacePlace
  }
}

const SETUP_MS = 90_000

/** Starts the shared database before the first end-to-end test, and stops everything after the last (vitest's globalSetup). */
export default async function startShared(project: TestProject): Promise<() => Promise<void>> {
  await makeTemplate()
  const place = await newPlace()
  copyTemplate(join(place.folder, 'state'))
  const databaseUrl = `postgresql://postgres@127.0.0.1:${place.ports.database}/cruddur`
  const workspace = new TestWorkspace(place, { DATABASE_URL: databaseUrl })
  // With DATABASE_URL set, setup would start no database.
  await workspace.start('database', { DATABASE_URL: '' })
  project.provide('databaseUrl', databaseUrl)
  project.provide('sharedPlace', place)
  return () => workspace.dispose()
}

/**
 * The workspace that all test files share: `npm run setup` without a terminal, with every setting at its default. The
 * first test that asks for it starts it. A test uses trace ids that it has made, and changes nothing that another test
 * reads.
 */
export async function sharedWorkspace(): Promise<Omit<TestWorkspace, 'dispose'> & { setup: Finished }> {
  const place = inject('sharedPlace')
  const workspace = new TestWorkspace(place, { DATABASE_URL: inject('databaseUrl') })
  const result = join(place.folder, 'setup.json')
  const lock = await poll(() => tryLock(`${result}.lock`), { deadlineMs: SETUP_MS })
  if (!lock) throw new Error(`Another test’s setup has not ended within ${SETUP_MS} ms.${workspace.logs()}`)
  if (!existsSync(result)) writeFileSync(result, JSON.stringify(await workspace.command('setup')))
  lock.release()
  const setup: Finished = JSON.parse(readFileSync(result, 'utf8'))
  if (setup.code !== 0) throw new Error(`setup: ${setup.stdout}${setup.stderr}${workspace.logs()}`)
  return Object.assign(workspace, { setup })
}
