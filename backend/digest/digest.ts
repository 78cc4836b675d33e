import AWSXRay from 'aws-xray-sdk'
import { fetchPosts, SERVICE, showDigest } from './job.ts'

// `npm run workshop -- digest`: a job that asks the api for the newest posts, prints the first one and ends.
// Workshop, chapter 11: an OpenTelemetry span in place of segment and subsegment.
AWSXRay.enableManualMode()
const segment = new AWSXRay.Segment(SERVICE)

await AWSXRay.captureAsyncFunc(
  'write-digest',
  async (subsegment) => {
    try {
      // The api continues the trace that this header names, below the subsegment.
      const header = `Root=${segment.trace_id};Parent=${subsegment?.id};Sampled=1`
      const posts = await fetchPosts({ 'x-amzn-trace-id': header })
      subsegment?.addAnnotation('app_digest_posts', posts.length)
      await showDigest(posts, segment.trace_id)
    } finally {
      subsegment?.close()
    }
  },
  segment,
)
segment.close()
