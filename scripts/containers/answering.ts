import { z } from 'zod'
import { Container } from '../../contracts/container.ts'
import { reachable, sandboxUrl } from '../../settings/providers.ts'
import type { Settings } from '../../settings/read.ts'
import { getJson } from '../machine/http-json.ts'
import { type Profile, profileOf } from './compose-file.ts'

/** How long a container may take to answer (ms). A closed port answers at once; a silent program delays each command by it. */
const HEALTH_MS = 500

const healthSchema = z.object({ pid: z.int().min(1), container: Container })

export interface AnsweringContainer {
  readonly name: 'api' | 'profiles' | 'sandbox'
  readonly url: string
  /** In the container's own namespace. */
  readonly pid: number
  readonly container: Container
}

/** The containers that answer in the place of the workspace's processes. */
export interface Containers {
  /** undefined: not of docker-compose.yml, or only a service that several profiles have. */
  readonly profile: Profile | undefined
  /** undefined: not started by Docker Compose. */
  readonly project: string | undefined
  readonly isCompose: boolean
  /** At least one. */
  readonly answering: readonly AnsweringContainer[]
}

type Addresses = Pick<
  Settings,
  'BACKEND_HOST' | 'PORT' | 'PROFILES_PORT' | 'PROFILES_URL' | 'SANDBOX_HOST' | 'SANDBOX_PORT'
>

/**
 * The containers that answer at the addresses of the settings; undefined for none. Each says itself that it is one, so this
 * needs no Docker on this machine, and no right to see the process that holds a published port, which is root's.
 */
export async function findContainers(settings: Addresses): Promise<Containers | undefined> {
  const backend = `http://${reachable(settings.BACKEND_HOST)}`
  return askContainers([
    ['api', `${backend}:${settings.PORT}`],
    ['profiles', settings.PROFILES_URL ?? `${backend}:${settings.PROFILES_PORT}`],
    ['sandbox', sandboxUrl(settings)],
  ])
}

/** Those of the addresses at which containers answer. */
export async function askContainers(
  addresses: readonly (readonly [AnsweringContainer['name'], string])[],
): Promise<Containers | undefined> {
  const asked = await Promise.all(addresses.map(([name, url]) => ask(name, url)))
  const answering = asked.filter((one) => one !== undefined)
  if (answering.length === 0) return undefined
  const services = answering.flatMap(({ container }) => container.service ?? [])
  return {
    answering,
    isCompose: services.length > 0,
    profile: services.map(profileOf).find((profile) => profile !== undefined),
    project: answering.map(({ container }) => container.project).find((project) => project !== undefined),
  }
}

async function ask(name: AnsweringContainer['name'], url: string): Promise<AnsweringContainer | undefined> {
  const health = healthSchema.safeParse((await getJson(`${url}/health`, HEALTH_MS))?.body).data
  return health && { name, url, ...health }
}
