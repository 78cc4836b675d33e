import { hostName, isThisMachine } from '../../contracts/host-names.ts'
import { SETTINGS, type Setting, type SettingName } from '../../settings/catalogue.ts'
import { type Environment, readRawSettings } from '../../settings/read.ts'
import { done, failed, type KeepResult, runCli, skipped, type Workspace } from './platform.ts'

/** Longest value that Gitpod's server takes, in characters. */
const MAX_VALUE_LENGTH = 32_767

const ABSENT = failed(
  'Gitpod did not get it, because its tool `gp` is not on the PATH; .env has it until this workspace is deleted.',
)

/** Gitpod Classic: `gp env` keeps a variable for the user and this repository, from the next start of a workspace. */
export function gitpodWorkspace(environment: Environment): Workspace {
  // `gp url <port>` puts the port in front of this host.
  const host = URL.parse(environment.GITPOD_WORKSPACE_URL ?? '')?.host
  return {
    kind: 'gitpod',
    name: 'Gitpod Classic',
    id: environment.GITPOD_WORKSPACE_ID,
    hint: undefined,
    portUrl: (port) => (host ? `https://${port}-${host}` : `http://localhost:${port}`),
    keep: (name, value) => keep(name, value, environment, host),
    forget: (name) => forget(name, environment),
  }
}

async function keep(
  name: SettingName,
  value: string,
  environment: Environment,
  host: string | undefined,
): Promise<KeepResult> {
  const why = whyNotKept(name, value, environment, host)
  if (why) return skipped(`Gitpod does not keep it: it ${why}.`)
  const reason = unkeepable(value)
  if (reason) return failed(`Gitpod cannot keep it, because ${reason}; .env has it as it is.`)
  // `gp` accepts a value only as an argument. Only the workspace's user can list its processes.
  const { outcome } = await runCli(['gp', 'env', `${name}=${value}`], environment)
  if (outcome === 'ok') return done('Gitpod keeps it for the next start of a workspace of this repository.')
  if (outcome === 'absent') return ABSENT
  return failed(
    'Gitpod did not take it (`gp env` failed); .env has it. Set it at gitpod.io/user/variables, or try again.',
  )
}

/**
 * Why `gp env` would reject the value or keep another one. It strips white space and quotes at both ends, and turns an
 * escaped space into a space: gitpod-io/gitpod, components/gitpod-cli/cmd/env.go.
 */
function unkeepable(value: string): string | undefined {
  if (value.trim() === '') return 'it is empty'
  if (value.trim() !== value) return 'it begins or ends with white space, which `gp env` removes'
  if (/^["']|["']$/.test(value)) return 'it begins or ends with a quote, which `gp env` removes'
  if (value.includes('\\ ')) return 'it has a backslash before a space, which `gp env` removes'
  if (value.length > MAX_VALUE_LENGTH) return `it is longer than ${MAX_VALUE_LENGTH} characters`
  return undefined
}

async function forget(name: SettingName, environment: Environment): Promise<KeepResult> {
  const listed = await runCli(['gp', 'env'], environment)
  if (listed.outcome === 'absent') return skipped('Gitpod was not asked: its tool `gp` is not on the PATH.')
  const isKept = listed.stdout.split('\n').some((line) => line.startsWith(`${name}=`))
  if (listed.outcome === 'ok' && !isKept) return skipped('Gitpod did not keep it.')
  const { outcome } = await runCli(['gp', 'env', '-u', name], environment)
  if (outcome === 'ok') return done('Gitpod has forgotten it, from the next start on.')
  // `gp env -u` removes only a variable of exactly this repository, not one of all repositories.
  return failed('Gitpod still keeps it, perhaps for all repositories: remove it at gitpod.io/user/variables.')
}

/** AWS's prefix of the ids of temporary access keys: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
const TEMPORARY_KEY_PREFIX = 'ASIA'

const AWS_KEY_SETTINGS: readonly string[] = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']

/**
 * Why Gitpod must not keep the value, as the end of a sentence ("it …"); undefined when it may. The next workspace is
 * another machine, where a value of this machine would be wrong without any error.
 */
function whyNotKept(
  name: SettingName,
  value: string,
  environment: Environment,
  host: string | undefined,
): string | undefined {
  const setting: Setting = SETTINGS[name]
  if (setting.perMachine) return 'belongs only to this workspace'
  if (AWS_KEY_SETTINGS.includes(name) && isTemporary(name, value, environment)) {
    return 'belongs to temporary AWS credentials, which will have expired by then'
  }
  if (pointsHere(value, host)) return 'is an address of this workspace'
  return undefined
}

/** Id, secret and token are set one after the other, so some of them may be only in `.env`. */
function isTemporary(name: SettingName, value: string, environment: Environment): boolean {
  const raw = readRawSettings(environment)
  const keyId = name === 'AWS_ACCESS_KEY_ID' ? value : (raw.AWS_ACCESS_KEY_ID.value ?? '')
  const usesToken = raw.AWS_SESSION_TOKEN.value !== undefined && !keyId.startsWith('AKIA')
  return keyId.startsWith(TEMPORARY_KEY_PREFIX) || usesToken
}

function pointsHere(value: string, host: string | undefined): boolean {
  const url = URL.parse(value)
  if (!url || !/^https?:$/.test(url.protocol)) return false
  return isThisMachine(hostName(url.host)) || (host !== undefined && url.hostname.endsWith(host))
}

const ONA_HINT =
  'Ona keeps variables only on its website: app.ona.com, Settings, Secrets. They arrive when the environment is restarted.'

/** The command line tool: `ona`, on older images `gitpod`. */
const ONA_TOOLS = ['ona', 'gitpod'] as const

/** Ona, Gitpod's successor. */
export function onaWorkspace(environment: Environment): Workspace {
  return {
    kind: 'ona',
    name: 'Ona',
    id: environment.GITPOD_ENVIRONMENT_ID,
    hint: ONA_HINT,
    // https://ona.com/docs/ona/integrations/ports
    listenHost: '0.0.0.0',
    portUrl: (port) => openPort(port, environment),
    keep: async () => skipped(`.env has it until this environment is deleted. ${ONA_HINT}`),
    forget: async () => skipped(`If you made it a secret there, remove it there. ${ONA_HINT}`),
  }
}

/**
 * The platform returns the address of a port when it opens the port. The admission is always given, because Ona's
 * documents disagree about the default, and only the creator may see the traces.
 */
async function openPort(port: number, environment: Environment): Promise<string> {
  const command = ['environment', 'port', 'open', String(port), '--name', `port-${port}`]
  for (const tool of ONA_TOOLS) {
    const { stdout } = await runCli([tool, ...command, '--admission', 'creator_only'], environment)
    const url = /https:\/\/[^\s"']+/.exec(stdout)?.[0]
    if (url) return url.replace(/\/+$/, '')
  }
  return `http://localhost:${port}`
}
