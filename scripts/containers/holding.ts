import type { Port } from '../../contracts/workspace-state.ts'
import { reachable } from '../../settings/providers.ts'
import type { PortHolder } from '../machine/port-holder.ts'
import { type AnsweringContainer, askContainers, type Containers } from './answering.ts'

/** The settings of the ports at which a container answers `GET /health`. */
const HTTP_PORTS = new Map<string, AnsweringContainer['name']>([
  ['PORT', 'api'],
  ['PROFILES_PORT', 'profiles'],
  ['SANDBOX_PORT', 'sandbox'],
])

/** docker-compose.yml and the sandbox's image publish these too. */
const OTHER_PORTS = new Set(['SANDBOX_GRPC_PORT', 'AWS_XRAY_DAEMON_ADDRESS'])

/** On Linux a program of Docker or Podman holds each published port, and is root's unless the engine is rootless. */
const FORWARDERS = new Set(['docker-proxy', 'rootlessport'])

/** A taken port, and its holder as far as it can be seen. */
interface Taken {
  readonly port: Port
  readonly holder: PortHolder | undefined
}

/** Containers of this workspace, and those of the taken ports that they hold; undefined where none answers. */
export async function findHoldingContainers<One extends Taken>(
  taken: readonly One[],
): Promise<{ readonly containers: Containers; readonly held: ReadonlySet<One> } | undefined> {
  const asked = taken.flatMap((one) => {
    const name = one.port.protocol === 'tcp' ? HTTP_PORTS.get(one.port.variable) : undefined
    return name ? [{ one, name, url: `http://${reachable(one.port.host)}:${one.port.port}` }] : []
  })
  const containers = await askContainers(asked.map(({ name, url }) => [name, url]))
  if (!containers) return undefined
  const answering = asked.filter(({ name }) => containers.answering.some((one) => one.name === name))
  // Docker Desktop forwards every port by one process.
  const pids = new Set(answering.map(({ one }) => one.holder?.pid))
  const isForwarded = ({ holder }: Taken) =>
    holder === undefined || pids.has(holder.pid) || FORWARDERS.has(holder.name)
  const others = taken.filter((one) => OTHER_PORTS.has(one.port.variable) && isForwarded(one))
  return { containers, held: new Set([...answering.map(({ one }) => one), ...others]) }
}
