// The words of the list of requests. Without the schemas of lists.ts, so that pages need no schema library.

/**
 * By what `GET /sandbox/requests?sort=` orders the whole store. `start` is the default. Text is compared by UTF-16 code
 * units. Requests that are equal in it are ordered newest first. Requests without a status come last in both orders.
 */
export const REQUEST_SORTS = [
  'start',
  'name',
  'status',
  'duration',
  'services',
  'spans',
  'segments',
  'items',
] as const
export type RequestSort = (typeof REQUEST_SORTS)[number]

/** `GET /sandbox/requests?order=`. `desc` is the default of every sort. */
export const REQUEST_ORDERS = ['asc', 'desc'] as const
export type RequestOrder = (typeof REQUEST_ORDERS)[number]

/** `GET /sandbox/requests?status=`: the class of the HTTP status, or whether any part of the request failed. */
export const REQUEST_STATUSES = ['2xx', '3xx', '4xx', '5xx', 'error', 'ok'] as const

/** `GET /sandbox/requests?limit=`: the largest page. */
export const MAX_REQUESTS_PAGE = 200

/** `GET /sandbox/requests?has=` and `?lacks=`. */
export const REQUEST_PROVIDERS = ['honeycomb', 'xray', 'rollbar'] as const
export type RequestProvider = (typeof REQUEST_PROVIDERS)[number]
