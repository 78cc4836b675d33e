import { isIP } from 'node:net'

/** Domains of forwarded ports in cloud workspaces. Their owners do not point them at other machines. */
export const WORKSPACE_DOMAINS = ['gitpod.io', 'gitpod.dev', 'gitpod.cloud', 'app.github.dev']

/**
 * The machine's names inside its containers, of Docker and of Podman. `internal` is reserved for private use, so no page on
 * the Internet has such a name. Sources: https://docs.docker.com/desktop/features/networking/ and
 * https://docs.podman.io/en/latest/markdown/podman-run.1.html
 */
export const CONTAINER_HOST_NAMES = ['host.docker.internal', 'host.containers.internal']

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
