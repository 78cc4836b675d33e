import { UserError } from '../../contracts/user-error.ts'

/** Beside a web port is often another of ours: 4317 and 4318. */
const STEP = 10

export interface Listener {
  readonly protocol: 'TCP' | 'UDP'
  readonly host: string
  readonly port: number
  /** For the message: `X-Ray's segments`. */
  readonly purpose: string
  /** The setting that moves it. */
  readonly setting: 'SANDBOX_PORT' | 'SANDBOX_GRPC_PORT' | 'AWS_XRAY_DAEMON_ADDRESS'
}

/** A failure to listen as a UserError (PORT_TAKEN, PORT_REFUSED); returns any other error unchanged. */
export function listenError(error: unknown, { protocol, host, port, purpose, setting }: Listener): unknown {
  const { code } = error as NodeJS.ErrnoException
  const isAddress = setting === 'AWS_XRAY_DAEMON_ADDRESS'
  const moved = isAddress ? `${setting}=${host}:${port + 1}` : `${setting}=${port + STEP}`
  if (code === 'EADDRINUSE') {
    return new UserError(
      {
        code: 'PORT_TAKEN',
        what: `Port ${port} (${protocol}, ${purpose}) on ${host} is taken by another process.`,
        fix: `Stop that process, or move the sandbox: ${moved}`,
      },
      { cause: error },
    )
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    const variable = isAddress ? setting : `SANDBOX_HOST and ${setting}`
    return new UserError(
      {
        code: 'PORT_REFUSED',
        what: `The sandbox may not listen on ${host}:${port} (${protocol}, ${purpose}): ${code}.`,
        fix: `Choose another address: ${variable}`,
      },
      { cause: error },
    )
  }
  return error
}
