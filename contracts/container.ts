import { z } from 'zod'

/** Part of `GET /health` of the api, the profiles service and the sandbox where they run in a container. */
export const Container = z.object({
  /** The container's host name: the first 12 digits of its id, or the name of a pod in Kubernetes. */
  id: z.string().regex(/^[A-Za-z0-9][\w.-]{0,252}$/),
  /** The Compose project, and the service in docker-compose.yml; absent for an image that was started by itself. */
  project: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]*$/)
    .optional(),
  service: z
    .string()
    .regex(/^[a-z0-9-]+$/)
    .optional(),
})
export type Container = Readonly<z.output<typeof Container>>
