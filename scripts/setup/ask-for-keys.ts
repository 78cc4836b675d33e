import { UserError } from '../../contracts/user-error.ts'
import { SETTINGS, type Setting, type SettingName } from '../../settings/catalogue.ts'
import { type Providers, resolveProviders, serviceName } from '../../settings/providers.ts'
import { readRawSettings, readSettings, type Settings } from '../../settings/read.ts'
import { ask } from '../command-line/question.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { whyInvalid } from '../env/check.ts'
import { keepSetting } from '../env/keep.ts'
import type { KeyCheck } from '../providers/keys/key-check.ts'
import type { Workspace } from '../workspace/platform.ts'

type Given = ReadonlyMap<SettingName, string>

interface Asked {
  readonly provider: keyof Providers
  readonly name: string
  /** Asked in this order. An empty answer, to a setting without a default, leaves the provider local. */
  readonly settings: readonly SettingName[]
  readonly check: (settings: Settings, providers: Providers) => Promise<KeyCheck>
}

/** AWS's temporary keys begin like this, and have a third part, AWS_SESSION_TOKEN. */
const TEMPORARY_KEY = /^ASIA/

// The checks load AWS's SDK, which is not needed where every answer is Enter.
const ASKED: readonly Asked[] = [
  {
    provider: 'honeycomb',
    name: 'Honeycomb',
    settings: ['HONEYCOMB_API_KEY'],
    check: async (settings, { honeycomb }) => {
      const { checkHoneycombKey } = await import('../providers/keys/honeycomb-key.ts')
      return checkHoneycombKey(honeycomb, serviceName(settings))
    },
  },
  {
    provider: 'xray',
    name: 'AWS X-Ray',
    settings: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_REGION'],
    check: async (settings, { xray }) => {
      const { checkAwsCredentials } = await import('../providers/keys/aws-credentials.ts')
      return checkAwsCredentials(settings, xray)
    },
  },
  {
    provider: 'rollbar',
    name: 'Rollbar',
    settings: ['ROLLBAR_ACCESS_TOKEN'],
    check: async (_settings, { rollbar }) => {
      const { checkRollbarToken } = await import('../providers/keys/rollbar-token.ts')
      return checkRollbarToken(rollbar)
    },
  },
]

/**
 * Asks, on a terminal, for the keys of the providers that would be local; Enter leaves a provider local. Each key is
 * checked at its provider before it is kept, and asked for again where the provider refuses it. A valid key is kept at
 * once, so that it is not lost if a later step fails.
 */
export async function askForKeys(
  providers: Providers,
  workspace: Workspace,
  terminal: Terminal,
): Promise<void> {
  const local = ASKED.filter(({ provider }) => providers[provider].mode === 'local')
  if (local.length === 0) return
  terminal.heading('Keys')
  terminal.line('  Paste a key to make its provider live, or press Enter to use the sandbox instead.')
  for (const asked of local) {
    for (;;) {
      const given = await askAll(asked)
      if (!given || (await isKept(asked, given, workspace, terminal))) break
    }
  }
}

/** The answers for one provider; undefined where it stays local. */
async function askAll({ name, settings }: Asked): Promise<Given | undefined> {
  const given = new Map<SettingName, string>()
  for (const setting of settings) {
    const isTemporary = TEMPORARY_KEY.test(given.get('AWS_ACCESS_KEY_ID') ?? '')
    if (setting === 'AWS_SESSION_TOKEN' && !isTemporary) continue
    const value = await askForSetting(name, setting)
    if (value) given.set(setting, value)
    else if (!(SETTINGS[setting] as Setting).default) return undefined
  }
  return given
}

/** False where the provider refuses the key, so that it has to be asked for again. */
async function isKept(
  asked: Asked,
  given: Given,
  workspace: Workspace,
  terminal: Terminal,
): Promise<boolean> {
  const environment = { ...process.env, ...Object.fromEntries(given) }
  const verdict = await terminal.progress(
    `Asking ${asked.name} about it`,
    () => {
      const settings = readSettings(environment)
      return asked.check(settings, resolveProviders(settings, environment))
    },
    (result) => (result.outcome === 'good' ? result.says : { ok: false, text: result.what }),
  )
  if (verdict.outcome === 'bad') {
    terminal.line(`  → ${verdict.fix}`)
    terminal.line('  Nothing was kept. Paste it again, or press Enter to use the sandbox instead.')
    return false
  }
  if (verdict.outcome === 'unknown') terminal.warn(`It is kept as it is. ${verdict.fix}`)
  if (verdict.outcome === 'good' && verdict.note) terminal.warn(`${verdict.note.what} ${verdict.note.fix}`)
  for (const [name, value] of given) await keepSetting(workspace, terminal, name, value)
  return true
}

/** Empty where the answer is only Enter. */
async function askForSetting(provider: string, name: SettingName): Promise<string> {
  const setting: Setting = SETTINGS[name]
  const message = `${provider}: ${name}${setting.where ? ` (${setting.where})` : ''}`
  const validate = (value: string | undefined) => {
    const reason = value?.trim() ? whyInvalid(name, value.trim()) : undefined
    return reason && `${name} ${reason}`
  }
  // What Enter leaves as it is: the region of the environment, or the default.
  const placeholder = setting.secret ? undefined : readRawSettings()[name].value
  const answer = await ask({ message, isSecret: setting.secret, placeholder, validate })
  if (answer === undefined) {
    throw new UserError({
      code: 'CANCELLED',
      what: 'Set-up was cancelled.',
      fix: 'npm run setup starts again; npm run setup -- --yes asks nothing.',
    })
  }
  return answer.trim()
}
