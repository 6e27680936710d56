// The members that requests and responses have of their bodies.
import {
  defineProperty,
  getOwnPropertyDescriptor,
  jsonParse,
  ownKeys,
  PromiseIntrinsic,
  setPrototypeOf,
  stringSlice,
  typedArrayBuffer,
  TypeErrorIntrinsic,
} from '../../intrinsics.ts'
import { makeBlob, readForm } from '../gateways.ts'
import { combine } from '../header-list.ts'
import type { Header } from '../header-list.ts'
import { decodeUtf8, encodeUtf8 } from '../utf8.ts'
import { isUnusable, isUsed, readBody, streamOf } from './body.ts'
import type { Body } from './body.ts'
import { parameterOf, parseMimeType, serializeMimeType } from './mime-type.ts'
import type { MimeType } from './mime-type.ts'

export interface BodyOwner {
  readonly list: readonly Header[]
  readonly body: Body | null
}

type Content = string | Uint8Array

/** @param ownerOf throws for an object of another class. */
export function mixInBody(prototype: object, ownerOf: (value: unknown) => BodyOwner): void {
  function consume(target: unknown, convert: (content: Content, owner: BodyOwner) => unknown): Promise<unknown> {
    return new PromiseIntrinsic((resolve, reject) => {
      const owner = ownerOf(target)
      const { body } = owner
      const done = (content: Content): void => {
        try {
          resolve(convert(content, owner))
        } catch (error) {
          reject(error)
        }
      }
      if (body === null) return done('')
      if (isUnusable(body)) throw new TypeErrorIntrinsic('The body has been read already, or its stream is locked')
      readBody(body, done, reject)
    })
  }
  const members = {
    get body(): object | null {
      const { body } = ownerOf(this)
      return body === null ? null : streamOf(body)
    },
    get bodyUsed(): boolean {
      const { body } = ownerOf(this)
      return body !== null && isUsed(body)
    },
    arrayBuffer() {
      return consume(this, (content) => typedArrayBuffer(toBytes(content)))
    },
    blob() {
      return consume(this, (content, { list }) => {
        const type = mimeTypeOf(list)
        return makeBlob(toBytes(content), type === null ? '' : serializeMimeType(type))
      })
    },
    bytes() {
      return consume(this, toBytes)
    },
    formData() {
      return consume(this, (content, { list }) => {
        const type = mimeTypeOf(list)
        const boundary = type === null ? undefined : parameterOf(type.parameters, 'boundary')
        return readForm(toBytes(content), type === null ? '' : type.essence, boundary)
      })
    },
    json() {
      return consume(this, (content) => jsonParse(toText(content)))
    },
    text() {
      return consume(this, toText)
    },
  }
  const keys = ownKeys(members)
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as PropertyKey
    const descriptor = getOwnPropertyDescriptor(members, key) as PropertyDescriptor
    setPrototypeOf(descriptor, null)
    defineProperty(prototype, key, descriptor)
  }
}

const toBytes = (content: Content): Uint8Array => (typeof content === 'string' ? encodeUtf8(content) : content)

function toText(content: Content): string {
  const text = typeof content === 'string' ? content : decodeUtf8(content)
  return text[0] === '\ufeff' ? stringSlice(text, 1) : text
}

export function mimeTypeOf(list: readonly Header[]): MimeType | null {
  const value = combine(list, 'content-type')
  return value === null ? null : parseMimeType(value)
}
