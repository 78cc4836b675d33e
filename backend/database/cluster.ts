import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { PGlite } from '@electric-sql/pglite'
import { EMBEDDED_DATABASE, EMBEDDED_USER } from './address.ts'

const INITIALISE = join(import.meta.dirname, 'initialise.ts')
const UNFINISHED = '.unfinished-'

/**
 * Opens the cluster in a directory, and makes one where there is none. One that cannot be opened is moved aside, never
 * deleted, and said so: the sample must come up, and a person may still want what was in it. No other process may
 * have the directory open.
 */
export async function openCluster(directory: string, say: (line: string) => void): Promise<PGlite> {
  clearUnfinished(directory)
  if (existsSync(directory)) {
    try {
      return await open(directory)
    } catch (error) {
      const aside = `${directory}.broken-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`
      renameSync(directory, aside)
      say(`The data cannot be opened (${describe(error)}): moved to ${aside}, and begun anew.`)
    }
  }
  await make(directory)
  return await open(directory)
}

/** Makes a cluster with its database, empty. Takes seconds and several hundred MB. */
export async function initialiseCluster(directory: string): Promise<void> {
  const cluster = await PGlite.create({ dataDir: directory })
  await cluster.exec(`create database ${EMBEDDED_DATABASE}`)
  await cluster.close()
}

async function open(directory: string): Promise<PGlite> {
  // In a directory without one PGlite would make a cluster of its own, and wait for a database that is not in it.
  if (!existsSync(join(directory, 'PG_VERSION'))) throw new Error('there is no PG_VERSION in it')
  return await PGlite.create({ dataDir: directory, username: EMBEDDED_USER, database: EMBEDDED_DATABASE })
}

/**
 * In a process of its own, which gives its memory back, and under another name until it is whole, so that no half a
 * cluster is ever found under the right one, whenever the power fails.
 */
async function make(directory: string): Promise<void> {
  const unfinished = `${directory}${UNFINISHED}${process.pid}`
  mkdirSync(dirname(directory), { recursive: true })
  await promisify(execFile)(process.execPath, [...process.execArgv, INITIALISE, unfinished])
  renameSync(unfinished, directory)
}

function clearUnfinished(directory: string): void {
  const parent = dirname(directory)
  if (!existsSync(parent)) return
  for (const name of readdirSync(parent)) {
    if (name.startsWith(`${basename(directory)}${UNFINISHED}`)) {
      rmSync(join(parent, name), { recursive: true, force: true })
    }
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
