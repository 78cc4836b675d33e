import { execFile } from 'node:child_process'
import { existsSync, globSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { PGlite } from '@electric-sql/pglite'
import { keptName } from '../../contracts/kept-data.ts'
import { EMBEDDED_DATABASE, EMBEDDED_USER } from './address.ts'
import { SharedSession } from './shared-session.ts'
import { checkUsable, makePrivate } from './usable-folder.ts'

const INITIALISE = join(import.meta.dirname, 'initialise.ts')
const UNFINISHED = '.unfinished-'

/**
 * Opens the cluster in a directory, or creates it. A cluster that cannot be opened is renamed, not deleted, and logged: the
 * sample must start, and its data may still be wanted; `npm run status` names it (contracts/kept-data.ts). Throws a UserError,
 * and changes nothing, where the disk is full or this user cannot write to the directory. No other process may have the
 * directory open. `onEnd`: as in SharedSession.open.
 */
export async function openCluster(
  directory: string,
  log: (line: string) => void,
  onEnd: (cause: string) => void,
): Promise<SharedSession> {
  clearUnfinished(directory)
  if (existsSync(directory)) {
    makePrivate(directory)
    try {
      return await open(directory, onEnd)
    } catch (error) {
      checkUsable(directory)
      const aside = keptName(directory, new Date())
      renameSync(directory, aside)
      log(`The data cannot be opened (${describe(error)}): moved to ${aside}, and created again.`)
    }
  }
  await make(directory)
  return await open(directory, onEnd)
}

/** Creates a cluster with an empty database. Takes seconds, and several hundred MB of memory. */
export async function initialiseCluster(directory: string): Promise<void> {
  const cluster = await PGlite.create({ dataDir: directory })
  await cluster.exec(`create database ${EMBEDDED_DATABASE}`)
  await cluster.close()
}

async function open(directory: string, onEnd: (cause: string) => void): Promise<SharedSession> {
  // Without this file PGlite would create a new cluster, and then wait for a database that it does not contain.
  if (!existsSync(join(directory, 'PG_VERSION'))) throw new Error('it contains no PG_VERSION')
  const options = { dataDir: directory, username: EMBEDDED_USER, database: EMBEDDED_DATABASE }
  return await SharedSession.open(options, onEnd)
}

/**
 * Creates the cluster in a separate process, which returns its memory, and under another name until it is complete, so
 * that a crash never leaves an incomplete cluster in the directory.
 */
async function make(directory: string): Promise<void> {
  const unfinished = `${directory}${UNFINISHED}${process.pid}`
  mkdirSync(dirname(directory), { recursive: true, mode: 0o700 })
  try {
    await promisify(execFile)(process.execPath, [...process.execArgv, INITIALISE, unfinished])
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    checkUsable(dirname(directory))
    throw error
  }
  makePrivate(unfinished)
  renameSync(unfinished, directory)
}

/** Removes what a killed process has left. */
function clearUnfinished(directory: string): void {
  const parent = dirname(directory)
  for (const name of globSync(`${basename(directory)}${UNFINISHED}*`, { cwd: parent })) {
    rmSync(join(parent, name), { recursive: true, force: true })
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
