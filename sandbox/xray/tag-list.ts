import { z } from 'zod'
import type { Store } from '../store/store.ts'
import { XRayError } from './error.ts'

const MAX_TAGS = 50 // X-Ray quota, a resource

export const TAG_KEY = z.string().min(1).max(128)
export const TAG = z.object({ Key: TAG_KEY, Value: z.string().max(256) })
export const TAG_LIST = z.array(TAG).max(200)

export function putTags(store: Store, arn: string, tags: z.output<typeof TAG_LIST> | undefined): void {
  for (const { Key, Value } of tags ?? []) store.groups.tag(arn, Key, Value)
  if (store.groups.tagsOf(arn).length > MAX_TAGS) {
    throw new XRayError('TooManyTagsException', `A resource has at most ${MAX_TAGS} tags`)
  }
}
