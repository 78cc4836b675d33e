import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import type { TestProject } from 'vitest/node'
import { copyTemplate, makeTemplate } from './database-template.ts'
import type { Finished } from './run.ts'
import { eventually } from './wait-for.ts'
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
  if (claim(place)) writeFileSync(result, JSON.stringify(await workspace.command('setup')))
  const setup = await eventually(
    () => read(result),
    (finished) => finished !== undefined,
    SETUP_MS,
  )
  if (setup?.code !== 0) throw new Error(`setup: ${setup?.stdout}${setup?.stderr}${workspace.logs()}`)
  return Object.assign(workspace, { setup })
}

const claimOf = ({ folder }: WorkspacePlace) => join(folder, 'is-started')

/** Whether this is the first test of the run to ask. */
function claim(place: WorkspacePlace): boolean {
  try {
    writeFileSync(claimOf(place), '', { flag: 'wx' })
    return true
  } catch {
    return false
  }
}

/** The file is read once it is complete. */
function read(path: string): Finished | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}
