import { inspect } from 'node:util'
import { safeText } from '../contracts/control-characters.ts'
import type { HostPort } from '../contracts/daemon-address.ts'
import { toLogLines } from '../contracts/logged-diagnosis.ts'
import { UserError } from '../contracts/user-error.ts'
import { resolveProviders } from '../settings/providers.ts'
import { readSettings } from '../settings/read.ts'
import { type Sandbox, sandboxOptions, startSandbox } from './start-sandbox.ts'

const EX_SOFTWARE = 70 // sysexits.h

// A closed pipe must not end the sandbox.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

// SQLite makes its files readable by everyone.
process.umask(0o077)

try {
  const settings = readSettings()
  const options = sandboxOptions(settings, resolveProviders(settings))
  const starting = startSandbox({ ...options, onInternalError: printError })
  closeOnSignal(starting)
  const sandbox = await starting
  process.stdout.write(
    `sandbox ready ${sandbox.url} (${grpcText(sandbox.grpcPort)}${daemonText(sandbox.daemon)})\n`,
  )
} catch (error) {
  printError(error)
  process.exitCode = error instanceof UserError ? 1 : EX_SOFTWARE
}

function printError(error: unknown): void {
  const text = error instanceof UserError ? toLogLines(error.diagnosis) : `sandbox: ${inspect(error)}\n`
  process.stderr.write(safeText(text))
}

/** The first signal closes the sandbox as soon as it has started; a second one ends the process at once. */
function closeOnSignal(starting: Promise<Sandbox>): void {
  let isClosing = false
  const onSignal = (signal: NodeJS.Signals) => {
    if (isClosing) process.exit(signal === 'SIGINT' ? 130 : 143)
    isClosing = true
    starting
      .then((sandbox) => sandbox.close())
      .then(
        () => process.exit(0),
        (error) => {
          printError(error)
          process.exit(EX_SOFTWARE)
        },
      )
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
}

function grpcText(port: number | undefined): string {
  return port === undefined ? '' : `OTLP over gRPC on ${port}, `
}

function daemonText({ udp, tcp }: Sandbox['daemon']): string {
  const text = (address: HostPort) => `${address.host}:${address.port}`
  if (!udp && !tcp) return 'no X-Ray daemon here'
  if (udp && tcp && text(udp) === text(tcp)) return `X-Ray daemon udp/tcp ${text(udp)}`
  return `X-Ray daemon ${[udp && `udp ${text(udp)}`, tcp && `tcp ${text(tcp)}`].filter(Boolean).join(', ')}`
}
