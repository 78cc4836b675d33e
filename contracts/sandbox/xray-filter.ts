import { z } from 'zod'
import { FILTER_ISSUE_CODES } from './xray-filter-words.ts'

// Responses of the sandbox's endpoints for X-Ray's filter expressions.

/** What is wrong in an expression. `position` is the number of characters before it. */
const filterIssue = z.object({ code: z.enum(FILTER_ISSUE_CODES), message: z.string(), position: z.number() })
export type FilterIssue = z.output<typeof filterIssue>

/** The body of a 400 from a list with a wrong `?filter=`. */
export const FilterErrorBody = filterIssue
export type FilterErrorBody = z.output<typeof FilterErrorBody>

/** `GET /sandbox/xray/check?filter=` */
export const FilterCheck = z.object({ issue: filterIssue.nullable() })
export type FilterCheck = z.output<typeof FilterCheck>

const value = z.union([z.string(), z.number(), z.boolean()])
export type FilterValue = z.output<typeof value>
const values = z.array(value).readonly()

/**
 * `GET /sandbox/xray/terms`: names and values for an expression, from the newest traces, the most frequent first. Long
 * ones and rare ones are left out.
 */
export const FilterTerms = z.object({
  groups: z.array(z.object({ name: z.string(), arn: z.string(), filter: z.string() })).readonly(),
  services: z.array(z.object({ name: z.string(), type: z.string().nullable() })).readonly(),
  /** Names of the calling and the called service. */
  edges: z.array(z.tuple([z.string(), z.string()]).readonly()).readonly(),
  annotations: z.array(z.object({ key: z.string(), values })).readonly(),
  /** By keyword: `user`, `http.url` … */
  values: z.record(z.string(), values),
  /** How many traces have been read. */
  traces: z.number(),
})
export type FilterTerms = z.output<typeof FilterTerms>

/** Seconds from start to end of a trace's root segment, and whether it is an error or a fault. */
const responseTime = z.tuple([z.number(), z.union([z.literal(0), z.literal(1)])]).readonly()
export type ResponseTime = z.output<typeof responseTime>

/** `GET /sandbox/xray/response-times` with the filters of the list: of the newest requests that have a segment. */
export const ResponseTimes = z.object({
  times: z.array(responseTime).readonly(),
  /** False if the search stopped before the oldest request. */
  isComplete: z.boolean(),
})
export type ResponseTimes = z.output<typeof ResponseTimes>
