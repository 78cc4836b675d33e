import type { CauseKeyword, Comparison, Flag, Keyword } from '../../../contracts/sandbox/xray-filter-words.ts'

// What the words of a filter expression mean, beside them in the list of completions.

export const FLAG_NOTES: Readonly<Record<Flag, string>> = {
  ok: 'the answer was no error',
  error: 'a client error: 4xx',
  fault: 'a server fault: 5xx',
  throttle: 'too many requests: 429',
  partial: 'a segment has not ended yet',
  inferred: 'a called service sent no segment',
  root: 'the root segment',
  first: 'the first of the list',
  last: 'the last of the list',
  remote: 'a call of another service',
}

export const KEYWORD_NOTES: Readonly<Record<Keyword, string>> = {
  responsetime: 'seconds until the answer',
  duration: 'seconds, with work after the answer',
  'http.status': 'status of the answer',
  'http.url': 'URL of the request',
  'http.method': 'GET, POST …',
  'http.useragent': 'the client’s program',
  'http.clientip': 'the client’s address',
  user: 'the user of a segment',
  name: 'the name of a service or exception',
  type: 'the type of a service',
  availabilityzone: 'where a segment’s service ran',
  'instance.id': 'the EC2 instance of a segment',
  'resource.arn': 'the AWS resource of a segment',
  message: 'the message of an exception',
  index: 'the place in the list, from 0',
  coverage: 'the share of the response time, from 0 to 1',
  'group.name': 'traces of an X-Ray group',
  'group.arn': 'the same by its ARN',
  'rootcause.json': 'a root cause as GetTraceSummaries returns it',
  json: 'the same as rootcause.json',
}

export const CAUSE_NOTES: Readonly<Record<CauseKeyword, string>> = {
  'rootcause.fault.service': 'a service on the way to a fault',
  'rootcause.fault.entity': 'a segment or subsegment on the way to a fault',
  'rootcause.fault.exception': 'an exception on the way to a fault',
  'rootcause.error.service': 'a service on the way to an error',
  'rootcause.error.entity': 'a segment or subsegment on the way to an error',
  'rootcause.error.exception': 'an exception on the way to an error',
  'rootcause.responsetime.service': 'a service that takes most of the time',
  'rootcause.responsetime.entity': 'a segment or subsegment that takes most of the time',
}

export const COMPARISON_NOTES: Readonly<Partial<Record<Comparison, string>>> = {
  '!=': 'has a value, but not this',
  CONTAINS: 'has this in it',
  BEGINSWITH: 'begins with this',
  ENDSWITH: 'ends with this',
}
