import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { ROOT } from './process.ts'

/** The fields that tests read; the others pass through. */
const Service = z.looseObject({
  profiles: z.array(z.string()),
  image: z.string().optional(),
  build: z.object({ dockerfile: z.string(), target: z.string().optional() }).optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  networks: z.object({ default: z.object({ aliases: z.array(z.string()) }) }).optional(),
  depends_on: z
    .record(z.string(), z.object({ condition: z.string(), required: z.boolean().optional() }))
    .default({}),
  restart: z.string().optional(),
  deploy: z.object({ resources: z.object({ limits: z.looseObject({ memory: z.string() }) }) }),
  healthcheck: z
    .looseObject({
      test: z.array(z.string()),
      interval: z.string(),
      timeout: z.string(),
      retries: z.number(),
    })
    .optional(),
})
const Compose = z.object({ services: z.record(z.string(), Service) })

export type ComposeService = z.output<typeof Service>

export const composeText = () => readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8')

/** The services of docker-compose.yml; with `environment`, its variables are replaced. */
export function readCompose(environment?: Readonly<Record<string, string>>): Record<string, ComposeService> {
  const file: unknown = parse(composeText(), { merge: true })
  if (!environment) return Compose.parse(file).services
  // As in Compose: each value after the file is parsed, so that an empty value is still a string.
  const filled = JSON.stringify(file, (_, value) =>
    typeof value === 'string' ? interpolate(value, environment) : value,
  )
  return Compose.parse(JSON.parse(filled)).services
}

/**
 * The two forms that the file uses, of https://docs.docker.com/reference/compose-file/interpolation/, the innermost
 * first: the default of a variable may be another variable.
 */
function interpolate(text: string, environment: Readonly<Record<string, string>>): string {
  const filled = text.replace(
    /\$\{(\w+):([-+])([^{}]*)\}/g,
    (_, name: string, form: string, word: string) => {
      const value = environment[name] ?? ''
      if (form === '+') return value === '' ? '' : word
      return value === '' ? word : value
    },
  )
  return filled === text ? text : interpolate(filled, environment)
}

/** The host names by which other containers reach a service. */
export function namesOf(name: string, service: ComposeService): string[] {
  return [name, ...(service.networks?.default.aliases ?? [])]
}
