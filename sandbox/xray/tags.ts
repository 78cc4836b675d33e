import { z } from 'zod'
import type { Route } from '../http/router.ts'
import type { Store } from '../store/store.ts'
import { XRayError } from './error.ts'
import { checkResource } from './groups.ts'
import { operation } from './operation.ts'

const MAX_TAGS = 50 // X-Ray quota, a resource

const tag = z.object({ Key: z.string().min(1).max(128), Value: z.string().max(256) })
export const TAG_LIST = z.array(tag).max(200).optional()

export function putTags(store: Store, arn: string, tags: z.output<typeof TAG_LIST>): void {
  for (const { Key, Value } of tags ?? []) store.groups.tag(arn, Key, Value)
  if (store.groups.tagsOf(arn).length > MAX_TAGS) {
    throw new XRayError('TooManyTagsException', `A resource has at most ${MAX_TAGS} tags`)
  }
}

/** TagResource, UntagResource and ListTagsForResource. */
export function tagRoutes(store: Store): Route[] {
  const arn = z.string().min(1).max(1011)
  return [
    operation('/TagResource', z.object({ ResourceARN: arn, Tags: z.array(tag).min(1) }), (input) =>
      store.write(() => {
        checkResource(store, input.ResourceARN)
        putTags(store, input.ResourceARN, input.Tags)
        return {}
      }),
    ),
    operation('/UntagResource', z.object({ ResourceARN: arn, TagKeys: z.array(z.string()) }), (input) =>
      store.write(() => {
        checkResource(store, input.ResourceARN)
        for (const key of input.TagKeys) store.groups.untag(input.ResourceARN, key)
        return {}
      }),
    ),
    operation('/ListTagsForResource', z.object({ ResourceARN: arn }), ({ ResourceARN }) => {
      checkResource(store, ResourceARN)
      return { Tags: store.groups.tagsOf(ResourceARN) }
    }),
  ]
}
