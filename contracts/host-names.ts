import { isIP } from 'node:net'

/**
 * Whether the Host header of a request names this machine. A page that rebinds its own name to 127.0.0.1 sends its own name
 * (https://en.wikipedia.org/wiki/DNS_rebinding). `further` has lower-case names; `*.example.org` matches all names below,
 * `*` matches any. `localAddress`: of the connection.
 */
export function isAllowedHost(
  header: string | undefined,
  localAddress: string | undefined,
  further: Iterable<string>,
): boolean {
  const host = hostName(header ?? '')
  const isBelow = (domain: string) => host.endsWith(`.${domain}`)
  return (
    isLoopback(host) ||
    CONTAINER_HOST_NAMES.includes(host) ||
    (isIP(host) !== 0 && host === localAddress?.replace(/^::ffff:/, '')) ||
    WORKSPACE_DOMAINS.some(isBelow) ||
    [...further].some(
      (name) => name === '*' || name === host || (name.startsWith('*.') && isBelow(name.slice(2))),
    )
  )
}

/** Domains of forwarded ports in cloud workspaces. Their owners do not point them at other machines. */
const WORKSPACE_DOMAINS = ['gitpod.io', 'gitpod.dev', 'gitpod.cloud', 'app.github.dev']

/**
 * The machine's names inside its containers, of Docker and of Podman. `internal` is reserved for private use, so no page on
 * the Internet has such a name. Sources: https://docs.docker.com/desktop/features/networking/ and
 * https://docs.podman.io/en/latest/markdown/podman-run.1.html
 */
const CONTAINER_HOST_NAMES = ['host.docker.internal', 'host.containers.internal']

/** The name in a Host header, in lower case, without port and without IPv6 brackets. */
export function hostName(header: string): string {
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(header.trim().toLowerCase())
  return (match?.[1] ?? match?.[2] ?? '').replace(/\.$/, '')
}

/** Whether a name always means the machine of the program that uses it. */
export function isLoopback(host: string): boolean {
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '::1' ||
    (isIP(host) === 4 && host.startsWith('127.'))
  )
}

/** Whether a name or address is loopback, or every interface of this machine. */
export function isThisMachine(host: string): boolean {
  return isLoopback(host) || host === '0.0.0.0' || host === '::'
}

/**
 * The name of a forwarded port without the port: `3000-me-repo-1a2b.ws-eu1.gitpod.io` in Gitpod and Ona,
 * `fluffy-3000.app.github.dev` in Codespaces. All ports of one workspace have it in common. Undefined for other names.
 */
export function workspaceOf(host: string): string | undefined {
  const domain = WORKSPACE_DOMAINS.find((name) => host.endsWith(`.${name}`))
  if (!domain) return undefined
  const [, name = host] =
    (domain === 'app.github.dev' ? /^([^.]+)-\d{1,5}\./ : /^\d{1,5}-+(.+)$/).exec(host) ?? []
  return name === host ? undefined : name
}
