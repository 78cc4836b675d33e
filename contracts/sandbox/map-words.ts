/** What a node of the service map is: a service, or a service with one of its routes, queries or operations. */
export const MAP_GROUPINGS = ['service', 'route'] as const
export type MapGrouping = (typeof MAP_GROUPINGS)[number]
