import { BatchGetTracesCommand, type XRayClient } from '@aws-sdk/client-xray'
import { z } from 'zod'
import { toXRayTraceId } from '../../contracts/trace-id.ts'
import { isInCloudWatch, retrieveSegments } from './xray-retrieval.ts'

interface Subsegments {
  subsegments?: Subsegments[] | undefined
}

const Subsegment: z.ZodType<Subsegments> = z.object({
  get subsegments() {
    return z.array(Subsegment).optional()
  },
})

const Document = z.object({
  name: z.string(),
  type: z.string().optional(),
  subsegments: z.array(Subsegment).optional(),
})

/** What X-Ray has of a trace. */
export interface FoundSegments {
  readonly segments: number
  readonly subsegments: number
  readonly names: ReadonlySet<string>
}

/** The documents of a trace, read back through X-Ray's own API: AWS's, or the sandbox's in its place. */
export async function fetchDocuments(client: XRayClient, traceId: string): Promise<string[]> {
  const id = toXRayTraceId(traceId)
  const answer = await client.send(new BatchGetTracesCommand({ TraceIds: [id] }))
  const indexed = answer.Traces?.[0]?.Segments
  const found = indexed ?? ((await isInCloudWatch(client)) ? await retrieveSegments(client, id) : [])
  return found.flatMap(({ Document: text }) => text ?? [])
}

/** What X-Ray has of a trace, counted. */
export async function findSegments(client: XRayClient, traceId: string): Promise<FoundSegments> {
  const documents = (await fetchDocuments(client, traceId)).flatMap(parse)
  const independent = documents.filter(({ type }) => type === 'subsegment')
  const segments = documents.filter(({ type }) => type !== 'subsegment')
  return {
    segments: segments.length,
    subsegments: independent.length + documents.reduce((sum, document) => sum + countInside(document), 0),
    names: new Set(segments.map(({ name }) => name)),
  }
}

function parse(text: string): z.infer<typeof Document>[] {
  try {
    const { data } = Document.safeParse(JSON.parse(text))
    return data ? [data] : []
  } catch {
    return []
  }
}

function countInside({ subsegments = [] }: Subsegments): number {
  return subsegments.reduce((sum, child) => sum + 1 + countInside(child), 0)
}
