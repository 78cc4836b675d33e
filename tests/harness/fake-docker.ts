import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a stand-in for `docker` answers. */
export interface DockerAnswers {
  /** The end of `docker compose version`: 0 with Compose 2. */
  readonly versionCode?: number
  /** Standard output of `docker compose … ps`, or the error of an engine that does not answer. */
  readonly ps?: string | { readonly error: string }
  /** The ports that the profile publishes, as `docker compose … config` prints them. */
  readonly ports?: readonly {
    readonly published: number
    readonly target: number
    readonly protocol: 'tcp' | 'udp'
  }[]
  readonly upCode?: number
}

/** A `docker` for PATH. Its texts are those of Docker 20.10 with Compose 2.40, and it notes what it was asked to start or end. */
export function fakeDocker(folder: string, answers: DockerAnswers) {
  const { versionCode = 0, ps = '', ports = [], upCode = 0 } = answers
  const asked = join(folder, 'asked')
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return `'${join(folder, name)}'`
  }
  const config = {
    name: 'tracing',
    services: {
      sandbox: {
        ports: ports.map((one) => ({
          mode: 'ingress',
          host_ip: '127.0.0.1',
          ...one,
          published: `${one.published}`,
        })),
      },
    },
  }
  const script = `#!/bin/sh
case "$*" in
  "compose version") exit ${versionCode} ;;
  *" ps --format json") ${typeof ps === 'string' ? `cat ${file('ps', ps)}` : `cat ${file('ps', ps.error)} >&2; exit 1`} ;;
  *" config --format json") cat ${file('config', JSON.stringify(config))} ;;
  *) echo "$*" >> '${asked}'; exit ${upCode} ;;
esac
`
  writeFileSync(join(folder, 'docker'), script)
  chmodSync(join(folder, 'docker'), 0o755)
  return {
    /** For PATH. */
    folder,
    /** What it was asked to start or end. */
    asked: () => (existsSync(asked) ? readFileSync(asked, 'utf8').trim().split('\n') : []),
  }
}

/**
 * The lines of `docker compose ps --format json`, with the fields that are read. Every service has a port that is not
 * published; with `live`, `live-api` publishes that one.
 */
export function psLines(
  services: readonly string[],
  { state = 'running', live }: { readonly state?: string; readonly live?: number } = {},
): string {
  const unpublished = { URL: '', TargetPort: 5432, PublishedPort: 0, Protocol: 'tcp' }
  return services
    .map((Service) => {
      const own =
        Service === 'live-api' && live ? [{ ...unpublished, URL: '127.0.0.1', PublishedPort: live }] : []
      return JSON.stringify({ Service, State: state, Publishers: [unpublished, ...own] })
    })
    .join('\n')
}
