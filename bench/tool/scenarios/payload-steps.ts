// An argument of some size that comes back as it was; the argument is the same buffer in every request.
import { describeAnswer, jsonExchange, stepOf } from '../load/exchange.ts'
import type { Answer, Step } from '../load/exchange.ts'

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789 '

export function createPayloadSteps(bytes: number): (index: number) => Step {
  const payload = Buffer.from(ALPHABET.repeat(Math.ceil(bytes / ALPHABET.length)).slice(0, bytes))
  const end = payload.subarray(-ALPHABET.length)
  return (index) => {
    const name = `handle${index}`
    const code = `function ${name}(text) { return { index: ${index}, text } }\n`
    const request = JSON.stringify({ function_name: name, function_code: code, serialization_format: 'json', args: [] })
    const head = Buffer.from(`${request.slice(0, -2)}"`)
    const judge = (answer: Answer): string | null => {
      const isWhole =
        answer.status === 200 && answer.body.length > bytes && answer.body.includes(end, bytes - end.length)
      if (!isWhole || !answer.body.includes(`"index":${index},`)) return describeAnswer(answer)
      return answer.body.includes('"success":true') ? null : describeAnswer(answer)
    }
    return stepOf(jsonExchange('/execute', [head, payload, Buffer.from('"]}')], judge))
  }
}
