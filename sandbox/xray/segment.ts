export type Json = Readonly<Record<string, unknown>>
export type AnnotationValue = string | number | boolean

/** The fields of a segment or subsegment that X-Ray's API uses. */
export interface Segment {
  readonly id: string
  readonly parentId: string | undefined
  readonly name: string
  /** `origin` of segments: `AWS::EC2::Instance` …; `namespace` of subsegments: `remote` or `aws`. */
  readonly origin: string | undefined
  readonly namespace: string | undefined
  readonly isSubsegment: boolean
  /** Whether X-Ray made the document for a called service that sent none. */
  readonly isInferred: boolean
  /** Whether it is a database query. */
  readonly isSql: boolean
  /** Epoch seconds. */
  readonly startS: number
  /** Undefined while it is in progress. */
  readonly endS: number | undefined
  readonly isError: boolean
  readonly isFault: boolean
  readonly isThrottle: boolean
  readonly user: string | undefined
  readonly http: ReturnType<typeof httpOf>
  /** The query of a database call, without its values if the sender has removed them. */
  readonly query: string | undefined
  /** What was called of an AWS service: `PutItem` … */
  readonly awsOperation: string | undefined
  /** Where the service ran. */
  readonly availabilityZone: string | undefined
  readonly instanceId: string | undefined
  readonly resourceArn: string | undefined
  /** The exceptions of an error or fault: the id of one, or an object, as it was received. */
  readonly cause: unknown
  /** OpenTelemetry's `http.route` and the name of its span, which exporters write into annotations and metadata. */
  readonly route: string | undefined
  readonly spanName: string | undefined
  /** Without those of its subsegments. */
  readonly annotations: Readonly<Record<string, AnnotationValue>>
  readonly subsegments: readonly Segment[]
}

/** Reads a segment or an independent subsegment. Without recursion, because documents of earlier versions may be nested deeper than the stack. */
export function segmentOf(document: Json): Segment {
  const whole = partOf(document, document.type === 'subsegment', undefined)
  const waiting = [{ json: document, part: whole }]
  for (const { json, part } of waiting) {
    const children = Array.isArray(json.subsegments) ? json.subsegments.filter(isJson) : []
    for (const child of children) {
      const subsegment = partOf(child, true, part.id)
      part.subsegments.push(subsegment)
      waiting.push({ json: child, part: subsegment })
    }
  }
  return whole
}

/** A segment or subsegment, still without its subsegments. */
function partOf(
  json: Json,
  isSubsegment: boolean,
  parent: string | undefined,
): Segment & { readonly subsegments: Segment[] } {
  const aws = objectOf(json.aws)
  const ec2 = objectOf(aws.ec2)
  return {
    id: stringOf(json.id) ?? '',
    parentId: stringOf(json.parent_id) ?? parent,
    name: stringOf(json.name) ?? '',
    origin: stringOf(json.origin),
    namespace: stringOf(json.namespace),
    isSubsegment,
    isInferred: json.inferred === true,
    isSql: isJson(json.sql),
    startS: numberOf(json.start_time) ?? 0,
    endS: json.in_progress === true ? undefined : numberOf(json.end_time),
    isError: json.error === true,
    isFault: json.fault === true,
    isThrottle: json.throttle === true,
    user: stringOf(json.user),
    http: httpOf(json.http),
    query: stringOf(objectOf(json.sql).sanitized_query),
    awsOperation: stringOf(aws.operation),
    availabilityZone: stringOf(ec2.availability_zone),
    instanceId: stringOf(ec2.instance_id),
    resourceArn: stringOf(json.resource_arn) ?? stringOf(objectOf(aws.ecs).container_arn),
    cause: json.cause,
    route: stringOf(objectOf(json.annotations).http_route) ?? metadataOf(json.metadata, 'http.route'),
    spanName: metadataOf(json.metadata, 'span_name'),
    annotations: annotationsOf(json.annotations),
    subsegments: [],
  }
}

function httpOf(http: unknown) {
  const { request, response } = objectOf(http)
  const { url, method, user_agent, client_ip } = objectOf(request)
  return {
    url: stringOf(url),
    method: stringOf(method),
    status: numberOf(objectOf(response).status),
    userAgent: stringOf(user_agent),
    clientIp: stringOf(client_ip),
  }
}

/** A text in the metadata, in any of its namespaces. */
function metadataOf(metadata: unknown, key: string): string | undefined {
  for (const namespace of Object.values(objectOf(metadata))) {
    const text = stringOf(objectOf(namespace)[key])
    if (text !== undefined) return text
  }
  return undefined
}

function annotationsOf(value: unknown): Record<string, AnnotationValue> {
  const known = Object.entries(objectOf(value)).filter((entry): entry is [string, AnnotationValue] =>
    ['string', 'number', 'boolean'].includes(typeof entry[1]),
  )
  return Object.fromEntries(known)
}

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function objectOf(value: unknown): Json {
  return isJson(value) ? value : {}
}

export function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}
