import { existsSync, lstatSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse } from 'dotenv'
import { isSettingName, type SettingName } from '../../settings/catalogue.ts'
import { readEnvText } from '../../settings/env-text.ts'
import { removeEnvLock, unsetEnvValue } from '../env/env-file.ts'

const ROOT = resolve(import.meta.dirname, '..', '..')

/** The subfolder with the learner's progress, and the code that `npm run workshop -- reset` has saved. It stays. */
export const LEARNERS_FOLDER = 'workshop'

/**
 * The files that the workspace creates, by subfolder of the state folder. Only these are removed: WORKSPACE_STATE_DIR may
 * name a folder with a person's files in it, even in subfolders of the same names.
 */
const OURS: Readonly<Record<string, RegExp>> = {
  // `supervisor` was a process of version 0.1.0.
  run: /^(processes|supervisor|install)\./,
  logs: /^(sandbox|daemon|database|profiles|api|supervisor)\.log(\.\d+(\.partial)?)?$/,
  data: /^(sandbox\.sqlite|postgres|kept-\d)(?![a-z])/,
  // A killed `npm run daemon -- --deb` leaves its folder.
  bin: /^(xray(\.json)?(\.\d+\.tmp)?|deb-\w{6})$/,
}

/** `viewer/dist`, and the folders beside it of builds that were killed. */
const BUILT_VIEWER = /^dist(-|$)/

/**
 * The workspace's files and folders that exist. The built viewer is among them only when the state folder is the
 * repository's own: with another one this may be a test, and the repository's viewer is not the test's.
 */
export function findState(directory: string, root = ROOT): string[] {
  const matching = (folder: string, ours: RegExp) =>
    namesIn(folder).flatMap((name) => (ours.test(name) ? [join(folder, name)] : []))
  const viewer = directory === join(root, '.workspace') ? matching(join(root, 'viewer'), BUILT_VIEWER) : []
  return [...Object.entries(OURS).flatMap(([name, ours]) => matching(join(directory, name), ours)), ...viewer]
}

export function sizeMB(paths: readonly string[]): number {
  return Math.round(paths.reduce((sum, path) => sum + sizeOf(path), 0) / 1024 / 1024)
}

/** Removes them, and their folders when those are empty then. Returns the names that are left in the state folder. */
export function removeState(directory: string, root = ROOT): string[] {
  for (const path of findState(directory, root)) rmSync(path, { recursive: true, force: true, maxRetries: 5 })
  for (const name of Object.keys(OURS)) removeIfEmpty(join(directory, name))
  removeIfEmpty(directory)
  return namesIn(directory)
}

/** Empty when the path is not a folder. Follows links. */
function namesIn(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

/** A link was made by a person, and stays. */
function removeIfEmpty(path: string): void {
  const isFolder = lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
  if (isFolder && namesIn(path).length === 0) rmdirSync(path)
}

function sizeOf(path: string): number {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  if (!stat) return 0
  return stat.isDirectory()
    ? namesIn(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
    : stat.size
}

/** The workspace's settings in `.env`; the file may have other variables too. */
export function keptSettings(path: string): SettingName[] {
  return Object.keys(parse(readEnvText(path) ?? '')).filter(isSettingName)
}

/** Removes them from the file, and the file when it is empty then. True when the file does not exist afterwards. */
export function removeSettings(path: string, names: readonly SettingName[]): boolean {
  for (const name of names) unsetEnvValue(path, name)
  removeEnvLock(path)
  if (!existsSync(path)) return true
  // A link and its target were made by a person: both stay, empty.
  if (readFileSync(path, 'utf8').trim() !== '' || lstatSync(path).isSymbolicLink()) return false
  rmSync(path)
  return true
}
