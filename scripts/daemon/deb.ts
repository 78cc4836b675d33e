import { $ } from 'zx'
import { UserError } from '../../contracts/user-error.ts'
import { confirms, hasTerminal } from '../command-line/question.ts'
import type { Terminal } from '../command-line/terminal.ts'

/** The bootcamp's address. The package is not signed: only HTTPS protects the download. */
const BASE = 'https://s3.us-east-2.amazonaws.com/aws-xray-assets.us-east-2/xray-daemon'

const DEBS: Readonly<Record<string, string>> = {
  x64: 'aws-xray-daemon-3.x.deb',
  arm64: 'aws-xray-daemon-arm64-3.x.deb',
}

/** The bootcamp's commands, which install a system package with a systemd unit. */
export function debSteps(arch: string = process.arch): readonly (readonly string[])[] {
  const deb = DEBS[arch]
  if (!deb) {
    throw new UserError({
      code: 'DAEMON_UNSUPPORTED',
      what: `AWS publishes no .deb for ${arch}.`,
      fix: 'npm run daemon',
    })
  }
  return [
    ['curl', '--fail', '--output', `/tmp/${deb}`, `${BASE}/${deb}`],
    ['sudo', 'dpkg', '-i', `/tmp/${deb}`],
  ]
}

/** Shows the commands, and runs them when a person agrees on a terminal. */
export async function installDeb(terminal: Terminal): Promise<void> {
  const steps = debSteps()
  terminal.line('The bootcamp’s way, for Debian and Ubuntu, as root:\n')
  for (const step of steps) terminal.line(`  ${step.join(' ')}`)
  terminal.line('')
  if (process.platform !== 'linux' || !hasTerminal()) {
    terminal.line('Nothing was run. Without root, and with its signature verified: npm run daemon')
    return
  }
  if (!(await confirms('Run these two commands now?'))) return terminal.line('Nothing was run.')
  for (const step of steps) await run(step)
  terminal.done('The package is installed: /usr/bin/xray')
}

async function run(step: readonly string[]): Promise<void> {
  const { exitCode } = await $({ stdio: 'inherit', nothrow: true, verbose: false })`${step}`
  if (exitCode === 0) return
  throw new UserError({
    code: 'DAEMON_DEB_FAILED',
    what: `${step.join(' ')} ended with exit code ${exitCode}.`,
    fix: 'Without root: npm run daemon',
  })
}
