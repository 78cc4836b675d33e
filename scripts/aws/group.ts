import {
  CreateGroupCommand,
  DeleteGroupCommand,
  type GroupSummary,
  paginateGetGroups,
  UpdateGroupCommand,
} from '@aws-sdk/client-xray'
import type { XRayApi } from './client.ts'
import type { GroupDefinition } from './definitions.ts'
import { differences } from './difference.ts'
import { call } from './error.ts'
import type { Resource } from './resource.ts'

/** X-Ray's group as a resource that can be compared and changed. */
export async function groupResource(
  { client, context }: XRayApi,
  wanted: GroupDefinition,
): Promise<Resource> {
  const { GroupName } = wanted
  const found = await findGroup({ client, context }, GroupName)
  return {
    label: `group ${GroupName}`,
    exists: found !== undefined,
    differences: found ? differences(wanted, found) : [],
    create: async () => {
      await call('xray:CreateGroup', context, () => client.send(new CreateGroupCommand(wanted)))
    },
    update: async () => {
      await call('xray:UpdateGroup', context, () => client.send(new UpdateGroupCommand(wanted)))
    },
    destroy: async () => {
      await call('xray:DeleteGroup', context, () => client.send(new DeleteGroupCommand({ GroupName })))
    },
  }
}

function findGroup({ client, context }: XRayApi, name: string): Promise<GroupSummary | undefined> {
  return call('xray:GetGroups', context, async () => {
    for await (const { Groups } of paginateGetGroups({ client }, {})) {
      const group = Groups?.find(({ GroupName }) => GroupName === name)
      if (group) return group
    }
    return undefined
  })
}
