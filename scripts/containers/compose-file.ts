import { basename, resolve } from 'node:path'
import type { Environment } from '../../settings/read.ts'

/** The profiles of docker-compose.yml. */
export const PROFILES = ['local', 'live', 'collector'] as const
export type Profile = (typeof PROFILES)[number]

/** The services of docker-compose.yml that stand for a process of the workspace, by profile. */
const SERVICES: Readonly<Record<Profile, Readonly<Record<string, string>>>> = {
  local: { api: 'api', profiles: 'profiles', sandbox: 'sandbox', database: 'postgres', daemon: 'sandbox' },
  live: {
    api: 'live-api',
    profiles: 'live-profiles',
    sandbox: 'sandbox-alone',
    database: 'postgres',
    daemon: 'xray-daemon',
  },
  collector: {
    api: 'collected-api',
    profiles: 'collected-profiles',
    sandbox: 'sandbox-alone',
    database: 'postgres',
    daemon: 'collector',
  },
}

/** The profile that a service belongs to; undefined where several have it. */
export function profileOf(service: string): Profile | undefined {
  const profiles = PROFILES.filter((profile) => Object.values(SERVICES[profile]).includes(service))
  return profiles.length === 1 ? profiles[0] : undefined
}

/** The service of a profile that stands for a process of the workspace; undefined for another name. */
export function serviceOf(profile: Profile, process: string): string | undefined {
  return SERVICES[profile][process]
}

/**
 * The project that `docker compose` uses in this folder, unless `-p` names another.
 *
 * Source: https://github.com/compose-spec/compose-go/blob/main/loader/loader.go, NormalizeProjectName
 */
export function ownProject(environment: Environment = process.env): string {
  const name = environment.COMPOSE_PROJECT_NAME || basename(resolve(import.meta.dirname, '..', '..'))
  return name
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '')
}
