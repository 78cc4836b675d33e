import { context } from '@opentelemetry/api'
import { suppressTracing } from '@opentelemetry/core'
import { parseTraceId, toXRayTraceId } from '../../contracts/trace-id.ts'
import { digestServiceName, reachable, resolveProviders, sandboxPage } from '../../settings/providers.ts'
import { readSettings } from '../../settings/read.ts'
import { withUrlTemplate } from '../telemetry/instrumentation/url-template.ts'
import { traceLinks } from '../trace-links.ts'

const settings = readSettings()

/** The digest's name in every provider. */
export const SERVICE = digestServiceName(settings)

/** What the digest reads of a post. */
export interface Post {
  readonly handle: string
  readonly message: string
}

/** The posts of the home timeline, newest first. Throws if the api does not answer 200. */
export async function fetchPosts(headers: Readonly<Record<string, string>> = {}): Promise<Post[]> {
  const path = '/api/activities/home'
  const url = `http://${reachable(settings.BACKEND_HOST)}:${settings.PORT}${path}`
  const response = await withUrlTemplate(path, () => fetch(url, { headers }))
  if (!response.ok) throw new Error(`GET ${url} answered ${response.status}`)
  return (await response.json()) as Post[]
}

/** Prints the digest, and where the trace of this run is. Takes X-Ray's notation of a trace id and the other. */
export async function showDigest([newest, ...others]: readonly Post[], traceId: string): Promise<void> {
  if (newest) print(`@${newest.handle}: ${newest.message.slice(0, 60)} … and ${others.length} more posts`)
  const id = parseTraceId(traceId)
  if (!id) return print('No trace: nothing is recording. Does digest.ts import ./instrumentation.ts first?')
  print(`Trace ${id}, in X-Ray’s notation ${toXRayTraceId(id)}`)
  // The question to Honeycomb whose key this is, is no part of the job.
  const linksOf = await context.with(suppressTracing(context.active()), () =>
    traceLinks(resolveProviders(settings), SERVICE, sandboxPage(settings)),
  )
  const { honeycomb, xray } = linksOf(id)
  if (honeycomb) print(`  Honeycomb  ${honeycomb}`)
  if (xray) print(`  X-Ray      ${xray}`)
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
