import type { Segment } from '../xray/segment.ts'
import { pathTemplate } from './path-template.ts'
import { describeQuery } from './query-shape.ts'

const MAX_NAME = 200

/** What a service was asked: one of its routes, a query, or anything else with a name. */
export interface Operation {
  /** `GET /api/messages/@:handle`, `SELECT activities`, `PutItem`. */
  readonly name: string
  /** Of an HTTP request. */
  readonly method?: string | undefined
  readonly path?: string | undefined
  /** Where the path is from. An annotation can be searched for; a template of a URL may be made shorter. */
  readonly pathFrom?: 'annotation' | 'metadata' | 'url'
  /** Of a database call. Names are not unique: two queries of one table have the same. */
  readonly query?: string
}

/** The operation of a segment, or of the subsegment that calls a service without segments. Undefined where nothing says. */
export function operationOf(segment: Segment): Operation | undefined {
  const { isSql, query, awsOperation, route, http, annotations, spanName } = segment
  if (isSql || query !== undefined) {
    const { name, shape } = describeQuery(query ?? '')
    return { name, query: shape }
  }
  if (awsOperation !== undefined) return { name: awsOperation.slice(0, MAX_NAME) }
  if (route !== undefined) {
    const pathFrom = annotations.http_route === route ? 'annotation' : 'metadata'
    return httpOperation(http.method, route.slice(0, MAX_NAME), pathFrom)
  }
  if (http.url !== undefined) return httpOperation(http.method, pathTemplate(http.url), 'url')
  return spanName === undefined || segment.isSubsegment ? undefined : { name: spanName.slice(0, MAX_NAME) }
}

export function httpOperation(
  method: string | undefined,
  path: string,
  pathFrom: NonNullable<Operation['pathFrom']>,
): Operation {
  return { name: method ? `${method.slice(0, 20)} ${path}` : path, method, path, pathFrom }
}
