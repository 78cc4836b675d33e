import { z } from 'zod'
import type { Route } from '../http/router.ts'
import type { Store } from '../store/store.ts'
import { checkResource } from './groups.ts'
import { operation } from './operation.ts'
import { putTags, TAG_KEY, TAG_LIST } from './tag-list.ts'

/** TagResource, UntagResource and ListTagsForResource. */
export function tagRoutes(store: Store): Route[] {
  const arn = z.string().min(1).max(1011)
  return [
    operation('/TagResource', z.object({ ResourceARN: arn, Tags: TAG_LIST }), (input) =>
      store.write(() => {
        checkResource(store, input.ResourceARN)
        putTags(store, input.ResourceARN, input.Tags)
        return {}
      }),
    ),
    operation('/UntagResource', z.object({ ResourceARN: arn, TagKeys: z.array(TAG_KEY).max(200) }), (input) =>
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
