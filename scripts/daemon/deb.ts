import { $ } from 'zx'
import { UserError } from '../../contracts/user-error.ts'
import { confirms, hasTerminal } from '../command-line/question.ts'
import type { Terminal } from '../command-line/terminal.ts'

/** The bootcamp's address. The package is not signed: only HTTPS protects the download. */
const BASE = 'https://s3.us-east-2.amazonaws.com/aws-xray-assets.us-east-2/xray-daemon'

/** The bootcamp's commands, which install a system package with a systemd unit. */
export function debSteps(arch: string = process.arch): readonly (readonly string[])[] {
  if (arch !== 'x64' && arch !== 'arm64') {
    const what = `AWS publishes no .deb for ${arch}.`
    throw new UserError({ code: 'DAEMON_UNSUPPORTED', what, fix: 'npm run daemon' })
  }
  const deb = `aws-xray-daemon-${arch === 'arm64' ? 'arm64-' : ''}3.x.deb`
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
    return terminal.line('Nothing was run. Without root, and with its signature verified: npm run daemon')
  }
  if (!(await confirms('Run these two commands now?'))) return terminal.line('Nothing was run.')
  for (const step of steps) {
    const { exitCode } = await $({ stdio: 'inherit', nothrow: true, verbose: false })`${step}`
    if (exitCode === 0) continue
    const what = `${step.join(' ')} ended with exit code ${exitCode}.`
    throw new UserError({ code: 'DAEMON_DEB_FAILED', what, fix: 'Without root: npm run daemon' })
  }
  terminal.done('The package is installed: /usr/bin/xray')
}
