import type { Mode, Providers } from '../../settings/providers.ts'
import type { Settings } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'

const WORDS: Readonly<Record<Mode, string>> = {
  live: 'live: telemetry goes to your account',
  local: 'local: the sandbox on this machine stands in for it',
  off: 'off',
}

/** Shows whether each provider is live, local or off, and which variable would change that. */
export function showModes(
  settings: Settings,
  { honeycomb, xray, rollbar }: Providers,
  terminal: Terminal,
): void {
  terminal.heading('Providers')
  const show = (name: string, mode: Mode, more: string) =>
    terminal.line([`  ${name.padEnd(9)}  ${WORDS[mode]}`, terminal.dim(more)])
  show('Honeycomb', honeycomb.mode, hint(honeycomb.mode, 'HONEYCOMB_API_KEY', honeycomb.apiEndpoint))
  const credentials = 'AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY'
  show('AWS X-Ray', xray.mode, hint(xray.mode, credentials, settings.AWS_REGION))
  show('Rollbar', rollbar.mode, hint(rollbar.mode, 'ROLLBAR_ACCESS_TOKEN', rollbar.environment))
}

function hint(mode: Mode, credentials: string, place: string): string {
  if (mode === 'local') return ` (${credentials} would make it live)`
  return mode === 'live' ? ` (${place})` : ''
}
