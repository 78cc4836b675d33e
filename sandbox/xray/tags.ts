import { z } from 'zod'
import type { Route } from '../http/router.ts'
import type { Store } from '../store/store.ts'
import { NO_TOKEN, operation } from './operation.ts'
import { XRayError } from './xray-error.ts'

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
    operation(
      '/ListTagsForResource',
      z.object({ ResourceARN: arn, NextToken: NO_TOKEN }),
      ({ ResourceARN }) => {
        checkResource(store, ResourceARN)
        return { Tags: store.groups.tagsOf(ResourceARN) }
      },
    ),
  ]
}

const MAX_TAGS = 50 // X-Ray quota, a resource

/** Source of the characters and the prefix: https://docs.aws.amazon.com/xray/latest/api/API_TagResource.html */
const TAG_CHARACTERS = /^[\p{L}\p{N}\p{Z}+\-=._:/@]*$/u
const TAG_TEXT = z.string().regex(TAG_CHARACTERS, 'has a character that tags cannot have')
const TAG_KEY = z.string().min(1).max(128)
const TAG = z.object({
  Key: TAG_TEXT.min(1)
    .max(128)
    .refine((key) => !/^aws:/i.test(key), 'aws: is reserved for AWS use'),
  Value: TAG_TEXT.max(256),
})
export const TAG_LIST = z.array(TAG).max(200)

export function putTags(store: Store, arn: string, tags: z.output<typeof TAG_LIST> | undefined): void {
  for (const { Key, Value } of tags ?? []) store.groups.tag(arn, Key, Value)
  if (store.groups.tagsOf(arn).length > MAX_TAGS) {
    throw new XRayError('TooManyTagsException', `A resource has at most ${MAX_TAGS} tags`)
  }
}

/** Throws a ResourceNotFoundException if no group and no rule has this ARN. */
function checkResource(store: Store, arn: string): void {
  if (store.groups.find(arn)?.arn === arn || store.sampling.find(arn)?.arn === arn) return
  throw new XRayError('ResourceNotFoundException', `Resource ${arn} not found`)
}
