import { describe, expect, test } from 'vitest'
import { idOf, traceOf } from '../../../tests/harness/trace-of.ts'
import { matches } from './evaluate.ts'
import { parseFilter } from './parser.ts'

const groups = (name: string) => (name === 'high_response_time' ? parseFilter('responseTime > 3') : undefined)
const isMatch = (text: string, trace: ReturnType<typeof traceOf>) => matches(parseFilter(text), trace, groups)

/** The trace of AWS's example of a root cause: 10 s, of which get_temperature takes 8, and GetTemperature 7. */
const weather = traceOf(
  {
    id: idOf(1),
    name: 'GetWeatherData',
    start_time: 100,
    end_time: 110,
    user: 'alice',
    annotations: { gameid: '817DL6VO', age: 30 },
    http: {
      request: { url: 'http://api.example.com/v2/api/game/', method: 'GET' },
      response: { status: 201 },
    },
    resource_arn: 'arn:aws:ecs:us-east-1:000000000000:task/weather',
    aws: { ec2: { availability_zone: 'us-west-2c', instance_id: 'i-0b5a' } },
    subsegments: [
      { id: idOf(2), name: 'get_temperature', namespace: 'remote', start_time: 101, end_time: 109 },
    ],
  },
  // Its clock is 50 s ahead.
  { id: idOf(3), parent_id: idOf(2), name: 'GetTemperature', start_time: 151, end_time: 158 },
)

/** data-plane fails because Auth does, which DynamoDB has denied access. */
const denied = traceOf(
  {
    id: idOf(1),
    name: 'data-plane',
    start_time: 100,
    end_time: 101,
    fault: true,
    http: { response: { status: 500 } },
    subsegments: [
      { id: idOf(2), name: 'Auth', namespace: 'remote', start_time: 100, end_time: 101, fault: true },
    ],
  },
  {
    id: idOf(3),
    parent_id: idOf(2),
    name: 'Auth',
    start_time: 100,
    end_time: 101,
    fault: true,
    subsegments: [
      {
        id: idOf(4),
        name: 'deserialize',
        start_time: 100,
        end_time: 101,
        fault: true,
        cause: { exceptions: [{ id: idOf(9), type: 'IOException', message: 'unreadable' }] },
        subsegments: [
          {
            id: idOf(5),
            name: 'DynamoDB',
            namespace: 'aws',
            start_time: 100,
            end_time: 101,
            fault: true,
            cause: {
              exceptions: [
                { id: idOf(7), type: 'SdkError', message: 'failed' },
                { id: idOf(8), type: 'AccessDenied', message: 'Access Denied for account_id: 1234567890' },
              ],
            },
          },
        ],
      },
    ],
  },
)

// Every example of https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html
describe('AWS’s examples', () => {
  test.each<[text: string, weather: boolean, denied: boolean]>([
    ['responsetime > 5', true, false],
    ['duration >= 5 AND duration <= 8', false, false],
    ['ok', true, false],
    ['!ok', false, true],
    ['ok = false', false, true],
    ['rootcause.fault.entity { last and name = "deserialize" }', false, false],
    ['rootcause.fault.entity { last and name = "DynamoDB" }', false, true],
    ['rootcause.responsetime.entity { remote and coverage > 0.7 and name = "get_temperature" }', true, false],
    ['rootcause.fault.service { inferred and name = DynamoDB and type = "AWS::DynamoDB" }', false, true],
    ['service("data-plane") {root = true and fault = true}', false, true],
    ['http.status != 200', true, true],
    ['ok !partial duration <3', false, false],
    ['rootcause.fault.service { index > 5 }', false, false],
    ['rootcause.responsetime.entity { last and coverage > 0.8 }', false, true],
    ['http.url CONTAINS "/api/game/"', true, false],
    ['user CONTAINS ""', true, false],
    ['rootcause.fault.service { name = "Auth" }', false, true],
    ['rootcause.responsetime.service { last and type = "AWS::DynamoDB" }', false, true],
    [
      'rootcause.fault.exception { last and message = "Access Denied for account_id: 1234567890" }',
      false,
      true,
    ],
    ['service("api.example.com") { fault }', false, false],
    ['service() { fault }', false, true],
    ['edge("api.example.com", "backend.example.com") { error }', false, false],
    [
      'http.url BEGINSWITH "http://api.example.com/" AND http.url CONTAINS "/v2/" AND !service("api.example.com")',
      true,
      false,
    ],
    ['http.url AND responseTime > 2', true, false],
    ['annotation.gameid = "817DL6VO"', true, false],
    ['annotation.age', true, false],
    ['!annotation.age', false, true],
    ['annotation.age > 29', true, false],
    ['group.name = "high_response_time" AND user = "alice"', true, false],
    [
      'rootcause.json = #[{ "Services": [ { "Name": "GetWeatherData", "EntityPath": [{ "Name": "GetWeatherData" }, { "Name": "get_temperature" } ] }, { "Name": "GetTemperature", "EntityPath": [ { "Name": "GetTemperature" } ] } ] }]',
      true,
      false,
    ],
    ['service("random-name") { error }', false, false],
    ['service(id(name: "random-name", type: "AWS::Lambda::Function")) { error }', false, false],
    ['service(id(type: "AWS::Lambda::Function")) { error }', false, false],
  ])('%s', (text, isWeather, isDenied) => {
    expect([isMatch(text, weather), isMatch(text, denied)]).toEqual([isWeather, isDenied])
  })
})

describe('the documented keywords', () => {
  test.each<[text: string, weather: boolean, denied: boolean]>([
    ['inferred', false, true],
    ['inferred = false', true, false],
    ['root', true, true],
    ['service("Auth") { root }', false, false],
    ['service("DynamoDB") { inferred }', false, true],
    ['service("Auth") { inferred }', false, false],
    ['edge("Auth", "DynamoDB") { inferred }', false, true],
    ['edge("data-plane", "Auth") { inferred }', false, false],
    ['availabilityzone = "us-west-2c"', true, false],
    ['availabilityzone', true, false],
    ['instance.id BEGINSWITH "i-"', true, false],
    ['resource.arn ENDSWITH "task/weather"', true, false],
    ['!user', false, true],
    ['http.status', true, true],
    ['name = "data-plane"', false, true],
    ['service() { name = "GetTemperature" }', true, false],
    ['type', false, false],
    ['service() { type = "AWS::DynamoDB" }', false, true],
    ['group.name', true, true],
    ['json', true, true],
    ['json = #{ "ClientImpacting": true }', true, true],
    ['rootcause.json != #[{ "Services": [{ "Name": "data-plane" }] }]', true, true],
    ['rootcause.json = #[{ "Services": [{}, { "Inferred": true }, {}] }]', false, false],
    ['rootcause.json = #[{ "Services": [{}, {}, { "Inferred": true, "EntityPath": [{}] }] }]', false, true],
    ['rootcause.json = #[{ "Services": [{ "Type": null }, { "Names": ["GetTemperature"] }] }]', true, false],
    ['rootcause.fault.service', false, true],
    ['rootcause.error.service', false, false],
    ['rootcause.responsetime.service', true, true],
    ['rootcause.fault.service { first and name = "data-plane" }', false, true],
    ['rootcause.fault.service { index = 1 and name = "Auth" and !inferred }', false, true],
    ['rootcause.fault.entity { remote and name = "Auth" }', false, true],
    ['rootcause.fault.entity { first AND (remote OR name = "Auth") }', false, false],
    ['rootcause.fault.exception { first and name = "IOException" }', false, true],
    ['rootcause.fault.exception { index = 1 and message CONTAINS "fail" }', false, true],
    ['rootcause.responsetime.entity { coverage = 0.7 }', true, false],
    ['service("Auth") { rootcause.fault.service { last } }', false, true],
  ])('%s', (text, isWeather, isDenied) => {
    expect([isMatch(text, weather), isMatch(text, denied)]).toEqual([isWeather, isDenied])
  })
})
