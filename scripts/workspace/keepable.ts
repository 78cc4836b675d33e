import { SETTINGS, type Setting, type SettingName } from '../../settings/catalogue.ts'
import { type Environment, readRawSettings } from '../../settings/read.ts'

/** AWS's prefix of the ids of temporary access keys: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
const TEMPORARY_KEY_PREFIX = 'ASIA'

const AWS_KEY_SETTINGS: readonly string[] = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\]|0\.0\.0\.0)$/

/**
 * Why a platform must not keep this value for the next workspace, as the end of a sentence ("it …"); undefined where
 * it may. The next workspace is another machine: what belongs to this one would be wrong there, and silently so.
 */
export function whyNotKept(
  name: SettingName,
  value: string,
  environment: Environment,
  workspaceHost?: string,
): string | undefined {
  const setting: Setting = SETTINGS[name]
  if (setting.local) return 'belongs to this workspace alone'
  if (AWS_KEY_SETTINGS.includes(name) && isTemporary(name, value, environment)) {
    return 'belongs to temporary AWS credentials, which will have expired by then'
  }
  if (pointsHere(value, workspaceHost)) return 'is an address of this workspace alone'
  return undefined
}

/** The two parts of a key are given one by one: the other part, or the token, may so far be in `.env` alone. */
function isTemporary(name: SettingName, value: string, environment: Environment): boolean {
  const raw = readRawSettings(environment)
  const keyId = name === 'AWS_ACCESS_KEY_ID' ? value : (raw.AWS_ACCESS_KEY_ID.value ?? '')
  const usesToken = raw.AWS_SESSION_TOKEN.value !== undefined && !keyId.startsWith('AKIA')
  return keyId.startsWith(TEMPORARY_KEY_PREFIX) || usesToken
}

function pointsHere(value: string, workspaceHost: string | undefined): boolean {
  if (!URL.canParse(value)) return false
  const { hostname, protocol } = new URL(value)
  if (!/^https?:$/.test(protocol)) return false
  return LOOPBACK.test(hostname) || (workspaceHost !== undefined && hostname.endsWith(workspaceHost))
}
