import { existsSync, lstatSync, readFileSync, rmSync } from 'node:fs'
import { parse } from 'dotenv'
import { isSettingName, type SettingName } from '../../settings/catalogue.ts'
import { unsetEnvValue } from '../env/env-file.ts'

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
