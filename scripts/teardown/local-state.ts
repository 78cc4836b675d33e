import { existsSync, lstatSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'dotenv'
import { isSettingName, type SettingName } from '../../settings/catalogue.ts'
import { unsetEnvValue } from '../env/env-file.ts'

/**
 * What the workspace makes in its state folder, by subfolder: only these are removed. The folder may be any that somebody
 * has named in WORKSPACE_STATE_DIR, with files of theirs in it, and in folders that are called like ours.
 */
const OURS: Readonly<Record<string, RegExp>> = {
  run: /^(supervisor\.|lock\.\d+\.)/,
  logs: /^(supervisor|sandbox|daemon|database|profiles|api)\.log(\.1)?$/,
  data: /^(sandbox\.sqlite|postgres)(?![a-z])/,
  // Not the learner's own code, which a reset has put beside it.
  workshop: /^progress\.json/,
  bin: /^xray(\.json)?(\.\d+\.tmp)?$/,
}
const MB = 1024 * 1024

/** The files and folders of ours that are there. */
export function findState(directory: string): string[] {
  return Object.entries(OURS).flatMap(([name, ours]) =>
    namesIn(join(directory, name))
      .filter((child) => ours.test(child))
      .map((child) => join(directory, name, child)),
  )
}

export function sizeMB(paths: readonly string[]): number {
  return Math.round(paths.reduce((sum, path) => sum + sizeOf(path), 0) / MB)
}

/** Removes these, and the folders around them where nothing else is in them. Answers what is left of somebody else's. */
export function removeState(directory: string): string[] {
  for (const path of findState(directory)) rmSync(path, { recursive: true, force: true, maxRetries: 5 })
  for (const name of Object.keys(OURS)) removeIfEmpty(join(directory, name))
  removeIfEmpty(directory)
  return namesIn(directory)
}

/** None where it is no folder; a link to one is looked through. */
function namesIn(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

/** A link is somebody's, and stays. */
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

/** The settings that `.env` has; other lines in it are somebody else's. */
export function keptSettings(path: string): SettingName[] {
  return existsSync(path) ? Object.keys(parse(readFileSync(path))).filter(isSettingName) : []
}

/** Takes them out of the file, and the file away when nothing is left in it. True when it is gone. */
export function removeSettings(path: string, names: readonly SettingName[]): boolean {
  for (const name of names) unsetEnvValue(path, name)
  if (!existsSync(path)) return true
  // A link is somebody's, and so is what it leads to: both stay, empty.
  if (readFileSync(path, 'utf8').trim() !== '' || lstatSync(path).isSymbolicLink()) return false
  rmSync(path)
  return true
}
