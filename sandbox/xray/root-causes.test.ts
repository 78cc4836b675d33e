import { expect, test } from 'vitest'
import { idOf, traceOf } from '../../tests/harness/trace-of.ts'
import { rootCauses } from './root-causes.ts'

const TIME = { start_time: 100, end_time: 110 }

/** The services of each cause with their entities. */
function pathsOf(trace: ReturnType<typeof traceOf>, kind: 'fault' | 'error' | 'responsetime') {
  return rootCauses(trace, kind).map(({ Services, ClientImpacting }) => [
    Services.map(({ Name, EntityPath }) => `${Name}: ${EntityPath.map((entity) => entity.Name).join(' > ')}`),
    ClientImpacting,
  ])
}

test('a trace without faults and errors has no cause of any', () => {
  const trace = traceOf({ id: idOf(1), name: 'web', ...TIME })
  expect([rootCauses(trace, 'fault'), rootCauses(trace, 'error')]).toEqual([[], []])
})

test('the deepest fault is the cause, with the path and the exceptions', () => {
  const trace = traceOf(
    {
      id: idOf(1),
      name: 'web',
      origin: 'AWS::EC2::Instance',
      ...TIME,
      fault: true,
      subsegments: [{ id: idOf(2), name: 'api', namespace: 'remote', ...TIME, fault: true }],
    },
    {
      id: idOf(3),
      parent_id: idOf(2),
      name: 'api',
      ...TIME,
      fault: true,
      cause: { exceptions: [{ id: idOf(9), type: 'TypeError', message: 'x is undefined' }] },
    },
  )
  const service = { AccountId: '000000000000', Inferred: false }
  expect(rootCauses(trace, 'fault')).toEqual([
    {
      ClientImpacting: true,
      Services: [
        {
          ...service,
          Name: 'web',
          Names: ['web'],
          Type: 'AWS::EC2::Instance',
          EntityPath: [
            { Name: 'web', Remote: false, Exceptions: [] },
            { Name: 'api', Remote: true, Exceptions: [] },
          ],
        },
        {
          ...service,
          Name: 'api',
          Names: ['api'],
          Type: undefined,
          EntityPath: [
            { Name: 'api', Remote: false, Exceptions: [{ Name: 'TypeError', Message: 'x is undefined' }] },
          ],
        },
      ],
    },
  ])
})

test('a fault that its caller handled does not impact the client', () => {
  const trace = traceOf(
    { id: idOf(1), name: 'web', ...TIME },
    { id: idOf(2), parent_id: idOf(1), name: 'api', ...TIME, fault: true },
  )
  expect(pathsOf(trace, 'fault')).toEqual([[['web: web', 'api: api'], false]])
})

test('each of several faults is a cause, also of independent subsegments', () => {
  const trace = traceOf(
    { id: idOf(1), name: 'web', ...TIME, fault: true },
    { id: idOf(2), parent_id: idOf(1), type: 'subsegment', name: 'read', ...TIME, fault: true },
    { id: idOf(3), parent_id: idOf(1), type: 'subsegment', name: 'write', ...TIME, fault: true },
  )
  expect(pathsOf(trace, 'fault')).toEqual([
    [['web: web > read'], true],
    [['web: web > write'], true],
  ])
})

test('a trace has at most 20 causes', () => {
  const calls = Array.from({ length: 30 }, (_, index) => ({
    id: idOf(index + 2),
    name: 'call',
    ...TIME,
    error: true,
  }))
  const trace = traceOf({ id: idOf(1), name: 'web', ...TIME, error: true, subsegments: calls })
  expect(rootCauses(trace, 'error')).toHaveLength(20)
})

test('an error is none of the causes of faults; a cause may be the id of an exception', () => {
  const exception = { id: idOf(9), type: 'NotFound', message: 'no post' }
  const trace = traceOf({
    id: idOf(1),
    name: 'web',
    ...TIME,
    error: true,
    cause: idOf(9),
    subsegments: [{ id: idOf(2), name: 'find', ...TIME, cause: { exceptions: [exception] } }],
  })
  expect(rootCauses(trace, 'fault')).toEqual([])
  expect(rootCauses(trace, 'error')[0]?.Services[0]?.EntityPath).toEqual([
    { Name: 'web', Remote: false, Exceptions: [{ Name: 'NotFound', Message: 'no post' }] },
  ])
})

test('a slow part counts while the root segment runs, and from half of the response time on', () => {
  const slow = (end: number) =>
    traceOf({
      id: idOf(1),
      name: 'web',
      ...TIME,
      subsegments: [
        { id: idOf(2), name: 'short', start_time: 100, end_time: 101 },
        { id: idOf(3), name: 'long', start_time: 104, end_time: end },
      ],
    })
  expect(pathsOf(slow(109), 'responsetime')).toEqual([[['web: web > long'], true]])
  expect(pathsOf(slow(108.9), 'responsetime')).toEqual([[['web: web'], true]])
  // Work after the answer is not the response time's.
  expect(rootCauses(slow(200), 'responsetime')[0]?.Services[0]?.EntityPath[1]?.Coverage).toBe(0.6)
})

test('a root segment in progress has no response time', () => {
  const trace = traceOf({ id: idOf(1), name: 'web', start_time: 100, in_progress: true })
  expect(rootCauses(trace, 'responsetime')).toEqual([])
})

test('segments that are each other’s parent, and chains longer than the stack, end', () => {
  const circle = traceOf(
    { id: idOf(1), parent_id: idOf(2), name: 'a', ...TIME, fault: true },
    { id: idOf(2), parent_id: idOf(1), name: 'b', ...TIME, fault: true },
  )
  expect(pathsOf(circle, 'fault')).toEqual([[['a: a', 'b: b'], true]])
  const chain = traceOf(
    ...Array.from({ length: 20_000 }, (_, index) => ({
      id: idOf(index + 1),
      ...(index > 0 && { parent_id: idOf(index) }),
      name: `level ${index}`,
      ...TIME,
      fault: true,
      cause: idOf(99),
    })),
  )
  expect(rootCauses(chain, 'fault')[0]?.Services).toHaveLength(20_000)
  expect(rootCauses(chain, 'responsetime')[0]?.Services).toHaveLength(20_000)
})
