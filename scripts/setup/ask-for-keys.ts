import { cancel, isCancel, password } from '@clack/prompts'
import { SETTINGS, type Setting, type SettingName } from '../../settings/catalogue.ts'
import type { Providers } from '../../settings/providers.ts'
import { UserError } from '../../settings/user-error.ts'
import { keepSetting } from '../env/keep.ts'
import type { Terminal } from '../terminal.ts'
import type { Workspace } from '../workspace/types.ts'

const ASKED: readonly { provider: keyof Providers; name: string; settings: readonly SettingName[] }[] = [
  { provider: 'honeycomb', name: 'Honeycomb', settings: ['HONEYCOMB_API_KEY'] },
  { provider: 'xray', name: 'AWS X-Ray', settings: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] },
  { provider: 'rollbar', name: 'Rollbar', settings: ['ROLLBAR_ACCESS_TOKEN'] },
]

/**
 * Asks, on a terminal, for the keys of the providers that would be local; Enter leaves one so. What is given is kept
 * at once, so that nothing is lost if the next step fails.
 */
export async function askForKeys(
  providers: Providers,
  workspace: Workspace,
  terminal: Terminal,
): Promise<void> {
  const local = ASKED.filter(({ provider }) => providers[provider].mode === 'local')
  if (local.length === 0) return
  terminal.heading('Keys')
  terminal.line('  Paste a key to make its provider live, or press Enter to let the sandbox play it.')
  for (const { name, settings } of local) {
    for (const setting of settings) {
      if (!(await askAndKeep(name, setting, workspace, terminal))) break
    }
  }
}

/** True when a value was given and kept. One that cannot be kept is asked for again, with the reason. */
async function askAndKeep(
  provider: string,
  setting: SettingName,
  workspace: Workspace,
  terminal: Terminal,
): Promise<boolean> {
  for (;;) {
    const value = await ask(provider, setting)
    if (!value) return false
    try {
      await keepSetting(workspace, terminal, setting, value)
      return true
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      terminal.fail(error.message, error.fix)
    }
  }
}

async function ask(provider: string, name: SettingName): Promise<string> {
  const { where } = SETTINGS[name] as Setting
  const answer = await password({ message: `${provider}: ${name}${where ? ` (${where})` : ''}` })
  if (isCancel(answer)) {
    cancel('Nothing more is asked.')
    throw new UserError(
      'CANCELLED',
      'Set-up was cancelled.',
      'npm run setup starts again; npm run setup -- --yes asks nothing.',
    )
  }
  return answer?.trim() ?? ''
}
