import { z } from 'zod'
import { MAX_FILTER_LENGTH } from '../../contracts/sandbox/xray-filter-words.ts'
import type { Route } from '../http/router.ts'
import type { Store } from '../store/store.ts'
import type { GroupRow } from '../store/xray-account.ts'
import { DEFAULT_GROUP } from './filter/group-filters.ts'
import { readFilter } from './filter/parser.ts'
import { NO_TOKEN, operation } from './operation.ts'
import { putTags, TAG_LIST } from './tags.ts'
import { invalidRequest } from './xray-error.ts'

const MAX_GROUPS = 25 // X-Ray quota

const insights = z.object({
  InsightsEnabled: z.boolean().optional(),
  NotificationsEnabled: z.boolean().optional(),
})
const NO_INSIGHTS = { InsightsEnabled: false, NotificationsEnabled: false }
const filterExpression = z.string().max(MAX_FILTER_LENGTH).optional()
/** How operations name a group. */
export const GROUP_KEY = z.object({
  GroupName: z.string().min(1).max(32).optional(),
  GroupARN: z.string().min(1).max(400).optional(),
})

/** CreateGroup, UpdateGroup, DeleteGroup, GetGroup and GetGroups. */
export function groupRoutes(store: Store, arnPrefix: string): Route[] {
  return [
    operation(
      '/CreateGroup',
      z.object({
        GroupName: z
          .string()
          .regex(/^[A-Za-z0-9-]{1,32}$/, 'Group name must be 1 to 32 letters, digits and dashes'),
        FilterExpression: filterExpression,
        InsightsConfiguration: insights.optional(),
        Tags: TAG_LIST.optional(),
      }),
      (input) =>
        store.write(() => {
          const name = input.GroupName
          if (name === DEFAULT_GROUP || store.groups.find(name))
            throw invalidRequest(`Group ${name} already exists`)
          if (store.groups.list().length >= MAX_GROUPS) {
            throw invalidRequest(`Exceeding maximum group count: ${MAX_GROUPS}`)
          }
          checkFilter(input.FilterExpression)
          checkInsights({ ...NO_INSIGHTS, ...input.InsightsConfiguration })
          const row: GroupRow = {
            name,
            arn: `${arnPrefix}:group/${name}/${crypto.randomUUID().replaceAll('-', '').toUpperCase()}`,
            filterExpression: input.FilterExpression ?? '',
            insights: JSON.stringify({ ...NO_INSIGHTS, ...input.InsightsConfiguration }),
          }
          store.groups.put(row)
          putTags(store, row.arn, input.Tags)
          return { Group: toJson(row) }
        }),
    ),

    operation(
      '/UpdateGroup',
      GROUP_KEY.extend({ FilterExpression: filterExpression, InsightsConfiguration: insights.optional() }),
      (input) =>
        store.write(() => {
          const group = find(input)
          checkFilter(input.FilterExpression)
          const current: unknown = JSON.parse(group.insights)
          const changed = { ...insights.parse(current), ...input.InsightsConfiguration }
          checkInsights(changed)
          const row: GroupRow = {
            ...group,
            filterExpression: input.FilterExpression ?? group.filterExpression,
            insights: JSON.stringify(changed),
          }
          store.groups.put(row)
          return { Group: toJson(row) }
        }),
    ),

    operation('/DeleteGroup', GROUP_KEY, (input) =>
      store.write(() => {
        store.groups.remove(find(input))
        return {}
      }),
    ),

    operation('/GetGroup', GROUP_KEY, (input) => ({ Group: toJson(find(input)) })),

    operation('/Groups', z.object({ NextToken: NO_TOKEN }), () => ({
      Groups: store.groups.list().map(toJson),
    })),
  ]

  function find({ GroupName: name, GroupARN: arn }: z.output<typeof GROUP_KEY>): GroupRow {
    const wanted = arn ?? name
    if (!wanted) throw invalidRequest('Either GroupName or GroupARN is required')
    const group = store.groups.find(wanted)
    if (!group) throw invalidRequest(`Group ${wanted} not found`)
    return group
  }
}

function checkFilter(text: string | undefined): void {
  if (text?.trim()) readFilter(text)
}

/** Source: https://docs.aws.amazon.com/xray/latest/api/API_CreateGroup.html */
function checkInsights({ InsightsEnabled, NotificationsEnabled }: z.output<typeof insights>): void {
  if (!NotificationsEnabled || InsightsEnabled) return
  throw invalidRequest('Notifications can only be enabled on a group with InsightsEnabled set to true')
}

function toJson({ name, arn, filterExpression: filter, insights: text }: GroupRow) {
  return {
    GroupName: name,
    GroupARN: arn,
    FilterExpression: filter || undefined,
    InsightsConfiguration: insights.parse(JSON.parse(text)),
  }
}
