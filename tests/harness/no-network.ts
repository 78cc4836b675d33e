import { spawnSync } from 'node:child_process'
import { skipped } from './process.ts'

const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0]

/**
 * Runs the command after it in a separate network, which has only the loopback interface: no address outside this machine
 * can be reached, and none of its other processes. An unprivileged user needs user namespaces, and keeps the own id in them,
 * because Postgres does not run as root.
 */
export const WITHOUT_NETWORK: readonly [string, ...string[]] =
  uid === 0
    ? ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh']
    : [
        ...(['unshare', '--user', '--map-root-user', '--net', 'sh', '-c'] as const),
        `ip link set lo up && exec unshare --user --map-user=${uid} --map-group=${gid} "$@"`,
        'sh',
      ]

const [program, ...args] = WITHOUT_NETWORK
const tried = spawnSync(program, [...args, 'true'], { encoding: 'utf8', timeout: 10_000 })

/** Why this machine cannot do that; undefined where it can. */
export const whyNetwork: string | undefined =
  tried.status === 0
    ? undefined
    : skipped(tried.stderr?.trim() || (tried.error?.message ?? 'unshare failed'), 'unshare')
