import { isIP } from 'node:net'

/**
 * Whether the Host header of a request names this machine. A page that rebinds its own name to 127.0.0.1 sends its own name
 * (https://en.wikipedia.org/wiki/DNS_rebinding). `further`: of {@link toHostNames}. `localAddress`: of the
 * connection.
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

/** Names from settings as Host headers are compared with them. `*.example.org` matches all names below, `*` matches any. */
export function toHostNames(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => name.trim().toLowerCase()).filter(Boolean))
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
 * Whether this is 0.0.0.0 or ::, through which some systems reach their own machine. Browsers do not count it as such: a
 * page of any site sends there without fetch metadata.
 *
 * Source: https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy
 */
export function isUnspecifiedAddress(host: string): boolean {
  return isIP(host) !== 0 && /^(::ffff:)?[0:.]+$/.test(host)
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
